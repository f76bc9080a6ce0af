"""Languages as BCP-47 tags, however containers and people spell them."""

from __future__ import annotations

from farm.errors import InvalidSpec

UNDETERMINED = "und"  # BCP-47 (RFC 5646), section 4.1
MAX_TAG_CHARACTERS = 35  # the longest tag RFC 5646, section 4.4.1, asks anybody to keep


def normalise_language(text: str) -> str:
    """Return the BCP-47 tag that `text` means: "eng" is en, "pt_BR" pt-BR, "" is und.

    Raises InvalidSpec when no registered language is meant.
    """
    import langcodes

    given = text.strip().replace("_", "-")
    if not given:
        return UNDETERMINED
    try:
        tag: str = langcodes.standardize_tag(given)
        known = langcodes.tag_is_valid(tag)
    except ValueError:  # langcodes.LanguageTagError is one
        known = False
    if not known or len(given) > MAX_TAG_CHARACTERS:
        shown = f"{text[:MAX_TAG_CHARACTERS]!r}"
        raise InvalidSpec(f"{shown} is not a language: give a BCP-47 tag such as en, de or pt-BR")
    return tag


def declared_language(text: str | None) -> str | None:
    """Return the tag a container declares; None where it declares none, or one nobody knows."""
    try:
        tag = normalise_language(text or "")
    except InvalidSpec:
        return None
    return None if tag == UNDETERMINED else tag
