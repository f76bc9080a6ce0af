"""All a report tells about a title, gathered by the step that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from farm.facts import (
    Analysis,
    AudioTrack,
    ChapterList,
    EncodedVideo,
    Packaged,
    PackagedTrack,
    Source,
    TextTrack,
    Verdict,
)
from farm.ladder import Ladder
from farm.scores import Scores
from farm.spec import QcPolicy
from qc.frames import ScoredFrames
from qc.moments import Moment
from qc.sampling.curve import ScoreCurve

PAGE_NAME, DOCUMENT_NAME = "index.html", "report.json"
PICTURE_BYTES = 30_000  # of each picture inside the page: twelve of them are half of its megabyte


def frames_name(rung: str) -> str:
    """Return the name of the file beside the report that holds every score of a rung."""
    return f"frames-{rung}.parquet"


def curve_name(rung: str) -> str:
    """Return the name of the file beside the report that holds what is expected of a rung."""
    return f"curve-{rung}.parquet"


@dataclass(frozen=True, slots=True)
class Still:
    """A worst moment and its two pictures in full size, which lie beside the page as these."""

    moment: Moment
    source_name: str  # "worst-01-source.jpg"
    rendition_name: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """Facts only: no clock, no machine, so that the same title makes the same report."""

    tenant: str
    asset: str
    external_id: str | None
    source_name: str  # of the file, without where it came from: that may hold credentials
    source: Source
    analysis: Analysis
    policy: QcPolicy
    ladder: Ladder
    renditions: tuple[EncodedVideo, ...]  # in the ladder's order
    packaged: Packaged
    scores: tuple[Scores, ...]  # in the ladder's order
    frames: Mapping[str, ScoredFrames]  # of every rung that has scores
    audios: tuple[AudioTrack, ...]
    texts: tuple[TextTrack, ...]
    chapters: ChapterList
    verdict: Verdict
    stills: tuple[Still, ...]
    # Of rungs of which some frames tell of all; older parts have none.
    curves: Mapping[str, ScoreCurve] = field(default_factory=dict)
    approved: bool = False  # by a person, what the policy asked about

    @property
    def seams_s(self) -> list[float]:
        """Return where another encode goes on in any rendition; older ones do not say."""
        return sorted({float(at / each.fps) for each in self.renditions for at in each.seams})

    @property
    def duration_s(self) -> Fraction:
        return self.analysis.duration_s

    @property
    def top(self) -> Scores | None:
        """Return the scores of the best rung, None for audio only."""
        return self.scores[-1] if self.scores else None

    def track(self, name: str) -> PackagedTrack | None:
        """Return a track as packaged; a dropped one is not."""
        return next((track for track in self.packaged.tracks if track.name == name), None)

    def counted(self, outcome: str) -> int:
        """Return how many checks ended with `outcome`."""
        return sum(check.outcome == outcome for check in self.verdict.checks)
