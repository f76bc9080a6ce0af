"""Rules about subtitles: anchored to the video, spanning the title, with every cue."""

from __future__ import annotations

from fractions import Fraction

from qc.conformance.captions import CaptionCue
from qc.conformance.expectations import Expectations
from qc.conformance.playlists import SPAN_TOLERANCE_S
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import APPLE, Finding, rule

ANCHOR = "MPEGTS:0,LOCAL:00:00:00.000"
CUE_TOLERANCE_S = Fraction(1, 1000)  # WebVTT counts milliseconds: a boundary may be off by one


@rule("apple-5.3", "Every WebVTT segment has a timestamp map", f"{APPLE} 5.3, RFC 8216 3.5", "hls")
def timestamp_map(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in _texts(presentation):
        assert track.playlist is not None
        for item, text in zip(track.playlist.items, track.texts, strict=True):
            count += 1
            if text.timestamp_map != ANCHOR:
                has = text.timestamp_map or "no timestamp map"
                broken.append(f"{track.name}/{item.uri} has {has}")
    return Finding(seen=f"{count} segments anchored at {ANCHOR}", broken=broken)


@rule("apple-5.5", "Subtitles span the whole title", f"{APPLE} 5.5")
def spans_title(presentation: Presentation, expected: Expectations) -> Finding:
    tracks = [track for track in presentation.tracks if track.kind == "text"]
    broken = []
    for track in tracks:
        listed = {"HLS": track.playlist, "DASH": track.representation}
        for protocol, source in listed.items():
            short_s = expected.duration_s - source.duration_s if source else None
            if source and short_s is not None and short_s > SPAN_TOLERANCE_S:
                broken.append(
                    f"{track.name} ends at {float(source.duration_s):.3f} s in {protocol}, "
                    f"the title at {float(expected.duration_s):.3f} s"
                )
    return Finding(seen=f"{len(tracks)} text tracks last as long as the title", broken=broken)


@rule(
    "text-cues",
    "No cue was lost, and each lies in the segments it is shown in",
    f"{APPLE} 5",
    "title",
)
def cues(presentation: Presentation, expected: Expectations) -> Finding:
    broken, advised, counts = [], [], []
    for wanted in expected.delivered_texts:
        track = presentation.track(wanted.name)
        if track is None or not track.texts:
            continue
        shown = {cue for text in track.texts for cue in text.cues}
        counts.append(f"{wanted.name} {len(shown)}")
        if wanted.cues and not shown:
            broken.append(f"{wanted.name} has none of its {wanted.cues} cues")
        elif len(shown) != wanted.cues:
            advised.append(f"{wanted.name} has {len(shown)} different cues of {wanted.cues}")
        broken += [f"{wanted.name}: {misplaced}" for misplaced in _misplaced(track)]
    return Finding(seen=", ".join(counts) or "no text", broken=broken, advised=advised)


def _texts(presentation: Presentation) -> list[Track]:
    return [track for track in presentation.tracks if track.kind == "text" and track.texts]


def _misplaced(track: Track) -> list[str]:
    assert track.playlist is not None
    found, start_s = [], Fraction(0)
    for item, text in zip(track.playlist.items, track.texts, strict=True):
        end_s = start_s + item.duration_s
        found += [
            f"{item.uri} holds a cue at {float(cue.start_s):.3f} s but plays "
            f"{float(start_s):.3f}-{float(end_s):.3f} s"
            for cue in text.cues
            if _outside(cue, start_s, end_s)
        ]
        start_s = end_s
    return found


def _outside(cue: CaptionCue, start_s: Fraction, end_s: Fraction) -> bool:
    return cue.end_s < start_s - CUE_TOLERANCE_S or cue.start_s > end_s + CUE_TOLERANCE_S


RULES = (timestamp_map, spans_title, cues)
