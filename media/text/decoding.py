"""Bytes of a subtitle or chapter file to text: by signature, as UTF-8, else by detection."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from media.text.detection import detect

# The longer UTF-32 signature begins with the UTF-16 one, so it is tried first.
_SIGNATURES = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_XML_ENCODING = re.compile(rb"""<\?xml[^<>]{0,80}?encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_LEGACY_FAMILIES = ("big5", "cp", "euc", "gb", "iso8859", "koi8", "mac", "shift_jis")
_SAMPLE_BYTES = 64 * 1024
_LINE_END = re.compile("\r{0,2}\n|\r")  # CR CR LF: written as text twice
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_LEGIBLE = 0.98  # of the characters, for bytes to pass as text


class NotText(ValueError):
    """The bytes are not text in any encoding ReelFarm knows."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with "\\n" line ends and no signature; `guessed` names an encoding that was detected."""

    text: str
    guessed: str | None
    replaced: int  # characters that were illegible in that encoding


def decode(data: bytes, language: str) -> Decoded:
    """Return `data` as text; `language` (BCP-47) settles what detection leaves open.

    Raises NotText for binary data.
    """
    encoding, guessed, data = _encoding(data, language)
    text = data.decode(encoding, "replace")
    replaced = text.count("\ufffd") - _genuine(data, encoding)
    illegible = replaced + len(_CONTROLS.findall(text))
    if "\x00" in text or illegible > len(text) * (1 - _LEGIBLE):
        raise NotText("it holds binary data, not text")
    lines = _LINE_END.sub("\n", text).replace("\ufeff", "")  # also where files were joined
    return Decoded(lines, guessed, replaced)


def _encoding(data: bytes, language: str) -> tuple[str, str | None, bytes]:
    """Return the encoding of `data`, its name if it was guessed, and `data` without signature."""
    for signature, encoding in _SIGNATURES:
        if data.startswith(signature):
            return encoding, None, data[len(signature) :]
    if wide := _utf_16(data):
        return wide, wide, data
    if declared := _declared(data):
        return declared, None, data
    if shifted := _shifted(data, language):
        return shifted, shifted, data
    if _mostly_utf_8(data):
        return "utf-8", None, data
    detected = _detected(data, language)
    return detected, detected, data


def _mostly_utf_8(data: bytes) -> bool:
    """Tell whether `data` is UTF-8, a few damaged characters allowed.

    Text in another encoding almost never holds a valid multi-byte sequence.
    """
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if damaged == 0:
        return True
    sound = sum(len(line) - len(line.encode("ascii", "ignore")) for line in text.splitlines())
    return sound - damaged > 10 * damaged


def _utf_16(data: bytes) -> str | None:
    """Return which UTF-16 `data` is by its zero bytes: markup and digits are always ASCII."""
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if most < max(len(head) // 8, 1) or least > most // 8:
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _declared(data: bytes) -> str | None:
    """Return the 8-bit or multi-byte encoding an XML declaration names, if Python knows it."""
    match = _XML_ENCODING.match(data.lstrip())
    if match is None:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except LookupError:
        return None
    return name if name.startswith(_LEGACY_FAMILIES) else None


def _detected(data: bytes, language: str) -> str:
    """Return the likeliest 8-bit or multi-byte encoding of `data`."""
    encoding = detect(_sample(data), language)
    if encoding is None:
        raise NotText("it holds binary data, or text in an unknown encoding: save it as UTF-8")
    return encoding


def _shifted(data: bytes, language: str) -> str | None:
    """Return which encoding of 7 bits `data` is in that shifts by escape sequences, if any is."""
    encoding = detect(data[:_SAMPLE_BYTES], language) if b"\x1b$" in data else None
    return encoding if encoding and encoding.startswith("iso2022") else None


def _sample(data: bytes) -> bytes:
    """Return the lines of `data` that say something about its encoding, up to a bound."""
    telling: list[bytes] = []
    size = 0
    for line in data.splitlines():
        if not line.isascii():
            telling.append(line[:_SAMPLE_BYTES])
            size += len(telling[-1])
            if size >= _SAMPLE_BYTES:
                break
    return b"\n".join(telling)


def _genuine(data: bytes, encoding: str) -> int:
    """Return how many replacement characters the file itself holds."""
    return data.count("\ufffd".encode(encoding)) if encoding.startswith("utf") else 0
