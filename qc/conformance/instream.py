"""Rules about captions inside the pictures: named by both protocols, and all of them there."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from media.captions.carried import Carried, sei_data, threes, told
from media.isobmff.boxes import DamagedFile
from media.isobmff.messages import read_sei
from qc.conformance.expectations import Expectations
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import HLS, Finding, rule

Said = Counter[tuple[int, int, int]]

# How far from its time a pair may be: at 24 pictures a second FFmpeg deals a second pair of a
# picture out to the next one.
TOLERANCE_MS = 100


@rule(
    "captions-named",
    "Captions inside the pictures are named by both protocols, and no others are",
    f"{HLS} 4.3.4.1, SCTE 214-1",
    "title",
)
def named(presentation: Presentation, expected: Expectations) -> Finding:
    wanted = {instream.name: instream.language for instream in expected.instreams}
    broken = []
    media = [m for m in presentation.multivariant.media if m.get("TYPE") == "CLOSED-CAPTIONS"]
    offered = {m.get("INSTREAM-ID", ""): m.get("LANGUAGE", "") for m in media}
    if offered != wanted:
        broken.append(f"HLS names {_list(offered)} instead of {_list(wanted)}")
    for variant in presentation.multivariant.variants:
        has_group = variant.attributes.get("CLOSED-CAPTIONS", "NONE") != "NONE"
        if has_group != bool(wanted):
            broken.append(f"{variant.uri} {'names' if has_group else 'does not name'} captions")
    for representation in presentation.mpd.representations:
        if representation.kind == "video" and set(representation.instreams) != set(wanted):
            told_of = _list(representation.instreams)
            broken.append(f"DASH names {told_of} for {representation.name}, not {_list(wanted)}")
    seen = f"{_list(wanted)} named by both" if wanted else "none are named"
    return Finding(seen=seen, broken=broken)


@rule(
    "captions-kept",
    "Every rendition carries the source's captions, each once and at its time",
    "ATSC A/53 part 4",
    "title",
)
def kept(presentation: Presentation, expected: Expectations) -> Finding:
    if not expected.instreams:
        return Finding(seen="none are to be kept")
    broken: list[str] = []
    for track in presentation.of_kind("video"):
        try:
            broken += _differences(track, expected.carried)
        except DamagedFile as error:
            broken.append(f"{track.name} cannot be read: {error}")
    count = sum(len(picture.data) // 3 for picture in expected.carried)
    return Finding(seen=f"{count} pairs of bytes in every rendition", broken=broken)


def _differences(track: Track, carried: Sequence[Carried]) -> Iterator[str]:
    """Yield how the captions of a track differ from what the source carried."""
    wanted = _said(picture.data for picture in carried)
    times_ms = [picture.time_ms for picture in carried for _ in range(len(picture.data) // 3)]
    seen: Said = Counter()
    for media, following in zip(track.media, [*track.media[1:], None], strict=True):
        assert track.header is not None
        units = read_sei(media.path, media.segment, track.header.nal_length_bytes)
        seen += _said(sei_data(unit) for unit in units)
        if following is not None:
            end_ms = float(following.presented_s * 1000)
            least = bisect_right(times_ms, end_ms - TOLERANCE_MS)
            most = bisect_right(times_ms, end_ms + TOLERANCE_MS)
            if not least <= seen.total() <= most:
                count, until_s = seen.total(), end_ms / 1000
                yield f"{track.name} has {count} pairs before {until_s:.1f} s, not {least}"
                return
    lost, new = (wanted - seen).total(), (seen - wanted).total()
    if lost or new:
        yield f"{track.name} lost {lost} of {wanted.total()} pairs and has {new} of its own"


def _said(parts: Iterator[bytes]) -> Said:
    return Counter(three for data in parts for three in threes(told(data)))


def _list(names: Sequence[str] | dict[str, str]) -> str:
    return ", ".join(sorted(names)) or "no captions"


RULES = (named, kept)
