"""The letters beyond ASCII that languages are written with, by their BCP-47 primary subtag.

Those of everyday text and of names that are common in it (Unicode CLDR calls them the main and the
auxiliary exemplars), in lower case.
"""

from __future__ import annotations

from collections.abc import Mapping

_CYRILLIC = "абвгдежзклмнопрстуфхцчш"
_ARABIC = "ءآأؤإئابتثجحخدذرزسشصضطظعغفقلمنهو"

LETTERS: Mapping[str, frozenset[str]] = {
    language: frozenset(letters)
    for language, letters in {
        "ar": f"{_ARABIC}ةكىي",
        "az": "çəğıöşü",
        "be": f"{_CYRILLIC}ёійўыьэюя",
        "bg": f"{_CYRILLIC}йщъьюя",
        "bs": "čćđšž",
        "ca": "àçéèíïóòúü",
        "cs": "áčďéěíňóřšťúůýž",
        "da": "æøåéöä",
        "de": "äöüßéè",
        "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
        "en": "éèêëàâçïîôöüñ",
        "es": "áéíñóúü",
        "et": "äõöüšž",
        "eu": "ñüç",
        "fa": f"{_ARABIC}پچژکگی",
        "fi": "äöåšž",
        "fr": "àâæçéèêëîïôœùûüÿ",
        "gl": "áéíñóúü",
        "he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
        "hr": "čćđšž",
        "hu": "áéíóöőúüű",
        "is": "áæéíðóöþúý",
        "it": "àèéìíîòóùú",
        "kk": f"{_CYRILLIC}әғёийқңөұүһщъыіьэюя",
        "lt": "ąčęėįšųūž",
        "lv": "āčēģīķļņšūž",
        "mk": f"{_CYRILLIC}ѓѕијљњќџѐѝ",
        "nb": "æøåéèêóòôâ",
        "nl": "áäèéêëíïóöúü",
        "nn": "æøåéèêóòôâ",
        "no": "æøåéèêóòôâ",
        "pl": "ąćęłńóśźż",
        "pt": "áâãàçéêíóôõúü",
        "ro": "ăâîșțşţ",
        "ru": f"{_CYRILLIC}ёийщъыьэюя",
        "sk": "áäčďéíĺľňóôŕšťúýž",
        "sl": "čšžćđ",
        "sq": "çë",
        "sr": f"{_CYRILLIC}ђијљњћџčćđšž",
        "sv": "åäöéàü",
        "tr": "çğıöşüâîû",
        "uk": f"{_CYRILLIC}ґєиіїйщьюя",
        "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    }.items()
}
