"""SCC and EBU STL, as captioning houses and broadcasters hand them in."""

from __future__ import annotations

import pytest

from farm.errors import InvalidSource
from media.text.broadcast import MAX_BYTES, MOST_BLOCKS, MOST_REMARKS
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.subtitles import read_subtitles

# CEA-608, each byte with odd parity: load a pop-on caption, row 15 or row 1, show it, clear.
LOAD, ROW_15, ROW_1, SHOW, CLEAR = "9420 9420", "9470 9470", "9140 9140", "942f 942f", "942c 942c"


def read(data: bytes) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    cues = read_subtitles(data, name="x", language="en", findings=findings).cues
    return list(cues), findings.sentences()


def pairs(text: str) -> str:
    """Return text as pairs of bytes with odd parity."""
    padded = text + "\x00" * (len(text) % 2)
    odd = [code | (0 if code.bit_count() % 2 else 0x80) for code in padded.encode("ascii")]
    return " ".join(f"{a:02x}{b:02x}" for a, b in zip(odd[::2], odd[1::2], strict=True))


def scc(*lines: str) -> bytes:
    return "\n\n".join(["Scenarist_SCC V1.0", *lines, ""]).encode()


def test_pop_on_captions_show_from_their_command_to_the_next() -> None:
    cues, told = read(
        scc(
            f"00:00:01:00\t{LOAD} {ROW_15} {pairs('Test')} {SHOW}",
            f"00:00:03:00\t{CLEAR}",
            f"00:00:04:00\t{LOAD} {ROW_1} {pairs('Up')} {SHOW}",
            f"00:00:06:00\t{CLEAR}",
        )
    )
    # 29.97 frames a second; a pair of bytes takes one.
    assert [(cue.payload, cue.settings) for cue in cues] == [("Test", ""), ("Up", "line:0")]
    assert [cue.end_ms for cue in cues] == [3003, 6006]
    assert 1001 < cues[0].start_ms < 1500
    assert told == ()


def test_scc_that_is_damaged_is_refused_or_read_with_remarks() -> None:
    assert read(scc("no time\t9420")) == ([], ())
    with pytest.raises(InvalidSource, match="x: not usable as subtitles, because"):
        read(scc(f"00:00:01:00\t{LOAD} zzzz"))


def test_stl_whose_subtitle_does_not_end_is_refused_before_it_is_read() -> None:
    """ttconv took minutes over half a megabyte of it."""
    last = stl(("00000100", "00000200", "end", 20))
    chained = bytearray(last[1024:])
    chained[3] = 1  # further blocks follow
    blocks = bytes(chained) * (MOST_BLOCKS - 1)
    cues, _ = read(last[:1024] + blocks + last[1024:])
    assert [cue.payload for cue in cues] == ["end" * MOST_BLOCKS]
    chained[3] = 0xFE  # a producer's own data: no part of it
    cues, _ = read(last[:1024] + blocks + bytes(chained) * 40 + last[1024:])
    assert [cue.payload for cue in cues] == ["end" * MOST_BLOCKS]
    with pytest.raises(InvalidSource, match="a subtitle has more than 32 blocks"):
        read(last[:1024] + blocks * 130 + last[1024:])


def test_too_much_of_it_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidSource, match="bytes are too many for its format"):
        read(scc("0" * MAX_BYTES))


def stl(*subtitles: tuple[str, str, str, int], start: str = "00000000") -> bytes:
    """Return an EBU STL file of (first, last time code as HHMMSSFF, text, row)."""
    head = b"850STL25.01" + b"000" + b"09"  # Latin, English
    head = head.ljust(238) + f"{len(subtitles):05}{len(subtitles):05}001".encode()
    head += b"4023" + b"1" + start.encode() + b"00000000" + b"11"
    blocks = [head.ljust(1024)]
    for number, (first, last, text, row) in enumerate(subtitles):
        codes = bytes(int(each[n : n + 2]) for each in (first, last) for n in (0, 2, 4, 6))
        block = b"\x00" + number.to_bytes(2, "little") + b"\xff\x00" + codes
        block += bytes([row, 2, 0]) + text.encode("latin-1")
        blocks.append(block.ljust(128, b"\x8f"))
    return b"".join(blocks)


def test_stl_is_told_by_its_bytes_and_counts_from_the_start_of_programme() -> None:
    data = stl(
        ("10000100", "10000200", "The kettle", 20),
        ("10000312", "10000400", "sings", 2),
        start="10000000",
    )
    cues, _ = read(data)
    assert [(cue.start_ms, cue.end_ms, cue.payload) for cue in cues] == [
        (1000, 2000, "The kettle"),
        (3480, 4000, "sings"),
    ]


def test_stl_that_is_damaged_is_refused_or_read_with_a_few_remarks() -> None:
    whole = stl(("00000100", "00000200", "a", 20))
    with pytest.raises(InvalidSource, match="because it is damaged"):
        read(whole[:-20])
    many = stl(*[("99000100", "00000200", "a", 20)] * 50)
    cues, told = read(many)
    assert cues == []
    assert len(told) <= MOST_REMARKS + 1
