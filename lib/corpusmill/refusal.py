"""The two ways a run is stopped on purpose; the command line turns each into its exit code."""

from __future__ import annotations


class Refused(Exception):
    """Refused at the door (exit 2): nothing was written. The message names the key, file or id."""


class Stopped(Exception):
    """A guard stopped the job (exit 3). The message names the bound and what went past it."""
