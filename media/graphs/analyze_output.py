"""What `analyze` wrote, as facts about the title."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from farm.facts import Analysis, Loudness
from farm.found import Span
from farm.ladder import Timeline
from farm.mediainfo import AudioStream, MediaInfo, VideoStream
from media.graphs.analyze import (
    BLACK_NAMES,
    COMPLEXITY_NAME,
    COUNT_NAME,
    CROP_NAME,
    DECODED_NAME,
    FIELDS_NAME,
    FREEZE_NAMES,
    MIN_SPAN_S,
    SCENES_NAME,
    SILENCE_NAMES,
    samples_name,
)
from media.graphs.analyze_fields import Fields, read_fields
from media.graphs.analyze_pictures import read_pictures
from media.graphs.analyze_sound import read_faults
from media.graphs.fields import FILM_IN_FIELDS
from media.graphs.loudness import PAD_SAMPLES, SAMPLE_RATE, read_loudness
from media.graphs.metadata import read_frames, read_values
from media.graphs.sketch import read_sketch
from media.graphs.sound_curves import read_sound_curve

Crop = tuple[int, int, int, int]

MIN_SCENE_S = 0.5  # a strobe is not a new scene with every flash
MIN_BAR_PIXELS = 8  # in sum of both sides; fewer are an encoder's dirty edge
MIN_CROP_SHARE = 0.25  # of the picture; less is a logo on black, not a film between bars

# These say how long they are; for other formats FFmpeg guesses by size or by the last timestamp.
DECLARING_FORMATS = frozenset(
    {"mov", "matroska", "avi", "flv", "mxf", "asf", "nut", "gxf", "ivf", "flac", "aiff"}
)
# How much shorter a sound source may be: encoders' padding, edit lists, rounding.
TOLERANCE_S = 1.0
TOLERANCE_SHARE = 0.01
SURE_TOLERANCE_S = 0.1  # when the demuxer itself ran into the end of the file
# How much longer sound may be by the frames its encoder filled up: two of AAC at 22 kHz.
PADDING_S = Fraction(1, 10)
CUT_SHORT = ("partial file", "File ended prematurely")
# How far the timeline of a broadcast may be from what was decoded: lost packets, a late start.
JUMP_SHARE = Fraction(1, 4)
JUMP_S = 2


def read_analysis(
    folder: Path,
    media: MediaInfo,
    complaints: Sequence[str],
    wanted: Literal["frame", "field"] = "frame",
) -> Analysis:
    """Return what one decode of a source showed; `complaints` are the lines FFmpeg printed.

    `wanted` is what becomes a picture where the source is interlaced.
    """
    picture = media.picture
    samples = {stream.index: read_samples(folder, stream.index) for stream in media.audio}
    sounds_s = [Fraction(count, SAMPLE_RATE) for count in samples.values()]
    decoded: list[tuple[VideoStream | AudioStream, Fraction]] = [
        *zip(media.audio, sounds_s, strict=True)
    ]
    timeline, picture_frames, fields, every_field = None, None, Fields(), False
    if picture is not None:
        timeline = Timeline(picture.frame_rate, (folder / COUNT_NAME).stat().st_size)
        decoded.append((picture, timeline.duration_s))
        fields = read_fields(read_frames(folder / FIELDS_NAME), picture)
        every_field = fields.interlaced and not fields.film and wanted == "field"
        if fields.film or every_field:
            timeline = _retimed(timeline, FILM_IN_FIELDS if fields.film else Fraction(2))
            picture_frames = timeline.frames  # whatever the filters leave at the end, it is filled
        sound_s = max(sounds_s, default=Fraction(0))
        if timeline.frames and sound_s > timeline.duration_s + PADDING_S:
            picture_frames = timeline.frames
            timeline = Timeline(timeline.fps, math.ceil(sound_s * timeline.fps))
    duration_s = timeline.duration_s if timeline is not None else max(sounds_s)
    complexity = _complexity(folder) if picture is not None else _Complexity()
    difficulty = (
        read_sketch(folder, picture.frame_rate, media.duration_s) if picture is not None else ()
    )
    end_s = float(duration_s)
    pictures = None
    if picture is not None:
        counts = read_frames(folder / FIELDS_NAME)
        pictures = read_pictures(
            folder, picture, media.duration_s, counts, interlaced=fields.interlaced
        )
    return Analysis(
        timeline=timeline,
        duration_s=duration_s,
        interlaced=fields.interlaced,
        film=fields.film,
        every_field=every_field,
        parity=fields.parity,
        scene_cuts_s=_scenes(folder) if picture is not None else (),
        crop=_crop(folder, picture) if picture is not None else None,
        black=_spans(folder, BLACK_NAMES, end_s) if picture is not None else (),
        freeze=_spans(folder, FREEZE_NAMES, end_s) if picture is not None else (),
        silence=_spans(folder, SILENCE_NAMES, float(max(sounds_s))) if sounds_s else (),
        loudness=_loudness(folder, samples),
        spatial_information=complexity.spatial,
        temporal_information=complexity.temporal,
        difficulty=difficulty,
        missing_s=_missing(media, decoded, complaints),
        picture_frames=picture_frames,
        sounds=tuple(
            read_faults(folder, index, count / SAMPLE_RATE) for index, count in samples.items()
        ),
        pictures=pictures,
        sound_curves=tuple(
            read_sound_curve(folder, index, count) for index, count in samples.items()
        ),
    )


def _retimed(timeline: Timeline, factor: Fraction) -> Timeline:
    return Timeline(timeline.fps * factor, max(1, round(timeline.frames * factor)))


def timestamps_jump(folder: Path, timeline: Timeline) -> bool:
    """Return whether timestamps run backwards or leap, as where recordings were joined.

    The timeline then lacks pictures, or shows one of them for an hour.
    """
    decoded = (folder / DECODED_NAME).stat().st_size
    return abs(timeline.frames - decoded) > max(decoded * JUMP_SHARE, JUMP_S * timeline.fps)


def read_samples(folder: Path, stream_index: int) -> int:
    """Return how many samples a track has at 48 kHz, from the title's zero to its end."""
    last = "0, 0, 0, 0"
    with (folder / samples_name(stream_index)).open(encoding="ascii") as lines:
        for line in lines:
            if not line.startswith("#"):
                last = line
    _, _, pts, duration = (int(field) for field in last.split(",")[:4])
    return max(0, pts + duration - PAD_SAMPLES)


def _scenes(folder: Path) -> tuple[float, ...]:
    cuts: list[float] = []
    for time_s in read_values(folder / SCENES_NAME):
        if not cuts or time_s - cuts[-1] >= MIN_SCENE_S:
            cuts.append(time_s)
    return tuple(cuts)


def _crop(folder: Path, picture: VideoStream) -> Crop | None:
    """Return what lies between constant black bars, in the picture as stored (not turned)."""
    found: Crop | None = None
    for _, values in read_frames(folder / CROP_NAME):
        width, height, x, y = (int(values.get(f"lavfi.cropdetect.{key}", 0)) for key in "whxy")
        if width > 0 and height > 0:  # negative while all was black
            found = (width, height, x, y)
    if found is None:
        return None
    width, height = found[:2]
    bars = max(picture.width - width, picture.height - height)
    enough = width * height >= MIN_CROP_SHARE * picture.width * picture.height
    return found if bars >= MIN_BAR_PIXELS and enough else None


def _spans(folder: Path, names: tuple[str, str], end_s: float) -> tuple[Span, ...]:
    """Return spans from the times of their starts and ends; the last one may have no end."""
    starts, ends = (read_values(folder / name) for name in names)
    ends += [end_s] * (len(starts) - len(ends))
    spans = (Span(max(0.0, start), end) for start, end in zip(starts, ends, strict=False))
    return tuple(span for span in spans if span.end_s - span.start_s >= MIN_SPAN_S)


@dataclass(frozen=True, slots=True)
class _Complexity:
    """Means of SI and TI (ITU-T P.910) of sampled pictures, scaled to 320 pixels width."""

    spatial: float | None = None
    temporal: float | None = None


def _complexity(folder: Path) -> _Complexity:
    read = [values for _, values in read_frames(folder / COMPLEXITY_NAME)]
    samples = [(float(each["lavfi.siti.si"]), float(each["lavfi.siti.ti"])) for each in read]
    if not samples:
        return _Complexity()
    spatial, temporal = (sum(values) / len(samples) for values in zip(*samples, strict=True))
    return _Complexity(round(spatial, 2), round(temporal, 2))


def _loudness(folder: Path, samples: dict[int, int]) -> tuple[Loudness, ...]:
    return tuple(read_loudness(folder, index, count) for index, count in samples.items())


def _missing(
    media: MediaInfo,
    decoded: Sequence[tuple[VideoStream | AudioStream, Fraction]],
    complaints: Sequence[str],
) -> float:
    """Return the most seconds any stream lacks of what its container declares, or 0."""
    if not DECLARING_FORMATS & set(media.format.split(",")):
        return 0.0
    cut_short = any(sign in line for line in complaints for sign in CUT_SHORT)
    tolerance_s = max(TOLERANCE_S, TOLERANCE_SHARE * float(media.duration_s))
    if cut_short:
        tolerance_s = SURE_TOLERANCE_S
    lacking = (
        round(float(_declared_end(media, stream, stream.duration_s) - decoded_s), 3)
        for stream, decoded_s in decoded
        if stream.duration_s is not None
    )
    return max((missing_s for missing_s in lacking if missing_s > tolerance_s), default=0.0)


def _declared_end(
    media: MediaInfo, stream: VideoStream | AudioStream, duration_s: Fraction
) -> Fraction:
    """Return when a stream should end; Matroska's durations are ends on its clock."""
    if "matroska" in media.format.split(","):
        return duration_s - media.start_s
    end_s = stream.start_s - media.start_s + duration_s
    return min(end_s, media.duration_s) if media.duration_s else end_s
