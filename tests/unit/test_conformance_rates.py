"""Conformance rules about rates and choices, on the very edge of what they let pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from farm.facts import EncodedVideo
from qc.conformance import coded, rates, renditions, segments, variants
from qc.conformance.hls import Multivariant, Variant
from qc.conformance.presentation import MediaFile, Presentation
from qc.conformance.rule import Finding, Rule, rule
from tests.unit import presented
from tests.unit.presented import HEADER, listed, media_file, playlist, presentation, title, track


def offered(
    root: Path,
    *bytes_of_seconds: int,
    target_s: int = 1,
    lengths_s: Sequence[str] = (),
    **attributes: str,
) -> Presentation:
    """Return a variant of segments of a second, or as long as is said, of so many bytes."""
    (root / "v").mkdir(exist_ok=True)
    for number, size in enumerate(bytes_of_seconds, 1):
        (root / "v" / f"{number}.m4s").write_bytes(bytes(size))
    lengths_s = lengths_s or ["1"] * len(bytes_of_seconds)
    offer = Variant(
        "v/playlist.m3u8", {name.replace("_", "-"): v for name, v in attributes.items()}
    )
    return presentation(
        track("v", playlist=playlist(*lengths_s, target_s=target_s)),
        root=root,
        multivariant=Multivariant(True, (), (), (offer,), ()),
    )


def examined(examine: Rule, of: Presentation) -> Finding:
    return examine.examine(of, title())


@pytest.mark.parametrize(
    ("size_bytes", "broken", "advised"),
    [
        (1100, False, False),  # 8800 bit/s: a tenth more than the 8000 that are declared
        (1101, True, False),
        (900, False, False),
        (899, False, True),
    ],
)
@pytest.mark.parametrize("name", ["AVERAGE_BANDWIDTH", "BANDWIDTH"])
def test_a_rate_may_be_a_tenth_off(
    size_bytes: int, broken: bool, advised: bool, name: str, tmp_path: Path
) -> None:
    rules = {"AVERAGE_BANDWIDTH": rates.average_bandwidth, "BANDWIDTH": rates.peak_bandwidth}
    declared: dict[str, Any] = {name: "8000"}
    seen = examined(rules[name], offered(tmp_path, size_bytes, **declared))
    assert (bool(seen.broken), bool(seen.advised)) == (broken, advised)


def test_how_far_a_rate_is_off_is_told_of_the_worst(tmp_path: Path) -> None:
    seen = examined(rates.peak_bandwidth, offered(tmp_path, 1050, BANDWIDTH="8000"))
    assert seen.seen == "1 variants, at most 5.0% off"
    right = examined(rates.peak_bandwidth, offered(tmp_path, 1000, BANDWIDTH="8000"))
    assert right.seen == "1 variants, at most 0.0% off"
    wrong = examined(rates.peak_bandwidth, offered(tmp_path, 1000, BANDWIDTH="0"))
    assert wrong.broken == ["v declares 0 bit/s and takes 8000 bit/s (+inf%)"]
    one = examined(rates.peak_bandwidth, offered(tmp_path, 1000, BANDWIDTH="1"))
    assert one.broken == ["v declares 1 bit/s and takes 8000 bit/s (+799900%)"]
    assert examined(rates.peak_bandwidth, presentation()).seen == "0 variants, at most 0.0% off"


@pytest.mark.parametrize(
    ("sizes", "lengths_s", "target_s", "peak_bps"),
    [
        # RFC 8216bis, 1: contiguous segments of 0.5 to 1.5 target durations.
        ((300, 100), ("1", "1"), 2, 2400),  # half of the target counts
        ((300, 100), ("0.9", "1"), 2, 1684),  # less does not: only both together
        ((100, 300, 300), ("1", "1", "1"), 2, 2400),
        ((800, 300, 100, 0), ("0.5", "1.5", "1", "3"), 2, 4400),  # three seconds are 1.5 targets
        ((800, 300, 0, 0, 0), ("0.5", "2.6", "0.5", "0.5", "0.5"), 2, 1913),  # 3.1 s are more
    ],
)
def test_a_peak_is_taken_over_half_a_target_duration_to_one_and_a_half(
    sizes: tuple[int, ...],
    lengths_s: tuple[str, ...],
    target_s: int,
    peak_bps: int,
    tmp_path: Path,
) -> None:
    of = offered(tmp_path, *sizes, target_s=target_s, lengths_s=lengths_s, BANDWIDTH="1")
    (told,) = examined(rates.peak_bandwidth, of).broken
    assert told.startswith(f"v declares 1 bit/s and takes {peak_bps} bit/s ")


def test_a_playlist_that_lasts_no_time_takes_a_thousandfold(tmp_path: Path) -> None:
    of = offered(tmp_path, 1, lengths_s=["0"], AVERAGE_BANDWIDTH="8000")
    assert examined(rates.average_bandwidth, of) == Finding("1 variants, at most 0.0% off", [], [])
    short = offered(tmp_path, 1, lengths_s=["0.5"], AVERAGE_BANDWIDTH="16")
    assert examined(rates.average_bandwidth, short).seen == "1 variants, at most 0.0% off"


@pytest.mark.parametrize(("sizes", "advised"), [((100, 300), 0), ((99, 301), 1)])
def test_a_peak_may_be_twice_the_average(
    sizes: tuple[int, int], advised: int, tmp_path: Path
) -> None:
    # The average of four seconds is a half of the highest second.
    of = offered(tmp_path, *sizes, 200, 0, BANDWIDTH="1")
    assert len(examined(rates.peak_to_average, of).advised) == advised


def test_without_variants_no_peak_is_the_highest() -> None:
    seen = examined(rates.peak_to_average, presentation())
    assert seen.seen == "the highest peak is 0% of its average"


def buffered(bps: int, *files: MediaFile, buffer_s: str = "1") -> Finding:
    held = track("v", files, representation=listed("v", 1000, bandwidth_bps=bps))
    unlisted = track("u", files)
    of = presentation(unlisted, held)
    return examined(
        rates.dash_bandwidth, replace(of, mpd=replace(of.mpd, min_buffer_s=Fraction(buffer_s)))
    )


def file(start: int, *samples: tuple[int, int], size_bytes: int, head: int = 0) -> MediaFile:
    """Return a segment of samples, (ticks, bytes) each, behind a head of so many bytes."""
    ticks, sizes = zip(*samples, strict=True)
    only = presented.fragment(start, *ticks, sizes=sizes, data_offset=head)
    return media_file(f"{start}.m4s", only, size_bytes=size_bytes)


def test_a_sample_must_have_come_when_it_is_decoded() -> None:
    # At 8000 bit/s a byte takes a millisecond: the head and the first sample 300, and the second,
    # decoded 500 ms after the first, is there after 900.
    one = file(2000, (500, 200), (500, 600), size_bytes=950, head=100)
    assert buffered(8000, one).seen == "0.40 s of buffer are enough, minBufferTime is 1.00 s"
    assert buffered(8000, one, buffer_s="0.399").advised == []
    assert buffered(8000, one, buffer_s="0.398").advised == [
        "v needs 0.40 s of buffer at its 8000 bit/s, minBufferTime is 0.40 s"
    ]


def test_a_heavy_segment_takes_the_buffer_of_those_after_it() -> None:
    def light(at: int) -> MediaFile:
        return file(at, (1000, 100), size_bytes=100)

    heavy = file(1000, (1000, 100), size_bytes=1700)
    files = (light(0), heavy, light(2000), light(3000))
    assert buffered(8000, *files).seen.startswith("0.80 s of buffer")  # 1.7 s in 1 s, then 0.1 s
    assert buffered(8000, *files[:1], *files[2:]).seen.startswith("0.10 s of buffer")
    # A heavy one that is the last has nobody after it.
    assert buffered(8000, *files[:2]).seen.startswith("0.10 s of buffer")


def test_every_rate_above_zero_is_a_rate() -> None:
    one = file(0, (1000, 1), size_bytes=1)
    assert buffered(0, one).broken == ["v has no @bandwidth"]
    assert (buffered(1, one).broken, len(buffered(1, one).advised)) == ([], 1)
    nothing = examined(rates.dash_bandwidth, presentation())
    assert nothing.seen == "0.00 s of buffer are enough, minBufferTime is 1.00 s"


@pytest.mark.parametrize(("transfer", "name"), [(1, "SDR"), (2, "SDR"), (16, "PQ"), (18, "HLG")])
def test_a_transfer_function_is_declared_by_its_video_range(transfer: int, name: str) -> None:
    held = track("v", presented.segments(1000), header=replace(HEADER, transfer=transfer))
    offers = [Variant("v/p.m3u8", {"VIDEO-RANGE": each}) for each in ("SDR", "PQ", "HLG")]
    of = presentation(held, multivariant=Multivariant(True, (), (), tuple(offers), ()))
    seen = examined(coded.video_range, of)
    assert seen.seen == name
    assert seen.broken == [
        f"v/p.m3u8 is {name} and declares {each}" for each in ("SDR", "PQ", "HLG") if each != name
    ]


@pytest.mark.parametrize(("bps", "advised"), [("192000", 0), ("192001", 1), ("many", 0)])
def test_the_lowest_variant_serves_cellular_networks(bps: str, advised: int) -> None:
    offers = (Variant("v/p.m3u8", {"BANDWIDTH": bps}), Variant("w/p.m3u8", {"BANDWIDTH": "900000"}))
    kept = offers if bps.isdigit() else offers[:1]
    of = presentation(multivariant=Multivariant(True, (), (), kept, ()))
    seen = examined(variants.cellular, of)
    lowest = bps if bps.isdigit() else "0"
    assert (seen.seen, len(seen.advised)) == (f"the lowest variant takes {lowest} bit/s", advised)


def test_frames_are_counted_in_every_rung_also_in_one_that_is_not_there() -> None:
    video = EncodedVideo("v", "h264", 640, 360, Fraction(25), 2, "cpu")
    expected = replace(title(), videos=(video, replace(video, rung="w")))
    seen = segments.frames.examine(presentation(track("v", presented.segments(9, 9))), expected)
    assert (seen.seen, seen.broken) == ("v 2, w 0", ["w has 0 frames, 2 were encoded"])


def test_a_group_may_have_one_default_and_one_choice_for_a_language() -> None:
    def group(*defaults: str) -> Finding:
        media = tuple(
            {"TYPE": "AUDIO", "GROUP-ID": "a", "NAME": f"{n}", "LANGUAGE": f"l{n}"}
            | {"DEFAULT": default, "AUTOSELECT": "YES", "URI": "a/p.m3u8"}
            for n, default in enumerate(defaults)
        )
        offer = Variant("v/p.m3u8", {"AUDIO": "a"})
        of = presentation(multivariant=Multivariant(True, (), media, (offer,), ()))
        return examined(renditions.groups, of)

    assert group("YES", "NO") == Finding("a 2", [], [])
    assert group("YES", "YES").broken == ["a has 2 defaults"]
    assert group("NO").broken == ["a has no default"]


@pytest.mark.parametrize(
    ("count", "evidence"), [(0, "fine"), (3, "1; 2; 3"), (4, "1; 2; 3; and 1 more")]
)
def test_three_findings_are_quoted_and_further_ones_counted(count: int, evidence: str) -> None:
    found = [str(n) for n in range(1, count + 1)]
    made = rule("id", "A title", "a source")(lambda *_: Finding("fine", broken=found))
    check = made.check(presentation(), title())
    assert (check.outcome, check.evidence) == ("fail" if count else "pass", evidence)
