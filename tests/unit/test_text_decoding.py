"""Encodings: by signature, as UTF-8, else by detection helped by the language."""

from __future__ import annotations

import pytest

from media.text.decoding import Decoded, NotText, decode

GERMAN = "1\n00:00:01,000 --> 00:00:02,000\nMöchtest du größere Köpfe? – „Gut“\n"
LEGACY = {
    "fr": ("cp1252", "Où es-tu ? C'est déjà l'été, n'est-ce pas… voilà l’œuvre"),
    "en": ("cp1252", "It’s a “smart” quote — really? Naïve café."),
    "pl": ("cp1250", "Zażółć gęślą jaźń. Jesteś pewien, że to już wszystko?"),
    "ru": ("cp1251", "Привет, как дела? Это просто фильм о войне и мире."),
    "el": ("cp1253", "Καλημέρα, τι κάνεις; Είμαι πολύ καλά σήμερα."),
    "tr": ("cp1254", "Günaydın, nasılsın? Bugün çok güzel bir gün, değil mi?"),
    "he": ("cp1255", "שלום, מה שלומך היום? אני בסדר גמור."),
    "ar": ("cp1256", "مرحبا كيف حالك اليوم؟ أنا بخير شكرا."),
    "ja": ("cp932", "こんにちは、元気ですか。今日はとてもいい天気ですね。"),
    "zh-Hans": ("gb18030", "你好，你今天怎么样？我们明天去看电影吧。"),
    "zh-TW": ("big5hkscs", "你好，你今天怎麼樣？我們明天去看電影吧。"),
    "ko": ("cp949", "안녕하세요, 오늘 기분이 어떠세요? 내일 영화 보러 갑시다."),
}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-16-le"]
)
def test_unicode_is_read_with_and_without_signature(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding), "de").text == GERMAN


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_signature_settles_what_zero_bytes_cannot(encoding: str) -> None:
    text = LEGACY["zh-TW"][1]
    assert decode(text.encode(encoding), "zh-TW") == Decoded(text, None, 0)


@pytest.mark.parametrize("language", LEGACY)
def test_encodings_from_before_unicode_are_detected_with_the_language_given(language: str) -> None:
    encoding, text = LEGACY[language]
    assert decode(text.encode(encoding), language) == Decoded(text, encoding, 0)


def test_a_language_that_cannot_be_does_not_mislead() -> None:
    encoding, text = LEGACY["ru"]
    assert decode(text.encode(encoding), "en").text == text


def test_every_line_end_becomes_a_line_feed() -> None:
    assert decode(b"\xef\xbb\xbfa\r\nb\rc\n", "en") == Decoded("a\nb\nc\n", None, 0)


def test_damage_in_utf_8_costs_only_the_damaged_characters() -> None:
    text = GERMAN * 5
    assert decode(text.encode() + b"\xc3", "de") == Decoded(text + "\ufffd", None, 1)


def test_an_xml_declaration_names_an_encoding() -> None:
    document = '<?xml version="1.0" encoding="ISO-8859-2"?><tt>Zażółć</tt>'
    assert decode(document.encode("iso-8859-2"), "en") == Decoded(document, None, 0)


def test_an_xml_declaration_that_lies_about_utf_8_is_not_believed() -> None:
    document = '<?xml version="1.0" encoding="utf-8"?><tt>Möchtest du größere Köpfe</tt>'
    assert decode(document.encode("cp1252"), "de") == Decoded(document, "cp1252", 0)


@pytest.mark.parametrize("encoding", ["hex", "rot13", "unicode_escape", "no-such-thing"])
def test_an_xml_declaration_cannot_choose_a_codec_that_is_no_encoding(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><tt/>'
    assert decode(document.encode(), "en").text == document


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02" * 64, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", bytes(range(256)) * 9]
)
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(NotText, match="binary data"):
        decode(data, "en")
