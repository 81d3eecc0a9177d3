"""Language codes: one spelling for all that models and people write.

A language is called by the shortest code that it has: ISO 639-1 where there is one, else ISO 639-3.
So ``en``, ``eng``, ``en-GB`` and ``eng_Latn`` are ``en``; and the code of one variety that stands
for the whole (``ekk``, ``cmn``, ``arb``) is that of the whole (``et``, ``zh``, ``ar``). Codes and
their usual scripts are those of CLDR, by ``langcodes``.
"""

from __future__ import annotations

from functools import cache

from langcodes import Language
from langcodes.data_dicts import LIKELY_SUBTAGS
from langcodes.tag_parser import LanguageTagError

_OWN = {  # where CLDR and the models of the field disagree, or CLDR joins what models tell apart
    **dict.fromkeys(("fil", "tl", "tgl"), "tl"),
    **dict.fromkeys(("nb", "nob"), "no"),
    **dict.fromkeys(("sh", "hbs"), "sh"),
}
_WIKIPEDIA = {"als": "gsw"}  # labels of lid.176, which learned from Wikipedias, that are no ISO
_COMPOSED = {  # ISO 15924 codes of several scripts at once
    "Hans": ("Hani", "Bopo"),
    "Hant": ("Hani", "Bopo"),
    "Jpan": ("Hani", "Hira", "Kana"),
    "Kore": ("Hang", "Hani"),
}
_WRITTEN_IN = {  # languages of lid.176 of which CLDR says nothing
    **dict.fromkeys(("azb", "pnb"), "Arab"),
    **dict.fromkeys(("bxr", "mhr", "xal"), "Cyrl"),
    "bh": "Deva",
    **dict.fromkeys(("bcl", "cbk", "diq", "eml", "ie", "mwl", "nah", "sh"), "Latn"),
}
_ALSO = {  # in which scripts else people write
    "az": "Cyrl Arab",
    "bs": "Cyrl",
    "gom": "Latn Knda",
    "ha": "Arab",
    "hif": "Deva",
    "jv": "Java",
    "kk": "Arab Latn",
    "ku": "Arab Cyrl",
    "ky": "Arab",
    "mn": "Mong",
    "ms": "Arab",
    "pa": "Arab",
    "pnb": "Guru",
    "sd": "Deva",
    "sh": "Cyrl",
    "sr": "Latn",
    "su": "Sund",
    "tg": "Arab Latn",
    "tk": "Cyrl Arab",
    "tt": "Latn",
    "ug": "Cyrl Latn",
    "uz": "Cyrl Arab",
}


@cache
def canonical(label: str) -> str:
    """The code of a language, whichever of its codes it is given by; no code stands for itself."""
    name = label.replace("_", "-").lower().partition("-")[0]
    if name in _OWN:
        return _OWN[name]
    language = _language(label)
    if language is None or language.language is None:
        return label
    whole = str(language.prefer_macrolanguage().language)
    return whole if len(whole) == 2 else str(language.language)


@cache
def language_of(label: str) -> str:
    """The canonical code of the language that a model means by a label."""
    return canonical(_WIKIPEDIA.get(label, label))


@cache
def written_in(label: str) -> frozenset[str]:
    """Scripts (ISO 15924) of a label: the one it names, else those its language is written in.

    None where nobody knows.
    """
    named = _script(label)
    if named is not None:
        return _scripts(named)
    code = language_of(label)
    usual = _WRITTEN_IN.get(code) or _script(LIKELY_SUBTAGS.get(code, ""))
    return _scripts(usual) | frozenset(_ALSO.get(code, "").split()) if usual else frozenset()


def _language(label: str) -> Language | None:
    try:
        return Language.get(label.replace("_", "-"))
    except LanguageTagError:
        return None


def _script(label: str) -> str | None:
    parts = label.replace("_", "-").split("-")
    return next((part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()), None)


def _scripts(code: str) -> frozenset[str]:
    return frozenset(_COMPOSED.get(code, (code,)))
