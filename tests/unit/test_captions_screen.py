"""CEA-608 as a television shows it: pop-on, roll-up and paint-on captions become cues."""

from __future__ import annotations

from media.captions.services import channel_cues
from media.text.cue import Cue
from media.text.findings import Findings
from tests.line21 import Pairs, at_row, carried, code, letters, orders, pair, pop_on, roll_up
from tests.line21 import schedule as planned

SECOND = 30  # pictures, and a little more than a second at 29.97
ITALICS, EXTENDED_E, MUSIC = 0x112E, 0x1221, 0x1137


def shown(*sent: tuple[int, Pairs], channel: str = "CC1", end_ms: int = 60_000) -> list[Cue]:
    """Return the cues of what one channel sends from these pictures on."""
    pictures = planned([(start, channel, pairs) for start, pairs in sent], 1800)
    return list(channel_cues(carried(pictures), channel, end_ms, Findings()))


def texts(cues: list[Cue]) -> list[str]:
    return [cue.payload for cue in cues]


def ms(picture: int) -> int:
    return round(picture * 1001 / 30)


def test_pop_on_captions_show_from_the_command_that_shows_them_to_the_one_that_clears() -> None:
    first = pop_on("Where were you", "last night?")
    cues = shown((30, first), (90, orders("EDM")), (120, pop_on("Here.")), (180, pop_on("So!")))
    assert cues == [
        # Shown by the first of the two EOC, which is the last pair but one.
        Cue(ms(30 + len(first) - 2), ms(90), "Where were you\nlast night?", "align:left"),
        Cue(ms(120 + 9), ms(180 + 8), "Here.", "align:left"),
        Cue(ms(180 + 8), ms(180 + 8) + 16_000, "So!", "align:left"),
    ]


def test_lines_that_roll_up_are_each_said_once() -> None:
    cues = shown((0, roll_up("One line,")), (60, roll_up("another,")), (120, roll_up("a third.")))
    assert texts(cues) == ["One line,", "another,", "a third."]
    # From the first letter, behind RU2, CR and the row, each twice, to that of the next line.
    assert [cue.start_ms for cue in cues] == [ms(6), ms(66), ms(126)]
    assert [cue.end_ms for cue in cues[:2]] == [ms(66), ms(126)]
    assert [cue.settings for cue in cues] == ["", "", ""]


def test_what_is_painted_on_is_one_cue_from_its_first_letter_to_its_end() -> None:
    paint = orders("RDC") + at_row(2) + letters("Painted over") + at_row(1) + letters("two rows")
    more = at_row(15) + letters("and later something that is more")
    cues = shown((30, paint), (150, more), (240, orders("EDM")))
    assert cues == [
        Cue(ms(34), ms(152), "two rows\nPainted over", "line:0 align:left"),
        Cue(ms(152), ms(240), "and later something that is more", ""),
    ]


def test_writing_over_what_is_shown_begins_a_new_cue() -> None:
    paint = orders("RDC") + at_row(15) + letters("First")
    cues = shown((0, paint), (15, at_row(15) + letters("Other")), (60, orders("EDM")))
    assert texts(cues) == ["First", "Other"]


def test_a_caption_stands_where_it_stood_on_the_screen() -> None:
    left_bottom, middle = at_row(15) + letters("Left"), at_row(8, 12) + letters("Middle ")
    right_top = at_row(1, 24) + letters("Right")
    load = orders("RCL", "ENM")
    cues = shown((0, load + left_bottom + right_top + middle + orders("EOC")), (90, orders("EDM")))
    assert [(cue.payload, cue.settings) for cue in cues] == [
        ("Right", "line:0 align:right"),
        ("Middle", "line:45%"),
        ("Left", "align:left"),
    ]
    assert len({(cue.start_ms, cue.end_ms) for cue in cues}) == 1


def test_italics_underlining_and_letters_of_other_sets_are_read() -> None:
    body = letters("Il dit: ") + code(ITALICS) + letters("cafE") + code(EXTENDED_E)
    cues = shown((0, orders("RCL") + at_row(15) + body + code(MUSIC) + orders("EOC")))
    assert texts(cues) == ["Il dit: <i>cafÉ♪</i>"]
    underlined = code(0x1471) + letters("loud")
    assert texts(shown((0, orders("RCL") + underlined + orders("EOC")))) == ["<u>loud</u>"]


def test_what_is_taken_back_is_not_said() -> None:
    wrong = letters("wrongX") + orders("BS")
    erased = at_row(14) + letters("no") + at_row(14) + orders("DER") + at_row(15) + letters("yes")
    tabs = letters("a") + orders("TO3") + letters("b")
    assert texts(shown((0, orders("RCL") + at_row(15) + wrong + orders("EOC")))) == ["wrong"]
    assert texts(shown((0, orders("RCL") + erased + orders("EOC")))) == ["yes"]
    assert texts(shown((0, orders("RCL") + at_row(15) + tabs + orders("EOC")))) == ["a b"]


def test_a_caption_nobody_clears_goes_after_sixteen_seconds_without_a_word() -> None:
    sent = pop_on("Forgotten")
    cues = shown((0, sent), (1200, pop_on("Next")))
    assert cues[0].end_ms == ms(len(sent) - 2) + 16_000
    assert shown((0, pop_on("To the end")), end_ms=4000)[0].end_ms == 4000


def test_roll_up_after_pop_on_begins_with_an_empty_screen() -> None:
    loaded = orders("RCL", "ENM") + at_row(15) + letters("never shown")
    cues = shown((0, pop_on("Film")), (60, loaded), (120, roll_up("News")), (180, orders("EOC")))
    assert texts(cues) == ["Film", "News"]
    assert cues[0].end_ms == ms(120)


def test_letters_before_any_command_are_nobodys() -> None:
    assert shown((0, letters("rest of a caption"))) == []
    assert texts(shown((0, letters("rest")), (30, pop_on("Whole")))) == ["Whole"]


def test_damaged_letters_cost_themselves_and_damaged_codes_their_effect() -> None:
    sent = pop_on("Good morning, everybody out there")
    broken = bytes((sent[6][0] ^ 0x01, sent[6][1]))  # "Go"
    half = bytes((sent[7][0], sent[7][1] ^ 0x01))  # "od"
    cues = shown((0, [*sent[:6], broken, half, *sent[8:]]))
    assert texts(cues) == ["o morning, everybody out there"]


def test_captions_of_a_maker_who_knows_no_parity_are_read() -> None:
    bare = [bytes(byte & 0x7F for byte in sent) for sent in pop_on("No parity at all")]
    assert texts(shown((0, bare), (60, [bytes((0x14, 0x2C))] * 2))) == ["No parity at all"]


def test_a_code_sent_four_times_counts_twice() -> None:
    returns = orders("CR") * 2
    cues = shown((0, roll_up("One")), (30, returns + letters("Two")), (90, [pair(0x14, 0x2C)]))
    assert texts(cues) == ["One", "Two"]
