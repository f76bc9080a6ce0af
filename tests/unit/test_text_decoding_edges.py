"""Encodings at the edges: how much damage is still text."""

from __future__ import annotations

import pytest

from media.text.decoding import Decoded, NotText, decode


@pytest.mark.parametrize(("controls", "sound"), [(2, True), (3, False)])
def test_two_in_a_hundred_characters_may_be_illegible(controls: int, sound: bool) -> None:
    data = b"\x01" * controls + b"x" * (100 - controls)
    if sound:
        assert len(decode(data, "en").text) == 100
    else:
        with pytest.raises(NotText):
            decode(data, "en")


def test_a_replacement_character_of_the_files_own_is_no_damage() -> None:
    text = "ä" * 11 + "\ufffd"
    decoded = decode(text.encode(), "de")
    assert (decoded.text, decoded.replaced, decoded.guessed) == (text, 0, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_signature_is_told_by_its_zero_bytes(encoding: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n" + "中" * 20
    decoded = decode(text.encode(encoding), "zh")
    assert (decoded.text, decoded.guessed) == (text, encoding)


@pytest.mark.parametrize(("damaged", "controls", "sound"), [(1, 1, True), (1, 2, False)])
def test_damage_and_controls_are_illegible_together(
    damaged: int, controls: int, sound: bool
) -> None:
    text = "ä" * 20 + "\x01" * controls
    data = f"{text:x<{100 - damaged}}".encode() + b"\xc3" * damaged
    if sound:
        assert decode(data, "de").replaced == damaged
    else:
        with pytest.raises(NotText):
            decode(data, "de")


def test_one_zero_is_too_many() -> None:
    with pytest.raises(NotText, match="it holds binary data, not text"):
        decode(b"x" * 999 + b"\x00", "en")


@pytest.mark.parametrize(
    ("letters", "damaged", "utf_8"),
    [(10, 1, False), (11, 1, True), (20, 2, False), (21, 2, True)],
)
def test_damaged_utf_8_holds_more_than_ten_sound_letters_for_each_that_is_not(
    letters: int, damaged: int, utf_8: bool
) -> None:
    text = "ä" * letters + "Das weiß man nicht. ".replace("ß", "ss") * 10
    decoded = decode(text.encode() + b"\xc3" * damaged, "de")
    assert (decoded.guessed is None) is utf_8
    assert decoded.replaced == (damaged if utf_8 else 0)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a中中中中", True),  # one zero among ten bytes
        ("中" * 1536 + "a" * 512 + "b" * 99, True),  # an eighth of the first 4096 bytes
        ("中" * 1537 + "a" * 511 + "b" * 99, False),
        ("a" * 16 + "一" * 2, True),  # zeros on the other side: an eighth of these
        ("a" * 15 + "一" * 2, False),
        ("a" * 16 + "一" * 3, False),
    ],
)
def test_utf_16_is_told_by_an_eighth_of_zeros_nearly_all_on_one_side(
    encoding: str, text: str, told: bool
) -> None:
    data = text.encode(encoding)
    if told:
        decoded = decode(data, "zh")
        assert (decoded.text, decoded.guessed) == (text, encoding)
    else:
        with pytest.raises(NotText):
            decode(data, "zh")


RUSSIAN = "Привет, как дела? Это просто фильм о войне и мире. "


@pytest.mark.parametrize(("telling", "guessed_alone"), [(64 * 1024, True), (64 * 1024 - 1, False)])
def test_what_64_kib_of_telling_lines_say_is_not_asked_again(
    telling: int, guessed_alone: bool
) -> None:
    """The last line is no windows-1251, which has no letter 98 (hexadecimal)."""
    line = (RUSSIAN * 2000).encode("cp1251")
    lines = (b"plain" * 99, line[:100], b"", line[: telling - 100], b"\x98")
    decoded = decode(b"\n".join(lines), "ru")
    assert (decoded.guessed == "cp1251") is guessed_alone
    assert decoded.text.count("\ufffd") == decoded.replaced == int(guessed_alone)


@pytest.mark.parametrize("language", ["zh", "zh-Hans", "zh-CN", "zh-Hant", "zh-TW", "und", "en"])
@pytest.mark.parametrize(("text", "encoding"), [("我是學生", "big5"), ("我是学生", "gb18030")])
def test_chinese_goes_by_what_its_characters_say_and_not_by_its_tag(
    text: str, encoding: str, language: str
) -> None:
    decoded = decode(text.encode(encoding), language)
    assert decoded.text == text


def test_an_empty_file_is_text() -> None:
    assert decode(b"", "en") == Decoded("", None, 0)


@pytest.mark.parametrize("language", ["it", "pt-BR", "sv", "DE", "es-419"])
def test_languages_of_western_europe_share_an_encoding(language: str) -> None:
    text = "Città più è così; não é difícil; småå öar; größer für Köln; mañana señor"
    assert decode(text.encode("cp1252"), language).guessed == "cp1252"


@pytest.mark.parametrize("padding", [0, 40])
def test_an_xml_declaration_counts_wherever_its_encoding_stands(padding: int) -> None:
    document = f"\n<?xml version=\"1.0\"{' ' * padding} encoding='koi8-r'?><tt>Привет</tt>"
    decoded = decode(document.encode("koi8-r"), "en")
    assert (decoded.text, decoded.guessed) == (document, None)
