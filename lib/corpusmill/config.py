"""Strict configuration: YAML layers and dotted overrides become frozen records, or are refused.

A later layer wins key by key; lists are replaced whole. Unknown keys, wrong types, duplicate keys,
tags, aliases and the YAML 1.1 booleans ``yes``/``no``/``on``/``off`` are refused with the key's
dotted name and what is allowed there.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import yaml

from corpusmill.refusal import Refused

Record = TypeVar("Record")

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # of sources, kinds, stages

_MAX_BYTES = 1 << 20
_MAX_DEPTH = 32
_WHOLE = re.compile("[-+]?(0|[1-9][0-9]*)", re.ASCII)
_SCALARS = ("str", "int", "float", "bool", "null")


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file, read strictly. Raises ``Refused``."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise Refused(f"{path}: larger than {_MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Refused(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: cannot be read as UTF-8 text ({type(error).__name__})") from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, name: str) -> dict[str, Any]:
    """The mapping a YAML text stands for; ``name`` is how messages call it. Raises ``Refused``."""
    value = _parse(text, name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"{name}: the top level must be a mapping with the keys recipe and runtime")
    return value


def override(layer: str) -> dict[str, Any]:
    """``a.b.c=value`` as a nested mapping; the value is read as YAML. Raises ``Refused``."""
    key, separator, text = layer.partition("=")
    if not separator or not all(key.split(".")):
        raise Refused(f"--set {key}: write it as key.key=value")
    value = _parse(text, f"--set {key}")
    for part in reversed(key.split(".")):
        value = {part: value}
    return typing.cast(dict[str, Any], value)


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """``base`` with the keys of ``over`` laid on top, mapping by mapping."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge(typing.cast(dict[str, Any], below), value) if both else value
    return merged


def decode(record: type[Record], value: Any, key: str) -> Record:
    """A frozen record from a plain mapping. Raises ``Refused`` naming the dotted key."""
    fields = {field.name: field for field in dataclasses.fields(record)}  # type: ignore[arg-type]
    if not isinstance(value, dict):
        raise Refused(f"{key}: expected a mapping with the keys {', '.join(fields)}")
    for name in value:
        if name not in fields:
            raise Refused(f"{key}.{name}: unknown key; allowed here: {', '.join(fields)}")
    for name, known in fields.items():
        required = known.default is known.default_factory is dataclasses.MISSING
        if required and name not in value:
            raise Refused(f"{key}.{name}: the key is required")
    hints = typing.get_type_hints(record)
    typed = {name: _typed(hints[name], item, f"{key}.{name}") for name, item in value.items()}
    try:
        return record(**typed)
    except ValueError as error:
        named = re.split(r"[ :.\[]", str(error), maxsplit=1)[0] in fields
        raise Refused(f"{key}{'.' if named else ': '}{error}") from None


def plain(value: Any) -> Any:
    """A record as JSON-able values: tuples become lists, floats their shortest exact text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return repr(value) if isinstance(value, float) else value


def _parse(text: str, name: str) -> Any:
    try:
        tagged: set[int] = set()
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise Refused(f"{name}: nested deeper than {_MAX_DEPTH} levels")
            if isinstance(event, yaml.AliasEvent):
                raise Refused(f"{name}: YAML aliases are not allowed")
            if getattr(event, "tag", None) is not None:
                tagged.add(_place(event))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Refused(
            f"{name}: not valid YAML" + (f", line {mark.line + 1}" if mark else "")
        ) from None
    return None if node is None else _Walk(tagged).value(node, name, 0)


def _place(part: Any) -> int:
    """Where an event or a node begins in its text."""
    return int(part.start_mark.index)


class _Walk:
    """From YAML nodes to plain values, each refusal with the dotted key of its place."""

    def __init__(self, tagged: set[int]) -> None:
        self._tagged = tagged

    def value(self, node: yaml.Node, key: str, depth: int) -> Any:
        """The plain value of a node. Raises ``Refused``."""
        if depth > _MAX_DEPTH:
            raise Refused(f"{key}: nested deeper than {_MAX_DEPTH} levels")
        kind = node.tag.rpartition(":")[2]
        if _place(node) not in self._tagged:
            if isinstance(node, yaml.MappingNode) and kind == "map":
                return self._mapping(node, key, depth)
            if isinstance(node, yaml.SequenceNode) and kind == "seq":
                items = enumerate(node.value)
                return [self.value(item, f"{key}[{i}]", depth + 1) for i, item in items]
            if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
                return _scalar(node, kind, key)
        raise Refused(f"{key}: YAML tag {node.tag} is not allowed; plain values only")

    def _mapping(self, node: yaml.MappingNode, key: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name_node, item in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else None
            if not isinstance(name, str) or name_node.tag.rpartition(":")[2] not in _SCALARS:
                raise Refused(f"{key}: keys must be plain words")
            if name in found:
                raise Refused(f"{key}.{name}: the key stands twice")
            found[name] = self.value(item, name if depth == 0 else f"{key}.{name}", depth + 1)
        return found


def _scalar(node: yaml.ScalarNode, kind: str, key: str) -> Any:
    text = node.value
    if kind == "int" and not _WHOLE.fullmatch(text):
        raise Refused(f"{key}: write whole numbers in decimal digits, or quote the text")
    if kind == "bool" and text.lower() not in ("true", "false"):
        raise Refused(f"{key}: YAML reads {text} as a boolean; write true or false, or quote it")
    if kind == "int" and abs(int(text)) >= 2**63:
        raise Refused(f"{key}: whole numbers must fit 64 bits")
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, IndexError, yaml.YAMLError):
        raise Refused(f"{key}: cannot be read as {kind}") from None


def _typed(hint: Any, value: Any, key: str) -> Any:
    if hint is Any:  # looked at by the record itself
        return value
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _typed(next(a for a in arguments if a is not type(None)), value, key)
    if origin is tuple:
        return tuple(
            _typed(arguments[0], v, f"{key}[{i}]") for i, v in enumerate(_list(value, key))
        )
    if origin is dict:
        items = _dict(value, key).items()
        return {
            _name(arguments[0], name, key): _typed(arguments[1], item, f"{key}.{name}")
            for name, item in items
        }
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, value, key)
    return _plain_typed(hint, value, key)


def _name(hint: Any, name: str, key: str) -> Any:
    """A key of a mapping; where whole numbers are asked for, in the one way of writing them."""
    if hint is not int:
        return name
    if not _WHOLE.fullmatch(name) or str(int(name)) != name:
        raise Refused(f"{key}.{name}: expected a whole number before the colon")
    return int(name)


def _plain_typed(hint: Any, value: Any, key: str) -> Any:
    if hint is float and type(value) is int and abs(value) < 1 << 53:
        return float(value)
    if type(value) is not hint:
        raise Refused(f"{key}: expected {_NAMES[hint]}, got {_NAMES.get(type(value), 'nothing')}")
    return value


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refused(f"{key}: expected a list, got {_NAMES.get(type(value), 'nothing')}")
    return value


def _dict(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(f"{key}: expected a mapping, got {_NAMES.get(type(value), 'nothing')}")
    return value


_NAMES: dict[Any, str] = {
    str: "text (quote it)",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}
