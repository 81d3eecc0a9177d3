"""What a person sees while a run goes on: plain lines on standard error."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Lines on standard error, each with the seconds since the start."""

    started: float = field(default_factory=time.monotonic)

    def say(self, message: str) -> None:
        """One line, at once."""
        seconds = time.monotonic() - self.started
        sys.stderr.write(f"{seconds:7.1f}s  {message}\n")
        sys.stderr.flush()

    def show(self, line: str) -> None:
        """A line of a table: no time in front."""
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
