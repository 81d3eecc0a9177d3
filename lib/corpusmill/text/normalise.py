"""The stored form of a text: what ``documents.text`` holds and ``text_digest`` is taken of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from corpusmill.text.badness import MAYBE_BAD
from corpusmill.text.composition import composed
from corpusmill.text.controls import (
    HIDDEN,
    LATIN,
    without_hidden,
    without_latin_controls,
    without_returns,
)
from corpusmill.text.html_tokens import without_html
from corpusmill.text.markdown_tokens import without_markdown
from corpusmill.text.mojibake import repaired, without_code_pages
from corpusmill.text.spaces import UNUSUAL, WAYS, folded, trimmed, with_plain_spaces

MARKUP = {"html": without_html, "markdown": without_markdown}

# What people write is at rest after three rounds or four. Tokens that are nested so that each round
# takes off one layer would need as many rounds as they have layers.
_ROUNDS = 8
_UNQUIET = re.compile(f"{LATIN.pattern}|[{UNUSUAL}]")
_STRAY = re.compile(f"\r|{HIDDEN.pattern}|{_UNQUIET.pattern}")
_BLUNT = {"html": re.compile("[<>&]+"), "markdown": re.compile(r"[*_~#|\[\]<>`]+")}


@dataclass(frozen=True)
class TextRules:
    """How the texts of one source are normalised; see ``NormaliseRules``."""

    mojibake: bool = True
    whitespace: str = "trim"
    markup: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceRules:
    """What differs for one source; None: as in general."""

    mojibake: bool | None = None
    whitespace: str | None = None
    markup: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.whitespace is not None:
            _check_whitespace(self.whitespace)
        _check_markup(self.markup or ())


@dataclass(frozen=True)
class NormaliseRules:
    """What the stored form of a text is.

    form        the Unicode normal form; its table is the pinned ``unicodedata2``'s
    mojibake    whether UTF-8 that was read in another encoding is put right
    whitespace  keep, trim (line ends, unusual spaces) or fold (runs and indentation too)
    markup      which leftover formatting goes: html, markdown
    sources     what differs, by name of the source

    Raises ValueError naming the key and what it allows.
    """

    form: str = "NFC"
    mojibake: bool = True
    whitespace: str = "trim"
    markup: tuple[str, ...] = ()
    sources: dict[str, SourceRules] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.form != "NFC":
            raise ValueError(f"form {self.form}: allowed is NFC")
        _check_whitespace(self.whitespace)
        _check_markup(self.markup)

    def of(self, source: str) -> TextRules:
        """The rules for texts of this source."""
        own = self.sources.get(source, SourceRules())
        return TextRules(
            self.mojibake if own.mojibake is None else own.mojibake,
            self.whitespace if own.whitespace is None else own.whitespace,
            self.markup if own.markup is None else own.markup,
        )


@dataclass(frozen=True)
class Normalised:
    """A text in its stored form, and how much had to be changed, by kind; kinds of none absent.

    newline, control, byte_order_mark, zero_width, bidi  characters (CR LF counts as one)
    mojibake, composed  lines; of lines above 500 characters, the first counts pieces
    white_space, html, markdown  places
    """

    text: str
    changes: dict[str, int]


def normalise(text: str, rules: TextRules) -> Normalised:
    """The stored form of a text. The stored form of a stored form is itself, without changes.

    In this order, again and again until nothing changes: newlines, C0 controls and invisible marks;
    mojibake; C1 controls and soft hyphens; leftover markup; white space; NFC. A text of tokens
    nested more than ``_ROUNDS`` deep loses what tokens are made of.
    """
    changes: Counter[str] = Counter()
    for number in count(1):
        before, stray = text, bool(_STRAY.search(text))
        if stray:
            text = without_hidden(text, changes)
        if _is_quiet(text, rules, stray):
            text = _spaced(text, rules.whitespace, changes)
            break
        text = _without_the_rest(text, rules, changes)
        if text == before:
            break
        if number >= _ROUNDS:
            text = _blunted(text, rules, changes)
    return _counted(text, changes)


def with_plain_ends(text: str, rules: TextRules) -> Normalised:
    """What ``normalise`` makes of a text that is no suspect (``corpusmill.text.gate``)."""
    changes: Counter[str] = Counter()
    text = _spaced(without_returns(text, changes), rules.whitespace, changes)
    return _counted(text, changes)


def _counted(text: str, changes: Counter[str]) -> Normalised:
    return Normalised(text, {kind: changes[kind] for kind in sorted(changes) if changes[kind]})


def _is_quiet(text: str, rules: TextRules, stray: bool) -> bool:
    """Whether white space alone can be left to change, and no change of it calls for another."""
    if rules.markup:
        return False
    if text.isascii():
        return True
    if rules.whitespace == "fold" or (stray and _UNQUIET.search(text)):
        return False
    return not (rules.mojibake and MAYBE_BAD.search(text)) and composed(text, Counter()) == text


def _without_the_rest(text: str, rules: TextRules, changes: Counter[str]) -> str:
    if rules.mojibake:
        text = repaired(text, changes)
    text = without_latin_controls(text, changes)
    for name in rules.markup:
        text = MARKUP[name](text, changes)
    if rules.whitespace != "keep":
        text = with_plain_spaces(text, changes)
    return composed(_spaced(text, rules.whitespace, changes), changes)


def _spaced(text: str, way: str, changes: Counter[str]) -> str:
    if way == "keep":
        return text
    text = trimmed(text, changes)
    return folded(text, changes) if way == "fold" else text


def _blunted(text: str, rules: TextRules, changes: Counter[str]) -> str:
    for name in rules.markup:
        text, places = _BLUNT[name].subn("", text)
        changes[name] += places
    return without_code_pages(text, changes) if rules.mojibake else text


def _check_whitespace(way: str) -> None:
    if way not in WAYS:
        raise ValueError(f"whitespace {way}: allowed are {', '.join(WAYS)}")


def _check_markup(names: tuple[str, ...]) -> None:
    for name in names:
        if name not in MARKUP:
            raise ValueError(f"markup {name}: allowed are {', '.join(MARKUP)}")
    if len(set(names)) < len(names):
        raise ValueError("markup: each may be named once")
