"""From the bytes of a page to its text: which character set they are in, and how sure that is.

What a page or its server states is often wrong, so the bytes have a say. In this order, the first
that fits wins:

1. a byte order mark;
2. UTF-16 without a mark, told by its zero bytes;
3. strict UTF-8 with characters beyond ASCII, whatever is stated: servers state Latin-1 for it every
   day, and text in another set is no valid UTF-8 by chance, once there is some of it;
4. the set the server states, then the one a ``meta`` tag or an XML declaration states;
5. UTF-8, then what charset-normalizer makes of the text outside the tags.

A set fits where at most one character in a thousand cannot be read in it; such a character becomes
U+FFFD. So a page is UTF-8 too where a few bytes are not, if they are far fewer than the others.
"""

from __future__ import annotations

import codecs
import re
from itertools import pairwise

SPOILT = 1000  # characters to one that may be unreadable
CERTAIN = 8  # characters beyond ASCII that are no longer UTF-8 by chance
CONTROLS = 100  # bytes to one that may be a control character: more is no text
PRESCAN = 4096  # bytes in which a page may state its set
LATIN = 2  # plain letters to one beyond ASCII: fewer, and the script is no Latin one
SAMPLE = 65_536  # bytes of text that are shown to the detector
EQUAL = 0.05  # by how much its measures may differ for sets that make equal sense

# The names of the WHATWG standard, by the Python codec that reads what browsers read under them.
_NAMES = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
    "utf-16-be": "unicodefffe utf-16be",
    "cp866": "866 cp866 csibm866 ibm866",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 "
    "iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin-1 latin1 us-ascii windows-1252 "
    "x-cp1252 x-user-defined",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 "
    "iso_8859-9:1989 l5 latin5 windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 "
    "iso_8859-2:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 l3 latin3",
    "iso8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5",
    "iso8859-6": "arabic asmo-708 csisolatinarabic ecma-114 iso-8859-6 iso-ir-127 iso8859-6 "
    "iso88596 iso_8859-6",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 "
    "iso88597 iso_8859-7 sun_eu_greek",
    "iso8859-8": "csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-8859-8-i iso-ir-138 "
    "iso8859-8 iso88598 iso_8859-8 logical visual",
    "iso8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin-9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb18030 gb2312 gb_2312 gb_2312-80 gbk "
    "iso-ir-58 x-gbk",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022-jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 "
    "ksc5601 ksc_5601 windows-949",
}
_CODECS = {name: codec for codec, names in _NAMES.items() for name in names.split()}
MARKS = (  # byte order marks, and what they say
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF16 = ("utf-16-le", "utf-16-be")
# A few of their ordinary characters can be UTF-8 by chance.
_ALIKE = frozenset({"gb18030", "big5hkscs", "euc-jp", "cp932", "cp949", "cp874"})
# What the detector may answer, the likelier first: among sets that read a text with equal sense it
# is no better than a coin, and beside those of the web it knows those of old terminals.
_LATIN = ["cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "cp1258"]
_OTHERS = [
    *("cp1251", "gb18030", "cp932", "cp949", "big5hkscs", "euc_jp", "cp1256", "cp1253"),
    *("iso8859_7", "cp1255", "cp874", "koi8_r", "koi8_u"),
]
_HOMES = {
    "cs hr hu pl ro sk sl": ["cp1250", "iso8859_2"],
    "be bg mk ru sr uk": ["cp1251", "koi8_r", "koi8_u"],
    "da de es fi fr is it nb nl nn no pt sv": ["cp1252"],
    "el": ["cp1253", "iso8859_7"],
    "et lt lv": ["cp1257"],
    "tr": ["cp1254"],
    "vi": ["cp1258"],
}
_SETS = {language: sets for languages, sets in _HOMES.items() for language in languages.split()}

_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_STATED = re.compile(
    rb"""<(?:meta\s[^>]*?\bcharset|\?xml\s[^>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I
)
_LANGUAGE = re.compile(rb"""<html\b[^>]*?\slang\s*=\s*["']?([a-z]{2})\b""", re.IGNORECASE)
_CONTROL = bytes({*range(32), 127} - set(b"\t\n\x0b\x0c\r\x1b"))
_ASCII = bytes(range(128))
_NO_LETTERS = bytes(byte for byte in _ASCII if not chr(byte).isalpha())
_BRACKET = re.compile(rb"[<>]")


class CharsetUnknown(ValueError):
    """No character set makes text of the bytes."""


def decode(data: bytes, declared: str | None) -> str:
    """The text of a page, without its byte order mark.

    ``declared`` is the character set that the server states, in any spelling that browsers know;
    an unknown one counts as none. Raises ``CharsetUnknown`` for what is no text in any set tried,
    binary data above all.
    """
    for mark, codec in MARKS:
        if data.startswith(mark):
            return _only(data[len(mark) :], codec)
    stated = [_CODECS.get((declared or "").strip().lower(), ""), _in_page(data)]
    if utf16 := _utf16(data[:PRESCAN], stated[0]):
        return _only(data, utf16)
    text = _decode_bytes(data, [codec for codec in stated if codec and codec not in _UTF16])
    if text is None:
        raise CharsetUnknown
    return text


def _decode_bytes(data: bytes, stated: list[str]) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None if _is_binary(data) else _decode_other(data, stated)
    if _is_binary(data[:PRESCAN]) or ("\0" in text and _is_binary(data)):
        return None
    if text.isascii():
        return _read(data, "iso2022-jp") if b"\x1b$" in data else text
    if stated and stated[0] in _ALIKE and len(text) - _ascii(data) < CERTAIN:
        return _read(data, stated[0]) or text
    return text


def _decode_other(data: bytes, stated: list[str]) -> str | None:
    """Text of bytes that are no strict UTF-8."""
    broken, certain = _broken_utf8(data)
    for codec in stated:
        is_utf8 = certain or codec == "utf-8"
        found = broken if is_utf8 else _read(data, codec)
        if found is not None:
            return found
    return broken if broken is not None else _detected(data)


def _only(data: bytes, codec: str) -> str:
    found = _read(data, codec)
    if found is None or _is_binary(found.encode("utf-8", "replace")):
        raise CharsetUnknown
    return found


def _read(data: bytes, codec: str) -> str | None:
    """The text in a set, or None where more than one character in ``SPOILT`` is unreadable."""
    text = data.decode(codec, "replace")
    return text if text.count("\ufffd") * SPOILT <= len(text) else None


def _broken_utf8(data: bytes) -> tuple[str | None, bool]:
    """The text as UTF-8 with a few bad bytes, and whether it cannot be anything else.

    It is no such text where bad bytes outnumber good characters: that is ASCII with a few
    characters of another set.
    """
    text = data.decode("utf-8", "replace")
    replaced = text.count("\ufffd")
    bad = replaced - data.count(b"\xef\xbf\xbd")
    good = len(text) - _ascii(data) - replaced
    fits = bad * SPOILT <= len(text) and bad <= good
    return (text if fits else None), fits and good >= CERTAIN * max(1, bad)


def _ascii(data: bytes) -> int:
    return len(data) - len(data.translate(None, _ASCII))


def _is_binary(data: bytes) -> bool:
    controls = len(data) - len(data.translate(None, _CONTROL))
    return controls * CONTROLS > len(data)


def _utf16(head: bytes, declared: str) -> str | None:
    """UTF-16 shows tags as every other byte zero: the second of each pair, or the first."""
    first, second = head[::2].count(0), head[1::2].count(0)
    if first + second < len(head) // 8:
        return declared if declared in _UTF16 and first + second else None
    if first * CERTAIN < second:
        return "utf-16-le"
    return "utf-16-be" if second * CERTAIN < first else None


def _in_page(data: bytes) -> str:
    """The set that a page states of itself; UTF-16 stated in ASCII letters can only be UTF-8."""
    stated = _STATED.search(_COMMENT.sub(b"", data[:PRESCAN]))
    codec = _CODECS.get(stated[1].decode("ascii").lower(), "") if stated else ""
    return "utf-8" if codec in _UTF16 else codec


def _detected(data: bytes) -> str | None:
    """The text in the set that the detector thinks likeliest.

    Of a few letters beyond ASCII among plain ones it makes anything, so those are taken as browsers
    take them. Sets of the language that the page states go first.
    """
    pieces = (piece for piece in _BRACKET.split(data) if not piece.isascii())
    sample = b"\n".join(pieces)[:SAMPLE]
    beyond = len(sample) - _ascii(sample)
    plain = len(sample.translate(None, _NO_LETTERS)) - beyond
    latin = plain > LATIN * beyond
    stated = _LANGUAGE.search(data[:PRESCAN])
    home = _SETS.get(stated[1].decode("ascii").lower(), []) if stated else []
    if not home and beyond < CERTAIN and plain >= beyond:
        return _read(data, "cp1252")
    likely = [*_likely(sample, home), *_likely(sample, _LATIN if latin else [*_OTHERS, *_LATIN])]
    return next((text for codec in likely if (text := _read(data, codec)) is not None), None)


def _likely(sample: bytes, allowed: list[str]) -> list[str]:
    """Those of the allowed sets that make sense of a text, the best first."""
    import charset_normalizer  # takes a while, and few pages need it

    if not allowed:
        return []
    found = charset_normalizer.from_bytes(
        sample, cp_isolation=allowed, preemptive_behaviour=False, enable_fallback=False
    )
    swapped = [m for m in found if _is_swapped(sample.decode(m.encoding, "replace"))]
    left = [m for m in found if m not in swapped] or list(found)
    nonsense = {m.encoding: 2 * m.chaos - m.coherence for m in left}
    bound = min(nonsense.values(), default=0) + EQUAL
    return sorted(nonsense, key=lambda c: (max(nonsense[c], bound), allowed.index(c)))


def _is_swapped(text: str) -> bool:
    """Whether capitals follow small letters more often than the other way round.

    Cyrillic sets differ in little but case, to which the detector is blind.
    """
    pairs = list(pairwise(text))
    rising = sum(a.islower() and b.isupper() for a, b in pairs)
    return rising > sum(a.isupper() and b.islower() for a, b in pairs)
