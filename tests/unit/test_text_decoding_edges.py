"""Encodings at the edges: how much damage is still text."""

from __future__ import annotations

import pytest

from media.text.decoding import NotText, decode


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
