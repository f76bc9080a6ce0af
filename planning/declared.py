"""What analysis would find in a sound source: for plans of what was probed and no more. Pure."""

from __future__ import annotations

from farm.facts import Analysis, Loudness
from farm.ladder import Timeline
from farm.mediainfo import MediaInfo
from media.graphs.audio import TARGET_LUFS
from media.graphs.loudness import MAX_TRUE_PEAK_DBTP


def declared(media: MediaInfo) -> Analysis:
    """Return what analysis would find in a sound, progressive source, neither loud nor quiet."""
    picture, timeline, duration_s = media.picture, None, media.duration_s
    if picture is not None:
        length_s = picture.duration_s or media.duration_s
        timeline = Timeline(picture.frame_rate, max(1, round(length_s * picture.frame_rate)))
        duration_s = timeline.duration_s
    return Analysis(
        timeline=timeline,
        duration_s=duration_s,
        interlaced=picture is not None and picture.field_order in ("tff", "bff"),
        scene_cuts_s=(),
        crop=None,
        black=(),
        freeze=(),
        silence=(),
        loudness=tuple(_at_target(stream.index) for stream in media.audio),
        spatial_information=None,
        temporal_information=None,
        missing_s=0.0,
    )


def _at_target(stream_index: int) -> Loudness:
    """Return the loudness of a track that normalisation would leave as it is."""
    return Loudness(stream_index, TARGET_LUFS, 0.0, MAX_TRUE_PEAK_DBTP, TARGET_LUFS)
