"""What analysis found in the sound of a source, and how loud tracks are delivered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from farm.facts import Analysis, AudioTrack, Check, Loudness
from farm.found import SoundFound, Span
from farm.spec import LoudnessTargetName, QcPolicy
from qc.drift import speed_named
from qc.places import said
from qc.sources import ANALYSIS_SOURCE

# By how much sound may end before the pictures that are neither black nor still: encoders pad and
# cut within a tenth, and mixes that fade out are cut where nothing is heard.
MAX_SHORT_S = 0.5


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """Integrated loudness of the programme, how far off it may be, and the highest true peak."""

    lufs: float
    tolerance_lu: float
    true_peak_dbtp: float
    source: str


TARGETS: Mapping[LoudnessTargetName, LoudnessTarget] = {
    # s. 3: 1 LU to either side where a target cannot be met exactly.
    "ebu-r128": LoudnessTarget(-23.0, 1.0, -1.0, "EBU R 128"),
    "atsc-a85": LoudnessTarget(-24.0, 2.0, -2.0, "ATSC A/85"),
    # What services turn music and talk to; AES TD1008 has -16 and -14 of its kinds of programmes.
    "streaming-14": LoudnessTarget(-14.0, 1.0, -1.0, "AES TD1008"),
    "streaming-16": LoudnessTarget(-16.0, 1.0, -1.0, "AES TD1008"),
    # Of dialogue, as services for films ask for it; measured here over all that is heard.
    "streaming-27": LoudnessTarget(-27.0, 2.0, -2.0, "streaming services for films"),
}
UNASKED: LoudnessTargetName = "ebu-r128"  # what normalised tracks are brought to


def loudness_checks(
    policy: QcPolicy, audios: Iterable[AudioTrack], delivered: Mapping[str, Loudness]
) -> Iterable[Check]:
    """Yield a check for each track that was listened to as delivered."""
    target = TARGETS[policy.loudness_target or UNASKED]
    low, high = target.lufs - target.tolerance_lu, target.lufs + target.tolerance_lu
    for audio in audios:
        if (heard := delivered.get(audio.name)) is None:
            continue
        before = "" if audio.measured_lufs is None else f", {audio.measured_lufs:.1f} in the source"
        on_target = low <= heard.integrated_lufs <= high
        yield Check(
            f"loudness-{audio.name}",
            f"Loudness between {low:g} and {high:g} LUFS, peaks up to"
            f" {target.true_peak_dbtp:g} dBTP",
            "pass" if on_target and heard.true_peak_dbtp <= target.true_peak_dbtp else "warn",
            f"{audio.name}: {heard.integrated_lufs:.1f} LUFS, range {heard.range_lu:.1f} LU,"
            f" {heard.true_peak_dbtp:.1f} dBTP{before}",
            target.source,
        )


def sound_checks(analysis: Analysis) -> Iterable[Check]:
    """Yield whether the source's sound is clipped, out of phase, or shorter than its pictures."""
    if not analysis.sounds:
        return
    clipped = [(sound, sound.clipped) for sound in analysis.sounds if sound.clipped]
    opposite = [(sound, sound.out_of_phase) for sound in analysis.sounds if sound.out_of_phase]
    yield _places("clipping", "Sound is not cut off at full scale", clipped)
    yield _places("phase", "Left and right are not opposite", opposite)
    if analysis.timeline is not None:
        yield _length(analysis, analysis.sounds[0])


def _places(rule: str, title: str, found: list[tuple[SoundFound, tuple[Span, ...]]]) -> Check:
    seen = [f"stream {sound.stream_index}: {said(spans)}" for sound, spans in found]
    return Check(
        rule,
        title,
        "warn" if seen else "pass",
        "; ".join(seen) or "nowhere",
        ANALYSIS_SOURCE,
        places=tuple(span for _, spans in found for span in spans),
    )


def _length(analysis: Analysis, sound: SoundFound) -> Check:
    pictures_s = _pictures_end_s(analysis)
    short_s = pictures_s - sound.end_s
    wrong = short_s > MAX_SHORT_S
    named = speed_named(pictures_s / sound.end_s) if wrong and sound.end_s else None
    like = f", as {named} would" if named else ""
    return Check(
        "av-duration",
        f"Sound lasts as long as the pictures (within {MAX_SHORT_S:g} s)",
        "warn" if wrong else "pass",
        f"sound ends at {sound.end_s:.2f} s, {short_s:.2f} s before the pictures{like}"
        if wrong
        else f"sound ends at {sound.end_s:.2f} s, pictures at {pictures_s:.2f} s",
        ANALYSIS_SOURCE,
        places=(Span(round(sound.end_s, 3), round(pictures_s, 3)),) if wrong else (),
    )


def _pictures_end_s(analysis: Analysis) -> float:
    """Return when the last picture is over that moves and is not black."""
    timeline = analysis.timeline
    assert timeline is not None
    frames = timeline.frames if analysis.picture_frames is None else analysis.picture_frames
    end_s = float(frames / timeline.fps)
    frame_s = float(1 / timeline.fps)
    for span in sorted((*analysis.black, *analysis.freeze), key=lambda span: -span.start_s):
        if span.end_s >= end_s - 2 * frame_s:
            end_s = min(end_s, span.start_s)
    return end_s
