"""What a person sees while a run goes on, on standard error.

On a terminal the last line is rewritten in place. In a log there is a line when a stage begins and
one when it ends, and between them one at most every half minute. Neither holds an escape code.

How far a pass is (``corpusmill.passes``) is an estimate. Nothing of a run hangs on it.

tqdm and rich draw bars for loops that count; there is no loop here, and a log would get their bars.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from corpusmill.passes import Load, Pass, Tasks, rates

EVERY = 30.0  # seconds between lines of a log
LOOKS = 1.0  # seconds between two looks at what goes on
_USUAL = 80  # columns of a terminal that does not say

Item = TypeVar("Item")


@dataclass
class Progress:
    """The lines of one run, each with the seconds since its start.

    ``rewrites`` says that standard error is a terminal on which nobody else writes; ``at_work``
    tells which stages of Spark are at work, by number (None: there is no session yet, and standard
    error may be Spark's while it starts). ``place`` names the stage and the pass that go on, or
    that failed.
    """

    rewrites: bool = False
    now: Callable[[], float] = time.monotonic
    at_work: Callable[[], Mapping[int, Tasks]] | None = None
    started: float = field(init=False)
    place: tuple[str, ...] = field(init=False, default=())
    _going: Pass | None = field(init=False, default=None)
    _largest: Load = field(init=False, default_factory=Load)
    _told: float = field(init=False)
    _width: int = field(init=False, default=0)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _looking: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.started = self._told = self.now()

    def say(self, message: str) -> None:
        """One line, at once."""
        self.show(f"{self.now() - self.started:7.1f}s  {message}")

    def show(self, line: str) -> None:
        """A line of a table: no time in front."""
        with self._lock:
            self._told = self.now()
            self._write(f"{self._wiped()}{line}\n")

    def answer(self, line: str) -> None:
        """A line of standard output, which may be the same terminal."""
        with self._lock:
            self._write(self._wiped())
            sys.stdout.write(f"{line}\n")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell that a stage begins; ``look`` tells from then on how far it is."""
        self.say(name)
        self._largest = Load()
        with self._within(name, Pass("", self.now())):
            yield

    @contextmanager
    def through(
        self,
        name: str,
        documents: int | None = None,
        weigh: Callable[[], Load] | None = None,
        at_once: bool = False,
    ) -> Iterator[None]:
        """A pass through so many documents, if that is known, within a stage.

        ``at_once``: Spark plans all of it in one round, so that a share of it can be told.
        """
        going = Pass(name, self.now(), Load(documents), weigh, at_once)
        with self._within(name, going):
            yield
        if (going.load.documents or 0) >= (self._largest.documents or 0):
            self._largest = going.load

    def each(self, name: str, items: Sequence[Item]) -> Iterator[Item]:
        """The items, to be gone through without Spark, each told of when it is done."""
        going = Pass(name, self.now(), counted=len(items))
        with self._within(name, going):
            for done, item in enumerate(items):
                going.count(self.now(), done)
                try:
                    yield item
                except GeneratorExit:  # who goes through them has seen enough
                    return

    def gone_through(self, seconds: float) -> str:
        """What the largest pass of the last stage went through, and how fast the stage did."""
        if not self._largest.documents:
            return ""
        return ", ".join(
            [f": {self._largest.documents:,} documents", *rates(self._largest, 1, seconds).values()]
        )

    def look(self) -> None:
        """Look how far it is, and tell it where that is due; who comes meanwhile need not."""
        if self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()

    def _look(self) -> None:
        going, now = self._going, self.now()
        if going is None:
            return
        if going.counted is None:
            if self.at_work is None:
                return
            going.look(now, self.at_work())
        line = f"{now - self.started:7.1f}s      "
        room = _columns() - 1
        line += going.line(now, room - len(line) if self.rewrites else None)
        with self._lock:
            if going is not self._going:  # it ended meanwhile
                return
            if self.rewrites:
                line = line[:room]
                self._write(f"\r{line.ljust(self._width)}")
                self._width = len(line)
            elif now - self._told >= EVERY:
                self._told = now
                self._write(f"{line}\n")

    @contextmanager
    def _within(self, name: str, going: Pass) -> Iterator[None]:
        """What fails inside leaves ``place`` where it failed."""
        outer = self._going, self.place
        self._going, self.place = going, (*self.place, name)
        try:
            yield
        finally:
            with self._lock:
                self._going = outer[0]
                self._write(self._wiped())
        self.place = outer[1]

    def _wiped(self) -> str:
        """What takes the line away that is being rewritten."""
        width, self._width = self._width, 0
        return f"\r{' ' * width}\r" if width else ""

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


@contextmanager
def meanwhile(*calls: Callable[[], None]) -> Iterator[None]:
    """Call these again and again while what is inside goes on, in a thread of their own."""
    ended = threading.Event()

    def keep_on() -> None:
        while not ended.wait(LOOKS):
            for call in calls:
                with suppress(Exception):  # nothing of a run hangs on who looks at it
                    call()

    thread = threading.Thread(target=keep_on, name="corpusmill-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(LOOKS)


def may_rewrite() -> bool:
    """Whether standard error is a terminal that goes back to the beginning of a line."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL
