"""The parameters of each kind of step: made by planning, read by the step that runs. Pure.

A step's row holds them as JSON (`farm.serial`), and rows of the version before must stay readable:
a new field gets a default, a name is never used for something else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from farm.captions import Instream
from farm.devices import DeviceKind
from farm.facts import Loudness, TextRole
from farm.ladder import Chunk, CodecName, Ladder, Rung, Shot, Timeline, Treatment
from farm.ladder_policy import LadderPolicy
from farm.mediainfo import AudioRole, SourceChannel
from farm.repairs import Repair, patches_of
from farm.spec import CrossCheck, QcPolicy, VmafModel
from farm.trials import Foretold, Missed, QualityMetric
from planning.text_origin import TextOrigin


@dataclass(frozen=True, slots=True)
class IngestParams:
    """Of `ingest`: how many files come beside the source."""

    sidecars: int
    chapters: bool
    excerpt: bool = False  # it cuts one


@dataclass(frozen=True, slots=True)
class AnalyzeParams:
    """Of `analyze`."""

    allow_partial: bool
    deinterlace: Literal["frame", "field"] = "frame"  # what becomes a picture of interlaced video


@dataclass(frozen=True, slots=True)
class CutParams:
    """Of `cut`: what decides how many cores a chunk takes, and how long segments are."""

    policy: LadderPolicy
    codecs: tuple[CodecName, ...]


@dataclass(frozen=True, slots=True)
class LadderParams:
    """Of `ladder`, and of `plan`."""

    policy: LadderPolicy
    codecs: tuple[CodecName, ...]


@dataclass(frozen=True, slots=True)
class DeviceShare:
    """What of an encode is done on a device: these rungs, and decoding where its form is named."""

    kind: DeviceKind
    rungs: tuple[str, ...]
    decoded: str | None = None
    constant_qp: bool = False


@dataclass(frozen=True, slots=True)
class TrialParams:
    """Of `trial`: one window to several candidates, scored at `width` x `height`."""

    treatment: Treatment
    timeline: Timeline
    window: Chunk
    candidates: tuple[Rung, ...]
    metrics: tuple[QualityMetric, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class EncodeParams:
    """Of `encode`: one chunk to all rungs, of older jobs to those of one codec."""

    treatment: Treatment
    timeline: Timeline
    chunk: Chunk
    rungs: tuple[Rung, ...]
    burn_in: bool  # draw the step's one text input into the picture
    share: DeviceShare | None = None  # None: all of it is done on the processor
    missed: Missed | None = None  # why it is encoded once more


@dataclass(frozen=True, slots=True)
class StitchParams:
    """Of `stitch`: one rendition of all chunks."""

    rung: Rung
    timeline: Timeline
    chunks: tuple[Chunk, ...]
    # What chunks are made of again, where devices were to make them and some did not, or where the
    # rendition misses what was foretold; None where neither can be.
    treatment: Treatment | None = None
    text_inputs: tuple[str, ...] = ()  # drawn into the picture
    shots: tuple[Shot, ...] = ()  # of the title, where CRFs differ from one to the next
    share: DeviceShare | None = None  # of its chunks, what a device does
    foretold: Foretold | None = None  # what it is held against; None: against nothing
    repairs: tuple[Repair, ...] = ()  # whose patches lie above the chunks

    @property
    def encodes(self) -> tuple[Chunk, ...]:
        """Return all that is encoded of it, by number; what comes later lies above."""
        return (*self.chunks, *(patch.chunk for patch in patches_of(self.repairs)))


@dataclass(frozen=True, slots=True)
class AudioParams:
    """Of `audio`: one track, `measured` as it was found in the source."""

    name: str
    stream_index: int
    channels: int
    bps: int
    language: str
    title: str
    default: bool
    role: AudioRole
    loudness: Literal["source", "ebu-r128"]
    measured: Loudness | None
    duration_s: Fraction  # of the title
    # Channels of the source that make it, in the order of mono, stereo, 5.1 or 7.1; empty: all of
    # `stream_index`, by the layout it declares.
    picked: tuple[SourceChannel, ...] = ()
    voice: int | None = None  # tracks of one voice are encodings of the same sound


@dataclass(frozen=True, slots=True)
class TextParams:
    """Of `text`: one track."""

    name: str
    language: str
    title: str
    forced: bool
    hearing_impaired: bool
    duration_s: Fraction  # of the title
    origin: Annotated[TextOrigin, Field(alias="from")]
    fps: Fraction | None = None  # of the title's pictures, for sidecars that count frames
    role: TextRole | None = None  # as asked for; None leaves it to the file
    start_s: Fraction | None = None  # of an excerpt: where its zero is in the whole


@dataclass(frozen=True, slots=True)
class ChaptersParams:
    """Of `chapters`: of a sidecar, else of the source."""

    sidecar: bool
    duration_s: Fraction
    start_s: Fraction | None = None  # of an excerpt: where its zero is in the whole


@dataclass(frozen=True, slots=True)
class ThumbnailsParams:
    """Of `thumbnails`."""

    treatment: Treatment
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class PackageParams:
    """Of `package`; sound and text are inputs of the step."""

    segment_s: Fraction
    duration_s: Fraction
    rungs: tuple[Rung, ...]
    instreams: tuple[Instream, ...] = ()  # captions that the pictures carry


@dataclass(frozen=True, slots=True)
class MeasureParams:
    """Of `measure`: renditions, scored at `width` x `height`; of older jobs one, `rung`.

    Every `subsample`-th frame is scored, or as many as figures take: then more where what is asked
    of a rung's figures, by the names of `Stats`, is too near to tell: `limits` of each rung; of
    older jobs `thresholds`, of the rungs named in `gated`.
    """

    treatment: Treatment
    timeline: Timeline
    width: int
    height: int
    rung: Rung | None = None
    subsample: int | None = None
    burn_in: bool = False
    rungs: tuple[Rung, ...] = ()
    model: VmafModel = "vmaf_v0.6.1"
    cross_checks: tuple[CrossCheck, ...] = ()
    gated: tuple[str, ...] = ()
    thresholds: dict[str, tuple[float, ...]] = field(default_factory=dict)
    limits: dict[str, dict[str, tuple[float, ...]]] = field(default_factory=dict)

    def limits_of(self, rung: str) -> dict[str, tuple[float, ...]]:
        """Return what figures of a rung are held against."""
        return self.limits.get(rung) or (self.thresholds if rung in self.gated else {})


@dataclass(frozen=True, slots=True)
class VerifyParams:
    """Of `verify`; None where the title has no picture."""

    policy: QcPolicy
    ladder: Ladder
    timeline: Timeline | None
    treatment: Treatment | None
    duration_s: Fraction
    burn_in: str | None = None  # the input that was drawn into the picture
    instreams: tuple[Instream, ...] = ()  # captions that the pictures carry
    chunks: int = 0  # of the title; 0: of older jobs, whose renditions are not repaired
    share: DeviceShare | None = None  # of every chunk, what a device does


@dataclass(frozen=True, slots=True)
class PublishParams:
    """Of `publish`: everything is in its inputs."""

    approved: bool = False  # by a person, where the policy or the verdict asks for one
