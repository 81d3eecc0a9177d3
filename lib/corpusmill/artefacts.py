"""Fitted things: kept under their digest, found again by what they were fitted with.

``<output>/models/<kind>-<first 16 of sha256>.<suffix>`` is the artefact; beside it
``<kind>-<first 16 of the digest of its settings>.pin.json`` says which artefact those settings
were fitted to, on which table versions. The pin is reused until told to refit. What else is to be
said of an artefact lies beside it under its name with another ending.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from corpusmill.batches import KernelFailed
from corpusmill.digests import canonical, digest, file_digest
from corpusmill.refusal import Refused


class WrongArtefact(KernelFailed):
    """Where this process looks for an artefact is no file, or not the one of the recipe."""


@dataclass(frozen=True)
class Artefact:
    """A fitted or given file and the SHA-256 of its bytes."""

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Artefact:
        """The file at a path, as it stands."""
        return cls(path, file_digest(path))

    def checked(self) -> str:
        """The path, the file there being the right one: a worker may see another disk.

        Raises ``WrongArtefact``.
        """
        if not self.path.is_file():
            raise WrongArtefact(f"{self.path} is not on this machine (docs/cluster.md, Models)")
        if file_digest(self.path) != self.sha256:
            raise WrongArtefact(f"{self.path} has not the digest {self.sha256}")
        return str(self.path)


def given(path: str, sha256: str | None, section: str, key: str = "path") -> Artefact:
    """A file named in the recipe. Raises ``Refused`` when it is missing or has another digest."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise Refused(f"{section}.{key}: no such file: {path}")
    actual = file_digest(file)
    if sha256 is not None and actual != sha256.lower():
        raise Refused(f"{section}.sha256: {path} has the digest {actual}, the recipe says {sha256}")
    return Artefact(file, actual)


@dataclass(frozen=True)
class Shelf:
    """The folder of fitted artefacts of one output."""

    folder: Path

    def find(self, kind: str, settings: dict[str, Any]) -> Artefact | None:
        """The artefact these settings are pinned to, or None; ``Refused`` if damaged."""
        pin = self._pin(kind, settings)
        if not pin.is_file():
            return None
        try:
            said = json.loads(pin.read_text("utf-8"))
            file = self.folder / said["file"]
        except (ValueError, KeyError, TypeError):
            raise Refused(f"{pin}: damaged; remove it to fit again") from None
        if not file.is_file() or file_digest(file) != said["sha256"]:
            raise Refused(
                f"{file}: missing or changed since it was pinned; put it back, or remove "
                f"{pin.name} to fit again"
            )
        return Artefact(file, said["sha256"])

    @contextmanager
    def bench(self) -> Iterator[Path]:
        """A folder of the driver's own to fit in, removed afterwards: it may hold raw texts."""
        with TemporaryDirectory(prefix="corpusmill-fitting-") as folder:
            yield Path(folder)

    def keep(
        self,
        kind: str,
        settings: dict[str, Any],
        file: Path,
        fitted_on: dict[str, Any],
        beside: Mapping[str, bytes] = MappingProxyType({}),
    ) -> Artefact:
        """Put a fitted file on the shelf and pin the settings to it; the pin comes last.

        ``beside`` are further files to go with it, by their endings.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        sha256 = file_digest(file)
        kept = self.folder / f"{kind}-{sha256[:16]}{file.suffix}"
        _put(kept, file.read_bytes())
        for ending, data in beside.items():
            _put(self.beside(Artefact(kept, sha256), ending), data)
        said = {"kind": kind, "settings": settings, "sha256": sha256, "file": kept.name}
        pin = self._pin(kind, settings)
        _put(pin, canonical({**said, "fitted_on": fitted_on}))
        return Artefact(kept, sha256)

    def beside(self, artefact: Artefact, ending: str) -> Path:
        """Where a further file of an artefact lies."""
        return artefact.path.with_name(f"{artefact.path.stem}.{ending}")

    def _pin(self, kind: str, settings: dict[str, Any]) -> Path:
        return self.folder / f"{kind}-{digest(settings)[:16]}.pin.json"


def _put(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(path)
