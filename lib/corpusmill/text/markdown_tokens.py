"""What Markdown puts around a text: markers of headings, emphasis, links, tables, fences.

Lines stay lines, which no Markdown library promises, so these are patterns; a line in which such a
marker stood alone becomes empty. What is code stays as it is and must be known for code when the
text is normalised again: code within a line keeps its backticks, a fenced block becomes an indented
one, and indented lines are not looked at. Every pattern takes time in proportion to the text.
"""

from __future__ import annotations

import re
from collections import Counter

from corpusmill.text.standins import STAND_IN, apart_from

SUSPECT = r"[*_~#|\[<>]|===|---|```"
"""What a text must match (RE2) to hold anything of Markdown."""

_MARK = re.compile(r"[*_~#|\[<>=`]")
_INDENT = "    "
_INDENTED = (_INDENT, "\t")
_FENCE = re.compile(" {0,3}(`{3,}|~{3,})[^`]*")
_RULE = re.compile(r" {0,3}(?:={3,}|-{3,}|_{3,}|(?:\* *){3,}) *")
_BELOW_HEAD = re.compile(r" {0,3}\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?")
_CELL_END = re.compile(r"(?<!\\)\|")
_TARGET = re.compile(
    r" {0,3}\[(?!\^)([^\[\]]+)\]:[ \t]+<?(?:https?://|ftp://|mailto:|#|\.\.?/)\S*"
    r"(?:[ \t]+[\"'(].*)?",
    re.ASCII,
)
_QUOTE = re.compile(r" {0,3}(?:> )*>(?: |\Z)")
_HEADING = re.compile(r" {0,3}(?:#{1,6}[ \t]+)+(?=\S)")

_CODE = re.compile("``[^`]+(?:`[^`]+)*``|`[^`]+`")
_LABEL = r"(?<![A-Za-z0-9_)\]\\])(?:!(?=\[)|(?=\[[^\]]))\[(?P<inner>[^\[\]]*)\]"  # ``[](x)`` is C++
_PLACE = rf"[^()\s{STAND_IN}]*"
_TITLE = rf"(?:\s+(?:\"[^\"{STAND_IN}]*\"|'[^'{STAND_IN}]*'))?"
_LINK = re.compile(rf"{_LABEL}\({_PLACE}(?:\({_PLACE}\){_PLACE})*{_TITLE}\)", re.ASCII)
_REFERENCE = re.compile(rf"{_LABEL}\[(?P<target>[^\[\]{STAND_IN}]*)\]")
_ADDRESS = re.compile(r"<(?P<inner>(?:https?|ftp|mailto):[^<>\s]+)>", re.ASCII)
# Stricter than Markdown: a marker stands neither within a word nor beside punctuation that a file
# pattern or a formula would have there. ``__init__`` stays, for it is hardly ever meant to be bold.
_INLINE = (
    ("](", _LINK),
    ("<", _ADDRESS),
    *(
        (
            mark,
            re.compile(
                rf"(?<![A-Za-z0-9\\{mark}])(?P<marks>{marks})(?![\s.,;:!?/\\|)\]}}+=-])"
                rf"(?P<inner>[^{mark}]*[^{mark}\s\\(\[{{/|+=-])(?P=marks)(?![A-Za-z0-9{mark}])",
                re.ASCII,
            ),
        )
        for mark, marks in (("*", r"\*{1,3}"), ("_", "(?!__[a-z0-9]+__)_{1,3}"), ("~", "~~"))
    ),
)


def without_markdown(text: str, changes: Counter[str]) -> str:
    """The text without Markdown's markers; counts the markers (a pair, a link, a table row as one).

    Headings, quotes, rules, emphasis, links and images (their text stays, their target goes),
    fences, and tables, whose cells are then separated by tabs. List markers and escapes stay.
    """
    if not (_MARK.search(text) or "---" in text):
        return text
    lines = text.split("\n")
    if "```" in text or "~~~" in text:
        lines = _without_fences(lines, changes)
    if "|" in text:
        lines = _without_tables(lines, changes)
    targets = {_key(found[1]) for found in map(_TARGET.fullmatch, lines) if found}
    return "\n".join(_plain(line, targets, changes) for line in lines)


def _without_fences(lines: list[str], changes: Counter[str]) -> list[str]:
    """Fenced blocks as indented ones, an empty line for each fence. A fence without end stays."""
    kept: list[str] = []
    endless: dict[str, int] = {}  # by character: length of a fence that nothing ends any more
    place = 0
    while place < len(lines):
        end = _end_of_fence(lines, place, endless)
        if end is None:
            kept.append(lines[place])
            place += 1
        else:
            block = lines[place + 1 : end]
            kept += ["", *(_INDENT + line if line.strip() else line for line in block), ""]
            changes["markdown"] += 1
            place = end + 1
    return kept


def _end_of_fence(lines: list[str], start: int, endless: dict[str, int]) -> int | None:
    """The line that ends the fenced block that begins at ``start``, if one does."""
    fence = _FENCE.fullmatch(lines[start])
    if fence is None:
        return None
    mark, length = fence[1][0], len(fence[1])
    if length >= endless.get(mark, length + 1):
        return None
    for place in range(start + 1, len(lines)):
        line = lines[place].strip(" ")
        if line.startswith(fence[1]) and not line.strip(mark):
            return place
    endless[mark] = length
    return None


def _without_tables(lines: list[str], changes: Counter[str]) -> list[str]:
    kept: list[str] = []
    in_table = False
    for line in lines:
        if in_table:
            in_table = "|" in line
        elif kept and "|" in kept[-1] and _BELOW_HEAD.fullmatch(line):
            in_table = True
            kept[-1] = _row(kept[-1], changes)
            line = "|"
        kept.append(_row(line, changes) if in_table else line)
    return kept


def _row(line: str, changes: Counter[str]) -> str:
    changes["markdown"] += 1
    bare = line.strip(" \t")
    bare = bare.removeprefix("|").removesuffix("" if bare.endswith("\\|") else "|")
    return "\t".join(cell.strip(" \t") for cell in _CELL_END.split(bare))


def _plain(line: str, targets: set[str], changes: Counter[str]) -> str:
    if not (_MARK.search(line) or "---" in line) or line.startswith(_INDENTED):
        return line
    if _RULE.fullmatch(line) or _TARGET.fullmatch(line):
        changes["markdown"] += 1
        return ""
    line = _without_line_marker(line, changes)
    return apart_from(_CODE, line, lambda seen: _without_inline(seen, targets, changes))


def _without_line_marker(line: str, changes: Counter[str]) -> str:
    line, quotes = _QUOTE.subn("", line, count=1) if _QUOTE.match(line) else (line, 0)
    heading = _HEADING.match(line)
    changes["markdown"] += quotes + bool(heading)
    if not heading:
        return line
    line = line[heading.end() :].rstrip(" \t")
    shorter = line.rstrip("#")
    return shorter.rstrip(" \t") if shorter.endswith((" ", "\t")) else line


def _without_inline(line: str, targets: set[str], changes: Counter[str]) -> str:
    if targets and "[" in line:
        line = _REFERENCE.sub(lambda found: _label(found, targets, changes), line)
    for needed, pattern in _INLINE:
        if needed in line:
            line, found = pattern.subn(r"\g<inner>", line)
            changes["markdown"] += found
    return line


def _label(found: re.Match[str], targets: set[str], changes: Counter[str]) -> str:
    if _key(found["target"] or found["inner"]) not in targets:
        return found[0]
    changes["markdown"] += 1
    return found["inner"]


def _key(label: str) -> str:
    """Labels are the same in upper and lower case; for letters on which all Pythons agree."""
    return label.lower() if label.isascii() else label
