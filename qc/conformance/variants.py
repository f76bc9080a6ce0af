"""Rules about what a player chooses by: codecs, sizes, rates and dynamic range of every variant."""

from __future__ import annotations

from fractions import Fraction

from qc.conformance.expectations import Expectations
from qc.conformance.hls import Variant
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import APPLE, HLS, Finding, rule

NEEDED = ("BANDWIDTH", "CODECS")
ADVISED_FOR_VIDEO = ("RESOLUTION", "FRAME-RATE")
CELLULAR_BPS = 192_000  # Apple 9.21
WEBVTT = "wvtt"  # Apple 5.10: may be listed


@rule("apple-9.1", "Every variant says what a player chooses by", f"{APPLE} 9.1-9.15", "hls")
def variant_attributes(presentation: Presentation, _: Expectations) -> Finding:
    broken, advised = [], []
    variants = presentation.multivariant.variants
    for variant in variants:
        track = _track(presentation, variant)
        wanted = ["AVERAGE-BANDWIDTH"]
        if track and track.kind == "video":
            wanted += ADVISED_FOR_VIDEO
        missing = [name for name in NEEDED if name not in variant.attributes]
        broken += [f"{variant.uri} has no {name}" for name in missing]
        missing = [name for name in wanted if name not in variant.attributes]
        advised += [f"{variant.uri} has no {name}" for name in missing]
    return Finding(seen=f"{len(variants)} variants, all complete", broken=broken, advised=advised)


@rule("codecs", "Both manifests name the codecs the tracks are in", f"{HLS} 4.3.4.2, RFC 6381")
def codecs(presentation: Presentation, _: Expectations) -> Finding:
    broken, seen = [], set()
    for variant in presentation.multivariant.variants:
        playing = _playing(presentation, variant)
        if any(track.is_opaque for track in playing):
            continue
        actual = {codec for track in playing for codec in (_codec(track), *_beside(track))} - {""}
        declared = {c for c in variant.attributes.get("CODECS", "").split(",") if c != WEBVTT}
        seen |= declared
        if not _same(declared, actual):
            broken.append(
                f"{variant.uri} declares {', '.join(sorted(declared)) or 'nothing'}, "
                f"its tracks are {', '.join(sorted(actual))}"
            )
    for track in presentation.tracks:
        listed = track.representation.codecs if track.representation else ""
        if listed and track.header and not _same({listed}, {_codec(track)}):
            broken.append(f"the MPD declares {listed} for {track.name}, it is {_codec(track)}")
    return Finding(seen=", ".join(sorted(seen)), broken=broken)


@rule("picture", "Sizes and rates are those of the pictures", f"{HLS} 4.3.4.2", "title")
def picture(presentation: Presentation, expected: Expectations) -> Finding:
    broken, seen = [], []
    declared = {
        variant.uri.rpartition("/")[0]: variant.attributes
        for variant in presentation.multivariant.variants
    }
    for video in expected.videos:
        track = presentation.track(video.rung)
        if track is None or track.header is None:
            broken.append(f"{video.rung} is not in the presentation")
            continue
        size = f"{video.width}x{video.height}"
        rate = f"{float(video.fps):.3f}"
        seen.append(f"{size} at {rate}/s")
        coded = f"{track.header.width}x{track.header.height}"
        listed = track.representation
        given = declared.get(video.rung, {})
        claims = {
            "its samples": coded,
            "the MPD": f"{listed.width}x{listed.height}" if listed else size,
            "RESOLUTION": given.get("RESOLUTION", size),
        }
        broken += [
            f"{video.rung} is {size}, {who} say {claim}"
            for who, claim in claims.items()
            if claim != size
        ]
        if _number(given.get("FRAME-RATE", rate)) != _number(rate):
            broken.append(f"{video.rung} has {rate} frames a second, not {given['FRAME-RATE']}")
    return Finding(seen=", ".join(seen) or "no video", broken=broken)


@rule(
    "apple-9.21", "A variant of 192 kbit/s or less serves cellular networks", f"{APPLE} 9.21", "hls"
)
def cellular(presentation: Presentation, _: Expectations) -> Finding:
    stated = [v.attributes.get("BANDWIDTH", "") for v in presentation.multivariant.variants]
    lowest = min((int(bps) for bps in stated if bps.isdigit()), default=0)
    seen = f"the lowest variant takes {lowest} bit/s"
    return Finding(seen=seen, advised=[seen] if lowest > CELLULAR_BPS else [])


@rule("independent", "Segments are declared independent", f"{HLS} 4.3.5.1", "hls")
def independent(presentation: Presentation, _: Expectations) -> Finding:
    declared = presentation.multivariant.independent_segments
    return Finding(
        seen="EXT-X-INDEPENDENT-SEGMENTS is given",
        advised=[] if declared else ["EXT-X-INDEPENDENT-SEGMENTS is missing"],
    )


def _track(presentation: Presentation, variant: Variant) -> Track | None:
    return presentation.at(variant.uri)


def _playing(presentation: Presentation, variant: Variant) -> list[Track]:
    """Return the tracks a variant may play together: its own and its audio group's."""
    group = variant.attributes.get("AUDIO")
    uris = [variant.uri] + [
        media.get("URI", "")
        for media in presentation.multivariant.media
        if media.get("TYPE") == "AUDIO" and group and media.get("GROUP-ID") == group
    ]
    tracks = (presentation.at(uri) for uri in uris if uri)
    return [track for track in tracks if track]


def _beside(track: Track) -> tuple[str, ...]:
    return track.header.beside if track.header else ()


def _codec(track: Track) -> str:
    return track.header.codec if track.header else ""


def _same(declared: set[str], actual: set[str]) -> bool:
    """Compare codecs; of audio only the sample entry is known, "mp4a" for "mp4a.40.2"."""
    return {_comparable(codec) for codec in declared} == {_comparable(codec) for codec in actual}


def _comparable(codec: str) -> str:
    entry, _, profile = codec.partition(".")
    if entry.startswith("avc"):
        return f"{entry}.{profile.lower()}"
    if entry in ("hvc1", "hev1"):
        return f"{entry}.{profile.upper()}"
    if entry == "av01":  # colours, which may follow, are in no configuration: qc.conformance.hdr
        return ".".join(codec.split(".")[:4])
    return entry


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ValueError:
        return None


RULES = (variant_attributes, codecs, picture, cellular, independent)
