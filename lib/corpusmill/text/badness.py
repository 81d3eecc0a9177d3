"""Which texts ``ftfy`` may call bad, at a fortieth of the price of asking it.

``ftfy.badness`` tries some forty alternatives at every character. All of them need a C1 control, a
few letters before certain neighbours, or two neighbours that are not ASCII; most texts have none of
them, and one look at each character that can be the second of such a pair tells.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re

from ftfy.badness import MOJIBAKE_CATEGORIES

_LOWER, _UPPER = (MOJIBAKE_CATEGORIES[name] for name in ("lower_accented", "upper_accented"))
_LOWER_COMMON, _UPPER_COMMON = (MOJIBAKE_CATEGORIES[n] for n in ("lower_common", "upper_common"))
_START, _END = (MOJIBAKE_CATEGORIES[f"{name}_punctuation"] for name in ("start", "end"))
_MONEY, _NUMERIC, _LAW, _BOX, _FACES, _COMMON = (
    MOJIBAKE_CATEGORIES[name] for name in ("currency", "numeric", "law", "box", "kaomoji", "common")
)
_BAD = MOJIBAKE_CATEGORIES["bad"].replace("\ufffd", "")  # which ftfy is never shown
_ACCENTED = _LOWER + _UPPER
_BYTES = f"\x80-\x9f°µ{_BAD}{_START}{_END}{_MONEY}"
_WORD = "(?:[0-9A-Za-z_]|[^\x00-\x7f])"

# What must stand side by side, and behind the two: a superset of ftfy's alternatives, in its order.
_PAIRS = (
    (_BAD + _ACCENTED + _BOX + _START + _END + _MONEY + _NUMERIC + _LAW, _BAD, ""),
    (_LOWER_COMMON + _UPPER_COMMON, _BAD, ""),
    (_BAD, _ACCENTED + _BOX + _START + _END + _MONEY + _NUMERIC + _LAW, ""),
    (_LOWER + _LOWER_COMMON + _BOX + _END + _MONEY + _NUMERIC, _UPPER, ""),
    (_BOX + _END + _MONEY + _NUMERIC, _LOWER, ""),
    (_LOWER + _BOX + _END, _MONEY, ""),
    (_UPPER, _MONEY + _NUMERIC + _LAW + _START + "°", ""),
    (_BOX, _NUMERIC + _LAW + _START + _END + _FACES, ""),
    (_ACCENTED + _BOX + _MONEY + _END, _START, f"[{_NUMERIC}]"),
    (_ACCENTED + _MONEY + _NUMERIC + _BOX + _LAW, _END, f"[{_START}]"),
    (_MONEY + _NUMERIC, _START, ""),
    (_ACCENTED + _MONEY + _NUMERIC + _START + _END + _LAW, _BOX, ""),
    (_ACCENTED, _START + _END, _WORD),
    ("ÂÃÎÐ", f"€œŠš¢£Ÿž\xa0\xad®©°·»–—´{_START}{_END}", ""),
    ("×", "²³", ""),
    ("ØÙ", f"ŸŠ®°µ»{_COMMON}{_MONEY}{_BAD}{_NUMERIC}{_START}", "[ØÙ]"),
    ("à", "²µ¹¼½¾", ""),
    ("√", "±∂†≠®™´≤≥¥µø", ""),
    ("≈", "°¢", ""),
    ("‚", "Äâó", ""),
    ("вВ", "Ђ", ""),
    ("ВГРС", _BYTES, "[ВГРС]"),
    ("ΒΓΞΟ", _BYTES, "[ΒΓΞΟ]"),
    ("βā", "€", ""),
)

SUSPECT = "[\x80-\x9f]|[Œœ][^A-Za-z]|[ÃÂ] |" + "|".join(
    f"[{first}][{second}]{behind}" for first, second, behind in _PAIRS
)
"""What a text must match (RE2) for ftfy to call one of its lines bad."""

_BEFORE = "|".join(
    f"(?<=[{first}][{second}])" + (f"(?={behind})" if behind else "")
    for first, second, behind in _PAIRS
)
MAYBE_BAD = re.compile(
    f"[\x80-\x9fŒœÃÂ{''.join(second for _, second, _ in _PAIRS)}]"
    rf"(?:(?<=[\x80-\x9f])|(?<=[Œœ])(?=[^A-Za-z])|(?<=[ÃÂ])(?= )|(?<=[^\x00-\x7f].)(?:{_BEFORE}))"
)
"""The same for Python, which is quick where a pattern begins with one set of characters."""
