"""Captions inside the pictures as both manifests name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from farm.captions import Instream
from farm.language import UNDETERMINED
from media.packaging.languages import language_name

CEA_608 = "urn:scte:dash:cc:cea-608:2015"  # SCTE 214-1
CEA_708 = "urn:scte:dash:cc:cea-708:2015"
_SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True)
class InstreamChoice:
    """One choice of the menu of captions inside the pictures."""

    name: str
    autoselect: bool
    instream: Instream


def instream_menu(instreams: Sequence[Instream]) -> list[InstreamChoice]:
    """Return the choices: no two names the same, the first of a language answers for it.

    See RFC 8216, 4.3.4.1.1.
    """
    names = [
        language_name(instream.language) if instream.language != UNDETERMINED else instream.name
        for instream in instreams
    ]
    languages = [instream.language for instream in instreams]
    return [
        InstreamChoice(
            f"{name} ({instream.name})" if names.count(name) > 1 else name,
            languages.index(instream.language) == place,
            instream,
        )
        for place, (name, instream) in enumerate(zip(names, instreams, strict=True))
    ]


def descriptors(instreams: Sequence[Instream]) -> list[tuple[str, str]]:
    """Return the scheme and value of each Accessibility descriptor that DASH needs."""
    channels, services = [], []
    for instream in instreams:
        language = _three_letters(instream.language)
        if instream.name.startswith(_SERVICE):
            services.append(f"{instream.name.removeprefix(_SERVICE)}=lang:{language}")
        else:
            channels.append(f"{instream.name}={language}")
    made = ((CEA_608, ";".join(channels)), (CEA_708, ";".join(services)))
    return [(scheme, value) for scheme, value in made if value]


def _three_letters(tag: str) -> str:
    """Return the code of ISO 639-2 for a language, by which the scheme names them."""
    from langcodes import Language

    try:
        return Language.get(tag).to_alpha3(variant="B")
    except LookupError:
        return UNDETERMINED
