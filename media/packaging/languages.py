"""Languages as viewers read them in a menu: each in its own words (Unicode CLDR 44 autonyms)."""

from __future__ import annotations

AUTONYMS = {
    "ar": "العربية",
    "bg": "Български",
    "bn": "বাংলা",
    "ca": "Català",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "et": "Eesti",
    "eu": "Euskara",
    "fa": "فارسی",
    "fi": "Suomi",
    "fil": "Filipino",
    "fr": "Français",
    "gl": "Galego",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "id": "Bahasa Indonesia",
    "is": "Íslenska",
    "it": "Italiano",
    "ja": "日本語",
    "kn": "ಕನ್ನಡ",
    "ko": "한국어",
    "lt": "Lietuvių",
    "lv": "Latviešu",
    "ml": "മലയാളം",
    "mr": "मराठी",
    "ms": "Bahasa Melayu",
    "nb": "Norsk bokmål",
    "nl": "Nederlands",
    "nn": "Norsk nynorsk",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sk": "Slovenčina",
    "sl": "Slovenščina",
    "sr": "Српски",
    "sv": "Svenska",
    "ta": "தமிழ்",
    "te": "తెలుగు",
    "th": "ไทย",
    "tr": "Türkçe",
    "uk": "Українська",
    "ur": "اردو",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
UNKNOWN = {"und": "Original", "mul": "Multilingual", "zxx": "No language", "mis": "Other"}


def language_name(tag: str) -> str:
    """Return the name of a BCP-47 language; one without a name here goes by its tag.

    Regions and scripts stay visible: "pt-BR" is "Português (BR)".
    """
    primary, _, rest = tag.partition("-")
    name = {**AUTONYMS, **UNKNOWN}.get(primary.lower())
    if name is None:
        return tag
    return f"{name} ({rest})" if rest else name
