"""Whether a file is still what it was when it was digested."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpusmill.batches import KernelFailed


class FileChanged(KernelFailed):
    """A file is not what it was when it was digested; the message ends in its place, quoted."""

    def __init__(self, location: str) -> None:
        """``location`` is where it lies."""
        super().__init__(f"changed while it was read: {json.dumps(location)}")


def state_of(location: str) -> tuple[int, int] | None:
    """Size in bytes and time of change in nanoseconds; None for a file that is gone."""
    try:
        found = Path(location).stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def raise_if_changed(file: Mapping[str, Any]) -> None:
    """Raise ``FileChanged`` unless a file (location) has its size and time (size, modified)."""
    if state_of(file["location"]) != (file["size"], file["modified"]):
        raise FileChanged(file["location"])
