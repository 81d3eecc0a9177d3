"""Texts in which somebody has labelled the personal data: the measure for whatever looks for it.

A row is ``{"id", "text", "spans": [{"type", "start", "end"}]}``, offsets in code points, ends
exclusive. A span may have ``"optional": true``, where finding it is as right as not, and its
``value``, which is compared with the text. A row may have its ``language`` and ``source``. Labels
may overlap; other keys do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

_TYPE = re.compile(r"\w[\w .:/-]{0,63}")  # a name, that is: no text


class BadRow(ValueError):
    """What is wrong with a labelled row. Quotes nothing of it."""


@dataclass(frozen=True)
class Label:
    """Personal data of a type stands at ``text[start:end]``."""

    type: str
    start: int
    end: int
    optional: bool = False


@dataclass(frozen=True)
class Labelled:
    """A text and its labels, in no order; language and source where the row names them."""

    id: str
    text: str
    labels: tuple[Label, ...] = ()
    language: str | None = None
    source: str | None = None


def labelled_of(fields: Mapping[str, Any]) -> Labelled:
    """The labelled text that a row says. Raises ``BadRow``."""
    text, spans, key = fields.get("text"), fields.get("spans"), fields.get("id")
    if not _is_text(text):
        raise BadRow("text: missing or no text")
    if isinstance(key, bool) or not (isinstance(key, int) or _is_text(key)):
        raise BadRow("id: missing, or neither text nor a whole number")
    if not isinstance(spans, list):
        raise BadRow("spans: missing or no list")
    labels = tuple(_label(n, span, text) for n, span in enumerate(spans))
    return Labelled(str(key), text, labels, _name(fields, "language"), _name(fields, "source"))


def _name(fields: Mapping[str, Any], key: str) -> str | None:
    name = fields.get(key)
    if name is None or (isinstance(name, str) and _TYPE.fullmatch(name)):
        return name
    raise BadRow(f"{key}: no name")


def _label(number: int, span: Any, text: str) -> Label:
    where = f"spans[{number}]"
    if not isinstance(span, dict):
        raise BadRow(f"{where}: no object")
    start, end = (_offset(f"{where}.{key}", span.get(key)) for key in ("start", "end"))
    name, optional = span.get("type"), span.get("optional", False)
    if not isinstance(name, str) or not _TYPE.fullmatch(name):
        raise BadRow(f"{where}.type: missing or no name")
    if not isinstance(optional, bool):
        raise BadRow(f"{where}.optional: neither true nor false")
    if start >= end:
        raise BadRow(f"{where}: start {start} is not before end {end}")
    if end > len(text):
        raise BadRow(f"{where}: end {end} lies outside the text, which has {len(text)} characters")
    if span.get("value", text[start:end]) != text[start:end]:
        raise BadRow(f"{where}.value: is not what stands at {start}..{end} of the text")
    return Label(name, start, end, optional)


def _offset(where: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadRow(f"{where}: missing or no whole number from 0 on")
    return value


def _is_text(value: Any) -> TypeGuard[str]:
    """Whether it is a string that has a UTF-8 form."""
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)
