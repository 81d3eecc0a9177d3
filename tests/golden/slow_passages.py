"""Lines, paragraphs and sentences by plain string work, to hold the kernels against."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import regex

# White space behind a terminal and its closing marks; or nothing, behind a terminal of other
# scripts, where neither of both follows.
_CLOSING = r"""\p{Pe}\p{Pf}"'"""
_SENTENCE_END = regex.compile(
    rf"(?<=\p{{Sentence_Terminal}}[{_CLOSING}]{{0,8}})(\s+)"
    rf"|(?<=[\p{{Sentence_Terminal}}--[.!?]][{_CLOSING}\p{{Sentence_Terminal}}]{{0,8}})()"
    rf"(?=[^\s{_CLOSING}\p{{Sentence_Terminal}}])",
    regex.V1,
)

Passage = tuple[str, ...]


def matching(stretch: str) -> str:
    """Its words in small letters without marks, digits as 0, one space apart."""
    return " ".join("".join(map(_folded, stretch)).split())


def exact(stretch: str) -> tuple[str, str]:
    """Its words for matching, and all that is in them but case: equal for the very same words."""
    inked = (one for one in stretch if regex.match(r"\w", one))
    single = ((one, one.casefold()) for one in inked)
    return matching(stretch), "".join(low if len(low) == 1 else one for one, low in single)


@cache
def _folded(character: str) -> str:
    if regex.match(r"\p{M}", character):
        return ""
    if regex.match(r"\p{Nd}", character):
        return "0"
    if not regex.match(r"\w", character):
        return " "
    hangul = "가" <= character <= "힣"
    base = character if hangul else unicodedata.normalize("NFD", character)[0]
    folded = base.casefold()
    return folded if len(folded) == 1 else base


def units(text: str, kind: str) -> list[str]:
    """The matching forms of the units that have words, in order."""
    return [form for form in map(matching, _parts(text, kind)) if form]


def exact_units(text: str, kind: str) -> list[tuple[str, str]]:
    """The same units, by their very words."""
    return [form for form in map(exact, _parts(text, kind)) if form[0]]


def _parts(text: str, kind: str) -> list[str]:
    if kind == "lines":
        return text.split("\n")
    if kind == "paragraphs":
        return _paragraphs(text)[1::2]
    return [part for line in text.split("\n") for part in _sentences(line)[1::2]]


def _paragraphs(text: str) -> list[str]:
    """White lines before, paragraph, white lines, paragraph ..., white lines behind."""
    parts = [""]
    for line in regex.findall(r"[^\n]*\n|[^\n]+", text):
        if bool(line.strip()) == (len(parts) % 2 == 0):
            parts[-1] += line
        else:
            parts.append(line)
    for at in range(1, len(parts), 2):  # the last line feed of a paragraph is part of the gap
        bare = parts[at].removesuffix("\n")
        after = parts[at][len(bare) :]
        parts[at] = bare
        if at + 1 < len(parts):
            parts[at + 1] = after + parts[at + 1]
        else:
            parts.append(after)
    return parts


def _sentences(line: str) -> list[str]:
    """Gap, sentence, gap, sentence ..., gap."""
    bare = line.strip()
    if not bare:
        return [line]
    head, tail = line[: line.index(bare)], line[line.index(bare) + len(bare) :]
    parts, at = [head], 0
    for found in _SENTENCE_END.finditer(bare):
        parts += [bare[at : found.start()], found[0]]
        at = found.end()
    return [*parts, bare[at:], tail]


def without(text: str, kind: str, gone: Callable[[int], bool]) -> str:
    """The text without the units with words whose number is gone."""
    numbers = iter(range(len(text) + 1))

    def goes(part: str) -> bool:
        return bool(matching(part)) and gone(next(numbers))

    if kind == "lines":
        return "\n".join(line for line in text.split("\n") if not goes(line))
    if kind == "paragraphs":
        parts = _paragraphs(text)
        return _kept(parts, [goes(part) for part in parts[1::2]])
    lines = []
    for line in text.split("\n"):
        parts = _sentences(line)
        worded = [bool(matching(part)) for part in parts[1::2]]
        flags = [goes(part) for part in parts[1::2]]
        if not any(worded) or any(w and not f for w, f in zip(worded, flags, strict=True)):
            lines.append(_kept(*_joined(parts, flags, worded)))
    return "\n".join(lines)


def _joined(
    parts: list[str], flags: list[bool], worded: list[bool]
) -> tuple[list[str], list[bool]]:
    """Parts of which those without words are gaps."""
    found, kept = [parts[0]], []
    for number, (flag, word) in enumerate(zip(flags, worded, strict=True)):
        part, gap = parts[2 * number + 1], parts[2 * number + 2]
        if word:
            found += [part, gap]
            kept.append(flag)
        else:
            found[-1] += part + gap
    return found, kept


def _kept(parts: list[str], gone: Sequence[bool]) -> str:
    """Each part that stays with the gap behind it; the last with the gap that ends it all."""
    staying = [(parts[2 * n + 1], parts[2 * n + 2]) for n, flag in enumerate(gone) if not flag]
    text = "".join(part + gap for part, gap in staying)
    if staying and gone[-1]:
        text = text.removesuffix(staying[-1][1])
    return parts[0] + text + (parts[-1] if gone and gone[-1] else "")


def passages(text: str, kind: str, span: int, min_chars: int) -> list[Passage]:
    """All runs of so many units in a row, and so many characters."""
    found = units(text, kind)
    runs = [tuple(found[at : at + span]) for at in range(len(found) - span + 1)]
    return [run for run in runs if sum(map(len, run)) >= min_chars]


def counted(texts: Mapping[str, str], kind: str, span: int, min_chars: int) -> Counter[Passage]:
    """In how many of the texts, by their ids, each passage stands."""
    return Counter(
        passage for text in texts.values() for passage in {*passages(text, kind, span, min_chars)}
    )
