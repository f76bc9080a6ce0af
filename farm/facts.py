"""The facts steps hand to each other: one dataclass per kind of part, stored as JSON.

Seconds and rates are exact (`Fraction`), bit rates are bit/s, frames count on the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from farm.captions import Captions
from farm.checks import CheckOutcome
from farm.found import PicturesFound, SoundCurve, SoundFound, Span
from farm.ladder import CodecName, Timeline
from farm.mediainfo import AudioRole, Chapter, DynamicRange, MediaInfo, PictureShape, SourceChannel
from farm.repairs import Repair
from farm.text_found import TextFound
from farm.trials import Missed


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Where a stretch of a source lies in it; `whole_*` is what its container has of the whole."""

    start_s: Fraction  # the title's zero, counted from that of the whole title
    whole_start_s: Fraction
    whole_opened_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Of `ingest`: the source by content. Sidecars are parts "sidecar-0", "chapters" beside it.

    Of an excerpt, file "excerpt.mov" is what later steps read as the source, and `media` describes
    that, its streams numbered as in the whole; text is still that of the whole.
    """

    sha256: str
    media: MediaInfo
    excerpt: Excerpt | None = None


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 of one audio track: LUFS, LU and dBTP."""

    stream_index: int
    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float
    threshold_lufs: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """Of `analyze`: what one decode of the whole source showed.

    Files "captions-0.txt" hold what stream 0 carries (`media.captions.carried`).
    """

    timeline: Timeline | None  # None for audio only
    duration_s: Fraction  # of the title: the timeline's, or the audio's
    interlaced: bool
    scene_cuts_s: tuple[float, ...]
    crop: tuple[int, int, int, int] | None  # width, height, x, y where bars are constant
    black: tuple[Span, ...]
    freeze: tuple[Span, ...]
    silence: tuple[Span, ...]
    loudness: tuple[Loudness, ...]
    spatial_information: float | None  # ITU-T P.910 SI and TI, mean
    temporal_information: float | None
    missing_s: float  # declared by the container but not decodable; 0 for a sound source
    shapes: tuple[PictureShape, ...] = ()  # more than one where size, shape or colours change
    film: bool = False  # steady 3:2 pulldown, undone on the timeline
    every_field: bool = False  # fields are pictures of their own, at twice the source's rate
    parity: Literal["auto", "tff", "bff"] = "auto"  # which field comes first, where pictures tell
    picture_frames: int | None = None  # before sound goes on over the last one; None: all are own
    captions: tuple[Captions, ...] = ()
    # Bits of a picture in a sketch of it, in octaves: samples evenly over the title.
    difficulty: tuple[float, ...] = ()
    sounds: tuple[SoundFound, ...] = ()  # in the order of `loudness`
    pictures: PicturesFound | None = None
    sound_curves: tuple[SoundCurve, ...] = ()  # in the order of `loudness`


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """Of `encode` (a chunk) and `stitch` (a rendition): file "video.mp4"."""

    rung: str
    codec: CodecName
    width: int
    height: int
    fps: Fraction
    frames: int
    device: str  # of a rendition, every one that made a part of it
    bit_depth: int = 8
    dynamic_range: DynamicRange = "sdr"
    driver: str = ""
    missed: Missed | None = None  # where it was held against what trials foretold, and was off
    seams: tuple[int, ...] = ()  # of a rendition: frames at which another encode goes on
    repairs: tuple[Repair, ...] = ()  # of a rendition


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Of `audio`: file "audio.mp4", AAC-LC."""

    name: str  # path-safe: "audio-0-stereo"
    stream_index: int
    language: str
    title: str
    default: bool
    channels: int
    sample_rate: int
    bps: int
    role: AudioRole
    measured_lufs: float | None = None  # before normalisation, where it was asked for
    gain_db: float = 0.0
    picked: tuple[SourceChannel, ...] = ()  # made of these; empty: of all of `stream_index`
    voice: int | None = None  # tracks of one are encodings of the same sound; None: of one stream
    issues: tuple[str, ...] = ()  # what is not as it was asked for, in words


TextRole = Literal["lyrics"]  # what a text track is, where it is neither dialogue nor signs


@dataclass(frozen=True, slots=True)
class TextTrack:
    """Of `text`: file "text.vtt", absent (and `cues` 0) where the track was dropped."""

    name: str  # path-safe: "text-en-forced"
    language: str
    title: str  # what a viewer reads in the menu
    forced: bool
    hearing_impaired: bool
    cues: int
    dropped: str | None  # why the track is not in the presentation
    issues: tuple[str, ...]  # what was mended, in words
    role: TextRole | None = None
    stream_index: int | None = None  # of the source, where the text comes from one
    found: TextFound | None = None


@dataclass(frozen=True, slots=True)
class ChapterList:
    """Of `chapters`: file "chapters.vtt" where there are any."""

    chapters: tuple[Chapter, ...]
    issues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackagedTrack:
    """One media playlist / representation as written: rates measured over its real segments."""

    name: str  # directory below the generation: "h264-720p-3000k"
    kind: Literal["video", "audio", "text"]
    codecs: str  # RFC 6381
    average_bps: int
    peak_bps: int
    segments: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class Packaged:
    """Of `package`: every file of a generation, by its path below it."""

    hls: str  # "master.m3u8"
    dash: str  # "manifest.mpd"
    tracks: tuple[PackagedTrack, ...]


VerdictWord = Literal["pass", "review", "rejected"]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule held against the title: `rule` is stable, `evidence` says what was seen."""

    rule: str  # "apple-8.2", "frames", "vmaf-top-p5"
    title: str
    outcome: CheckOutcome
    evidence: str
    source: str  # where the rule comes from
    # What it came to by itself, where the policy made something else of it.
    found: CheckOutcome | None = None
    places: tuple[Span, ...] = ()  # where in the title, where it is somewhere


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of `verify`: the page "report/index.html" and what lies beside it (docs/qc.md)."""

    verdict: VerdictWord
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """Of `publish`: where the presentation can be pulled from."""

    hls: str
    dash: str
    report: str
    origin_prefix: str
    generation: int
    objects: int
    size_bytes: int
