"""Languages as viewers read them in a menu: each in its own words, as Unicode CLDR has them."""

from __future__ import annotations

NO_LANGUAGE = {"und": "Original", "mul": "Multilingual", "zxx": "No language", "mis": "Other"}


def language_name(tag: str) -> str:
    """Return the name of a BCP-47 language; one that CLDR has no name for goes by its tag.

    What comes after the language stays visible: "pt-BR" is "Português (Brasil)", "zh-Hant"
    "中文 (繁體)", "de-1996" "Deutsch (1996)".
    """
    from langcodes import Language

    primary, _, rest = tag.partition("-")
    if primary.lower() in NO_LANGUAGE:
        return " ".join([NO_LANGUAGE[primary.lower()], *([f"({rest})"] if rest else [])])
    given = Language.get(tag).prefer_macrolanguage()  # names are filed under zh, not cmn
    own = given.maximize()  # its names are in the script that its region writes: zh-TW's in Hant
    name = given.language_name(own)
    if given.language is None or name.endswith("]"):  # "Unknown language [qaa]"
        return tag
    details = [
        *(given.script_name(own), given.territory_name(own)),
        *(*(given.variants or ()), *(given.extensions or ()), given.private),
    ]
    shown = ", ".join(detail for detail in details if detail)
    # Title case, as upper case gives Georgian letters that its writers do not begin with.
    name = name[:1].title() + name[1:]
    return f"{name} ({shown})" if shown else name
