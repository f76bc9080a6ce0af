"""How a source's frames become those of the timeline: from what is declared and was seen. Pure."""

from __future__ import annotations

import math
from dataclasses import replace

from farm.facts import Analysis
from farm.ladder import Timeline, Treatment
from farm.ladder_policy import LadderPolicy
from farm.mediainfo import MediaInfo, VideoStream
from media.graphs.clock import explicit_start, seeks_blindly, seeks_nowhere
from media.graphs.colour import complete_colour, has_alpha
from planning.bars import without_bars
from planning.shapes import changing

PREROLL_S = 1
BLIND_PREROLL_S = 10  # two key frames of anything broadcast lie closer


def treat(
    policy: LadderPolicy, stream: VideoStream, media: MediaInfo, analysis: Analysis
) -> Treatment:
    """Return how a stream's frames become a title's, its bars cut off where the ladder says so."""
    treatment = make_treatment(stream, media, analysis)
    return without_bars(treatment, stream, analysis) if policy.crop else treatment


def make_treatment(stream: VideoStream, media: MediaInfo, analysis: Analysis) -> Treatment:
    """Return how the frames of a stream become those of the analysed timeline."""
    assert analysis.timeline is not None
    steady = Treatment(
        stream_index=stream.index,
        fps=analysis.timeline.fps,
        deinterlace=analysis.interlaced and not analysis.film,
        film=analysis.film,
        every_field=analysis.every_field,
        parity=analysis.parity,
        woven=stream.coded_fields,
        tone_map=stream.colour.dynamic_range != "sdr",
        display_width=stream.display_width,
        display_height=stream.display_height,
        colour=complete_colour(stream),
        start_s=explicit_start(media),
        picture_frames=analysis.picture_frames,
        alpha=has_alpha(stream),
        upright=stream.crooked,
        preroll_s=_preroll_s(media, analysis.timeline),
        mastering=stream.mastering,
        light=stream.light,
    )
    return replace(steady, **changing(analysis.shapes, stream, analysis.timeline.duration_s))


def _preroll_s(media: MediaInfo, timeline: Timeline) -> int:
    """Return how long before the first picture that is wanted decoding begins."""
    if seeks_nowhere(media):
        return math.ceil(timeline.duration_s)
    return BLIND_PREROLL_S if seeks_blindly(media) else PREROLL_S
