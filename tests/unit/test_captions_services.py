"""Which captions pictures carry: channels told apart, CEA-708 heard but not read."""

from __future__ import annotations

import pytest

from farm.captions import Captions
from media.captions.carried import Carried, a53_data, read_carried, told, written
from media.captions.dtvcc import read_services
from media.captions.services import channel_cues, find_captions
from media.text.findings import Findings
from tests.line21 import carried, letters, orders, pair, pop_on, schedule, sei, service_packet

CLEAR = orders("EDM")


def said(pictures: tuple[Carried, ...], channel: str) -> list[str]:
    return [cue.payload for cue in channel_cues(pictures, channel, 60_000, Findings())]


@pytest.mark.parametrize("channel", ["CC1", "CC2", "CC3", "CC4"])
def test_each_channel_is_found_where_it_is_sent(channel: str) -> None:
    pictures = carried(schedule([(10, channel, pop_on("Only here", channel=channel))], 60))
    assert find_captions({0: pictures}) == (Captions(channel, 0),)
    assert said(pictures, channel) == ["Only here"]


def test_channels_of_one_field_take_turns() -> None:
    turns = [
        (0, "CC1", orders("RCL") + letters("English, ")),
        (20, "CC1", pop_on("Francais", channel="CC2")),
        (50, "CC1", orders("RCL") + letters("still.") + orders("EOC")),
    ]
    pictures = carried(schedule(turns, 90))
    assert (said(pictures, "CC1"), said(pictures, "CC2")) == (["English, still."], ["Francais"])


def test_captions_without_text_are_none() -> None:
    empty = [(0, "CC1", orders("RCL", "ENM", "EOC", "EDM")), (20, "CC3", orders("RU2", "CR"))]
    assert find_captions({0: carried(schedule(empty, 60))}) == ()
    assert find_captions({0: ()}) == ()


def test_programme_data_is_no_text() -> None:
    title = [pair(0x01, 0x03), *letters("A programme"), pair(0x0F, 0x1D)]
    with_title = [(0, "CC3", title), (20, "CC3", pop_on("Words", channel="CC3"))]
    pictures = carried(schedule(with_title, 60))
    assert said(pictures, "CC3") == ["Words"]
    # Captions go on where they broke in.
    broken_in = [(0, "CC3", orders("RU2", channel="CC3") + title[:3]), (20, "CC3", letters("x"))]
    assert said(carried(schedule(broken_in, 60)), "CC3") == []


def test_text_mode_is_found_and_kept_apart_from_captions() -> None:
    stocks = orders("RTD") + letters("IBM 120")
    pictures = carried(schedule([(0, "CC1", stocks), (30, "CC1", pop_on("Words"))], 80))
    assert find_captions({0: pictures}) == (Captions("CC1", 0), Captions("T1", 0))
    assert said(pictures, "CC1") == ["Words"]


def with_packets(pictures: list[list[bytes]], *packets: list[bytes]) -> tuple[Carried, ...]:
    for picture, packet in zip(pictures, packets, strict=False):
        picture.extend(packet)
    return carried(pictures)


def test_a_service_that_says_what_a_channel_says_is_its_other_form() -> None:
    channel = [(0, "CC1", pop_on("The kettle sings tonight"))]
    packet = service_packet(1, b"\x03\x8b\x01THE KETTLE SINGS TONIGHT")
    pictures = with_packets(schedule(channel, 60), packet, service_packet(2, b"Otra cosa entera"))
    assert find_captions({0: pictures}) == (
        Captions("CC1", 0),
        Captions("SERVICE1", 0, same_as="CC1"),
        Captions("SERVICE2", 0),
    )


def test_commands_of_cea_708_are_not_its_text() -> None:
    define, colour, place = b"\x98" + bytes(6), b"\x91abc", b"\x92\x01\x02"
    styled = define + b"\x97wxyz" + colour + place + b"Hi\x0d\x11x\x7f\xe9"
    extended = b"\x10\xa0A\x10\x81abcdB\x10\x89abcdeC\x10\x18xyz\x10\x91\x42xyD"
    wide = b"\x18\x30\x42\x18\xd8\x00"
    pictures = with_packets(
        schedule([], 9), *(service_packet(9, block) for block in (styled, extended, wide))
    )
    said_by = {number: text.split() for number, text in read_services(pictures).items()}
    assert said_by == {9: ["Hi", "♪é", "A", "B", "C", "Dあ"]}
    silent = with_packets(schedule([], 9), service_packet(1, define + b"\x88\x01"))
    assert find_captions({0: silent}) == ()


def test_packets_that_lost_their_start_or_end_are_left_out() -> None:
    whole = service_packet(1, b"Words in a packet")
    lost = with_packets(schedule([], 9), whole[1:], whole[:3], whole)
    assert read_services(lost) == {1: "Words in a packet"}


def test_a_track_of_captions_that_repeats_the_picture_says_so() -> None:
    pictures = carried(schedule([(0, "CC1", pop_on("The kettle sings tonight"))], 60))
    other = carried(schedule([(0, "CC1", pop_on("Nobody listens to it"))], 60))
    assert find_captions({0: pictures, 2: pictures}) == (
        Captions("CC1", 0),
        Captions("CC1", 2, same_as="CC1"),
    )
    assert find_captions({0: pictures, 2: other}) == (Captions("CC1", 0), Captions("CC1", 2))


def test_caption_data_comes_out_of_an_access_unit_as_it_went_in() -> None:
    padding = b"\x00\x00\x00"  # not valid, and in need of escapes
    threes = [b"\xfc" + pair(0x14, 0x20), padding, padding, b"\xfa\x00\x00", b"\xff\x02\x21"]
    unit = b"\0\0\0\x01\x09\xf0" + sei(threes) + b"\0\0\0\x01\x65\x88\x84"
    other = b"\0\0\x01\x06\x05\x04" + bytes(range(4)) + b"\x80"
    assert a53_data(unit) == b"".join(threes)
    assert a53_data(other + unit + unit) == b"".join(threes * 2)  # of both fields of a picture
    assert a53_data(sei([b"\xfc\x94\x20"] * 30)) == b"\xfc\x94\x20" * 30
    assert a53_data(b"\0\0\x01\x65GA94") == b""
    assert a53_data(b"\0\0\x01\x06\x04\xff\xb5\x00\x31GA94\x03") == b""  # cut off


def test_what_pictures_carry_is_written_without_what_says_nothing() -> None:
    data = b"\xfc\x94\x20\xfd\x80\x80\xf9\x41\x41\xfe\x01\x02\xfc\x00\x00"
    assert told(data) == b"\xfc\x94\x20\xfe\x01\x02"
    lines = list(written([Carried(0, b"\xfc\x80\x80"), Carried(33, data)]))
    assert lines == ["33 fc9420fe0102\n"]
    assert list(read_carried(lines)) == [Carried(33, told(data))]
