"""Where the segments of others' representations are, in each way an MPD may say it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from qc.conformance.mpd import Representation, UnreadableManifest, read_mpd

HEAD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT10S">'


def read(period: str, head: str = HEAD) -> Representation:
    xml = f"{head}<Period>{period}</Period></MPD>"
    [representation] = read_mpd(xml.encode()).representations
    return representation


def one(inside: str, outside: str = "", base: str = "") -> Representation:
    """Return the representation of an MPD that says `outside` of its set, `inside` of itself."""
    return read(
        f'{base}<AdaptationSet mimeType="video/mp4">{outside}'
        f'<Representation id="v" bandwidth="5000">{inside}</Representation></AdaptationSet>'
    )


def test_a_template_of_a_set_is_filled_for_each_representation() -> None:
    found = one(
        "",
        '<SegmentTemplate timescale="10" initialization="$RepresentationID$/i.mp4"'
        ' media="$RepresentationID$-$Bandwidth%06d$-$Number%03d$-$Time$-$$.m4s" startNumber="7">'
        '<SegmentTimeline><S t="5" d="40" r="1"/><S d="15"/></SegmentTimeline></SegmentTemplate>',
    )
    assert found.initialization == "v/i.mp4"
    assert found.media == (
        "v-005000-007-5-$.m4s",
        "v-005000-008-45-$.m4s",
        "v-005000-009-85-$.m4s",
    )
    assert (found.starts_ticks, found.durations_ticks) == ((5, 45, 85), (40, 40, 15))
    assert (found.kind, found.nominal, found.duration_s) == ("video", False, Fraction(19, 2))


def test_one_duration_for_all_tells_how_many_segments_there_are() -> None:
    found = one('<SegmentTemplate timescale="2" duration="8" media="$Number$.m4s"/>')
    assert found.media == ("1.m4s", "2.m4s", "3.m4s")
    assert found.durations_ticks == (8, 8, 4)
    assert found.nominal


def test_the_innermost_attribute_counts() -> None:
    found = one(
        '<SegmentTemplate media="own-$Number$.m4s"/>',
        '<SegmentTemplate timescale="4" duration="20" media="$Number$.m4s" initialization="i"/>',
    )
    assert (found.timescale, found.initialization) == (4, "i")
    assert found.media == ("own-1.m4s", "own-2.m4s")


def test_a_last_entry_goes_on_to_the_end_and_one_before_to_the_next() -> None:
    found = one(
        '<SegmentTemplate timescale="1" media="$Number$"><SegmentTimeline>'
        '<S t="0" d="2" r="-1"/><S t="4" d="3" r="-1"/></SegmentTimeline></SegmentTemplate>'
    )
    assert found.starts_ticks == (0, 2, 4, 7)


def test_base_urls_are_followed_from_the_outside_in() -> None:
    period = "<BaseURL>vod/</BaseURL>"
    found = one("<BaseURL>v.mp4</BaseURL>", base=period)
    assert (found.media, found.initialization, found.indexed) == (
        ("vod/v.mp4",),
        "vod/v.mp4",
        True,
    )
    template = '<SegmentTemplate duration="10" media="$Number$.m4s"/>'
    assert one(template, base=period).media == ("vod/1.m4s",)
    away = one(template, base="<BaseURL>https://cdn.example/x/</BaseURL>")
    assert away.media == ("https://cdn.example/x/1.m4s",)


def test_a_list_names_files_or_ranges_of_one() -> None:
    found = one(
        '<BaseURL>v.mp4</BaseURL><SegmentList timescale="10" duration="40">'
        '<Initialization range="0-99"/><SegmentURL mediaRange="100-299"/>'
        '<SegmentURL mediaRange="300-309"/></SegmentList>'
    )
    assert (found.initialization, found.media) == ("v.mp4", ("v.mp4", "v.mp4"))
    assert found.ranges == ((200, 100), (10, 300))
    assert found.starts_ticks == (0, 40)
    files = one(
        '<SegmentList duration="4"><Initialization sourceURL="i.mp4"/>'
        '<SegmentURL media="1.m4s"/></SegmentList>'
    )
    assert (files.initialization, files.media, files.ranges) == ("i.mp4", ("1.m4s",), ())


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("", "representation v does not say where its segments are"),
        ('<SegmentTemplate media="$Number$"/>', "v has no SegmentTimeline, and no duration"),
        (
            '<SegmentTemplate timescale="1000000" duration="1" media="$Number$"/>',
            "v has 10000000 segments, more than 100000",
        ),
        (
            '<SegmentTemplate media="x"><SegmentTimeline><S d="1" r="9999999"/></SegmentTimeline>'
            "</SegmentTemplate>",
            "a SegmentTimeline has 10000000 segments",
        ),
        (
            '<SegmentTemplate media="x"><SegmentTimeline><S d="0" r="-1"/></SegmentTimeline>'
            "</SegmentTemplate>",
            "goes on to an end that nothing tells",
        ),
        (
            '<BaseURL>a</BaseURL><SegmentList><SegmentURL mediaRange="9-3"/></SegmentList>',
            "'9-3' is no byte range",
        ),
    ],
)
def test_what_leads_to_no_segments_is_refused(inside: str, why: str) -> None:
    with pytest.raises(UnreadableManifest, match=why):
        one(inside)


def test_the_first_period_is_read_and_the_others_are_counted() -> None:
    xml = f"{HEAD}<Period duration='PT4S'/><Period/></MPD>"
    found = read_mpd(xml.encode())
    assert (found.periods, found.representations, found.duration_s) == (2, (), Fraction(10))
