"""Languages from containers and people, as BCP-47."""

from __future__ import annotations

import pytest

from farm.errors import InvalidSpec
from farm.language import declared_language, normalise_language


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("eng", "en"),
        ("fre", "fr"),  # ISO 639-2/B
        ("fra", "fr"),  # ISO 639-2/T
        ("ger", "de"),
        ("pt_BR", "pt-BR"),
        ("EN-us", "en-US"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("iw", "he"),  # withdrawn, still in files
        ("es-419", "es-419"),
        (" de ", "de"),
        ("zxx", "zxx"),
        ("und", "und"),
        ("", "und"),
    ],
)
def test_a_language_is_normalised_to_bcp_47(text: str, tag: str) -> None:
    assert normalise_language(text) == tag


@pytest.mark.parametrize(
    "text", ["english", "qq", "e", "en us", "en--us", "../etc", "-i", "a;rm", "x" * 300]
)
def test_rubbish_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"is not a language: give a BCP-47 tag") as refusal:
        normalise_language(text)
    assert "\n" not in refusal.value.message
    assert len(refusal.value.message) < 120


def test_a_tag_has_35_characters_at_most() -> None:
    longest = "zh-Hant-TW-x-abcdefgh-ijklmnop-qrst"
    assert (len(longest), normalise_language(longest)) == (35, longest)
    with pytest.raises(InvalidSpec):
        normalise_language(f"{longest}u")


@pytest.mark.parametrize(
    ("text", "tag"), [("ger", "de"), ("und", None), ("", None), (None, None), ("\x7f\x7f", None)]
)
def test_a_container_without_a_known_language_declares_none(
    text: str | None, tag: str | None
) -> None:
    assert declared_language(text) == tag
