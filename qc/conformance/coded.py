"""Rules about how pictures are coded: range of brightness, colours, depth, and which is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from farm.facts import EncodedVideo
from qc.conformance.expectations import Expectations
from qc.conformance.hls import Attributes
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import APPLE, DASH, HLS, Finding, rule

HDR_TRANSFERS = {16: "PQ", 18: "HLG"}  # transfer_characteristics of ITU-T H.273
BT2020 = (9, 9)  # primaries and matrix of ITU-T H.273, which HDR comes in (ITU-R BT.2100)
TRANSFERS = {"hdr10": 16, "hlg": 18}
IN_BAND = ("avc3", "hev1")  # sample entries whose parameter sets may be among the samples


@rule("apple-9.16", "HDR variants declare their VIDEO-RANGE", f"{APPLE} 9.16", "hls")
def video_range(presentation: Presentation, _: Expectations) -> Finding:
    broken, ranges, silent = [], set(), []
    for uri, attributes in _stated(presentation):
        track = presentation.at(uri)
        if track is None or track.header is None or track.kind != "video":
            continue
        actual = HDR_TRANSFERS.get(track.header.transfer, "SDR")
        stated = attributes.get("VIDEO-RANGE", "SDR")
        ranges.add(actual)
        if stated != actual:
            broken.append(f"{uri} is {actual} and declares {stated}")
        elif "VIDEO-RANGE" not in attributes:
            silent.append(f"{uri} is SDR beside HDR and does not say so")
    advised = silent if len(ranges) > 1 else []
    if ranges and "SDR" not in ranges:
        advised = ["no variant is SDR, which devices without HDR need (Apple 1.24)"]
    return Finding(seen=", ".join(sorted(ranges)) or "no video", broken=broken, advised=advised)


@rule(
    "score",
    "All variants have a SCORE, or none, and more bits score no less",
    f"{HLS}bis 4.4.6.2",
    "hls",
)
def score(presentation: Presentation, expected: Expectations) -> Finding:
    stated = {
        (track.name if (track := presentation.at(variant.uri)) else variant.uri): (
            variant.attributes.get("SCORE")
        )
        for variant in presentation.multivariant.variants
    }
    given = {name: value for name, value in stated.items() if value is not None}
    if not given:
        return Finding(seen="no variant has one")
    broken = [f"{name} has none, others do" for name, value in stated.items() if value is None]
    broken += [f"{name} has SCORE={value}" for name, value in given.items() if not _is_score(value)]
    scores = {name: float(value) for name, value in given.items() if _is_score(value)}
    ordered = sorted(scores, key=lambda name: scores[name])
    return Finding(
        seen=" < ".join(f"{name} {scores[name]:g}" for name in ordered),
        broken=broken,
        advised=list(_disordered(presentation, expected, scores)),
    )


@rule(
    "bit-depth",
    "Pictures have the depth and the range of brightness they were made in",
    DASH,
    "title",
)
def depth(presentation: Presentation, expected: Expectations) -> Finding:
    broken, seen = [], set()
    for track, video in _expected(presentation, expected):
        assert track.header is not None
        seen.add(f"{video.codec} {track.header.bit_depth} bits {video.dynamic_range}")
        depth_bits = track.header.bit_depth
        if depth_bits != video.bit_depth:
            broken.append(f"{video.rung} was made with {video.bit_depth} bits, it has {depth_bits}")
        wanted = TRANSFERS.get(video.dynamic_range)
        if wanted is None and track.header.transfer in HDR_TRANSFERS:
            broken.append(
                f"{video.rung} is SDR and says it is {HDR_TRANSFERS[track.header.transfer]}"
            )
        if wanted is not None and (
            track.header.transfer != wanted
            or (track.header.primaries, track.header.matrix) != BT2020
        ):
            told = (track.header.primaries, track.header.transfer, track.header.matrix)
            broken.append(f"{video.rung} is {video.dynamic_range} and its colours say {told}")
    return Finding(seen=", ".join(sorted(seen)) or "no video", broken=broken)


@rule(
    "dash-cicp",
    "HDR sets of the MPD name colours that a player must know",
    f"{DASH} 5.8.5.1",
    "dash",
)
def cicp(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video"):
        assert track.header is not None
        listed = track.representation
        if listed is None or track.header.transfer not in HDR_TRANSFERS:
            continue
        count += 1
        wanted = {
            "ColourPrimaries": str(track.header.primaries),
            "TransferCharacteristics": str(track.header.transfer),
            "MatrixCoefficients": str(track.header.matrix),
        }
        if dict(listed.cicp) != wanted:
            broken.append(f"the MPD says {_told(listed.cicp)} of {track.name}, not {_told(wanted)}")
    return Finding(seen=f"{count} HDR representations", broken=broken)


@rule("apple-1.10", "Parameter sets stand in the sample entry", f"{APPLE} 1.10")
def in_the_entry(presentation: Presentation, _: Expectations) -> Finding:
    entries = {
        track.name: track.header.codec.partition(".")[0]
        for track in presentation.of_kind("video")
        if track.header is not None
    }
    return Finding(
        seen=", ".join(sorted(set(entries.values()))) or "no video",
        broken=[f"{name} is {entry}" for name, entry in entries.items() if entry in IN_BAND],
    )


@rule(
    "av1-colour",
    "What av01 strings say of colours is what the samples have",
    "AV1 in ISO BMFF, 5",
    "dash",
)
def av1_colour(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video"):
        assert track.header is not None
        parts = (track.representation.codecs if track.representation else "").split(".")
        if parts[0] != "av01" or len(parts) < 9:
            continue  # they may be left out
        count += 1
        header = track.header
        told = tuple(int(part) if part.isdigit() else -1 for part in parts[6:9])
        if told != (header.primaries, header.transfer, header.matrix):
            broken.append(f"{'.'.join(parts)} of {track.name} is not what its colr box says")
    return Finding(seen=f"{count} av01 strings with colours", broken=broken)


def _stated(presentation: Presentation) -> Iterator[tuple[str, Attributes]]:
    """Yield URI and attributes of each variant, and of each I-frame playlist."""
    for variant in presentation.multivariant.variants:
        yield variant.uri, variant.attributes
    for attributes in presentation.multivariant.iframe_variants:
        yield attributes.get("URI", ""), attributes


def _disordered(
    presentation: Presentation, expected: Expectations, scores: Mapping[str, float]
) -> Iterator[str]:
    """Yield each rung that scores less than one of its codec and range with fewer bits."""
    rates: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for track, video in _expected(presentation, expected):
        if video.rung in scores and track.representation is not None:
            alike = rates.setdefault((video.codec, video.dynamic_range), [])
            alike.append((track.representation.bandwidth_bps, video.rung))
    for alike in rates.values():
        for (_, low), (_, high) in pairwise(sorted(alike)):
            if scores[high] < scores[low] - SCORE_TOLERANCE:
                yield f"{high} scores {scores[high]:g}, {low} with fewer bits {scores[low]:g}"


SCORE_TOLERANCE = 1.0  # VMAF: higher rungs may score a little less where a source has no more


def _is_score(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False


def _expected(
    presentation: Presentation, expected: Expectations
) -> Iterator[tuple[Track, EncodedVideo]]:
    for video in expected.videos:
        track = presentation.track(video.rung)
        if track is not None and track.header is not None:
            yield track, video


def _told(points: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(points.items())) or "nothing"


RULES = (video_range, score, depth, cicp, in_the_entry, av1_colour)
