"""The pages of documentation, and the blocks of code in them with what is said of each."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

_FENCE = re.compile(r"( *)```(\w*)")
_SAID = re.compile(r"<!-- (not run|file): (.+) -->")
_NAME = re.compile(r"# ([\w/-]+\.yaml)")
_ASSIGNED = re.compile(r"\w+=.*", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    place    page and line, for messages
    not_run  why it cannot be run here; None where it can
    file     the file that it is, from the comment before it or, of YAML, its first line
    """

    place: str
    language: str
    text: str
    not_run: str | None
    file: str | None


def page_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def markdown(page: Path) -> str:
    """The text of a page; of a notebook that of its cells of words."""
    text = page.read_text("utf-8")
    if page.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def blocks(page: Path) -> list[Block]:
    return list(_blocks(page_name(page), markdown(page).splitlines()))


def prose(page: Path) -> list[str]:
    """The lines of a page that stand in no block."""
    found, inside = [], False
    for line in markdown(page).splitlines():
        fence = _FENCE.match(line)
        if fence is None and not inside:
            found.append(line)
        inside = inside != (fence is not None)
    return found


def commands(text: str) -> Iterator[list[str]]:
    """The simple commands of a shell text as words, those in substitutions too."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for token in [*lexer, ";"]:
            if not set(token) <= set("();<>|&"):
                words.append(token)
                continue
            if token.startswith(">") and words[-1:] in (["1"], ["2"]):
                words.pop()
            yield from _without_assignments(words)
            words = []


def _without_assignments(words: list[str]) -> Iterator[list[str]]:
    while words and _ASSIGNED.fullmatch(words[0]):
        words = words[1:]
    if words:
        yield words


def _blocks(name: str, lines: list[str]) -> Iterator[Block]:
    said: dict[str, str] = {}
    number = 0
    while number < len(lines):
        line = lines[number]
        fence, comment = _FENCE.match(line), _SAID.fullmatch(line.strip())
        if fence is not None:
            end = lines.index(f"{fence[1]}```", number + 1)
            text = "\n".join(lines[number + 1 : end]) + "\n"
            first = _NAME.fullmatch(lines[number + 1]) if fence[2] == "yaml" else None
            file = said.get("file") or (first[1] if first else None)
            yield Block(f"{name}:{number + 1}", fence[2], text, said.get("not run"), file)
            number = end
        if comment is not None:
            said[comment[1]] = comment[2]
        elif line.strip():
            said = {}
        number += 1
