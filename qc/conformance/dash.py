"""Rules about the MPD: static, as long as the title, true to the files and to HLS."""

from __future__ import annotations

from fractions import Fraction

from qc.conformance.expectations import Expectations
from qc.conformance.mpd import Representation
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import DASH, Finding, rule

DURATION_TOLERANCE_S = Fraction(1, 1000)
OTHERS_TOLERANCE_S = Fraction(1, 10)
TIMELINE_TOLERANCE_S = Fraction(1, 1000)  # less than a video frame or an audio access unit


@rule(
    "dash-duration",
    "The MPD is static and lasts exactly as long as the title",
    f"{DASH} 5.3.1",
    "dash",
)
def duration(presentation: Presentation, expected: Expectations) -> Finding:
    mpd, broken = presentation.mpd, []
    # Ours is exact; others leave out what an edit list hides, or round to frames of sound.
    tolerance_s = DURATION_TOLERANCE_S if expected.is_ours else OTHERS_TOLERANCE_S
    if mpd.mpd_type != "static":
        broken.append(f"the MPD is {mpd.mpd_type}")
    if not mpd.duration_s:
        broken.append("it has no mediaPresentationDuration")
    elif abs(mpd.duration_s - expected.duration_s) > tolerance_s:
        broken.append(
            f"mediaPresentationDuration is {float(mpd.duration_s):.3f} s, "
            f"the title lasts {float(expected.duration_s):.3f} s"
        )
    return Finding(seen=f"static, {float(mpd.duration_s):.6f} s", broken=broken)


@rule(
    "dash-timeline",
    "Segment timelines say when the media of a segment starts",
    f"{DASH} 5.3.9.6",
    "dash",
)
def timeline(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video", "audio", "text"):
        listed = track.representation
        if listed is None or len(listed.media) != len(track.media):
            continue
        for media, start in zip(track.media, listed.starts_ticks, strict=True):
            count += 1
            listed_s = Fraction(start, listed.timescale)
            actual_s = max(Fraction(0), media.presented_s)
            if abs(listed_s - actual_s) > _tolerance_s(listed):
                broken.append(
                    f"{media.told(track.name)} is listed at {float(listed_s):.3f} s "
                    f"and starts at {float(actual_s):.3f} s"
                )
                break
    return Finding(seen=f"{count} segments start when the MPD says", broken=broken)


def _tolerance_s(listed: Representation) -> Fraction:
    """Return how far off a start may be: by half a segment where one length is given for all."""
    if not listed.nominal:
        return TIMELINE_TOLERANCE_S
    return Fraction(max(listed.durations_ticks, default=0), 2 * listed.timescale)


@rule("dash-coverage", "Every representation covers the period", f"{DASH} 5.3.2", "dash")
def coverage(presentation: Presentation, expected: Expectations) -> Finding:
    broken = []
    listed = [track.representation for track in presentation.tracks if track.representation]
    for representation in listed:
        short_s = expected.duration_s - representation.duration_s
        if short_s > Fraction(1, 2):
            broken.append(f"{representation.name} ends {float(short_s):.3f} s before the title")
    count = len(listed)
    return Finding(seen=f"{count} representations reach the end of the title", broken=broken)


@rule("one-set", "HLS and DASH play the same segments", "origin layout", "title")
def one_set_of_segments(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.tracks:
        if track.playlist is None or track.representation is None:
            missing = "HLS" if track.playlist is None else "DASH"
            broken.append(f"{track.name} is missing from {missing}")
        elif track.kind != "text":  # HLS has WebVTT files, DASH has them in MP4
            count += len(track.representation.media)
            broken += _differences(track)
    return Finding(seen=f"{count} segments shared by both", broken=broken)


def _differences(track: Track) -> list[str]:
    assert track.playlist is not None
    assert track.representation is not None
    hls = [f"{track.name}/{item.uri}" for item in track.playlist.items]
    if hls == list(track.representation.media):
        return []
    return [f"{track.name}: HLS lists {len(hls)} segments, DASH others"]


RULES = (duration, timeline, coverage, one_set_of_segments)
