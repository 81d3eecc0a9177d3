"""What a person sees while a run goes on, on standard error.

On a terminal the last line is rewritten in place. In a log there is a line when a stage begins and
one when it ends, and between them one at most every half minute. Neither holds an escape code.

How far a pass through documents is, is an estimate: the share of Spark's tasks that are done, of
those that Spark has planned so far. Nothing of a run hangs on it.

tqdm and rich draw bars for loops that count; there is no loop here, and a log would get their bars.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

EVERY = 30.0  # seconds between lines of a log
LOOKS = 1.0  # seconds between two looks at what goes on
_USUAL = 80  # columns of a terminal that does not say
_WEIGHED = 3.0  # seconds that a pass must last before anything is asked for its figures


@dataclass(frozen=True)
class Tasks:
    """Tasks of a stage of Spark: those that are done, and all that are known."""

    done: int
    known: int


@dataclass(frozen=True)
class Load:
    """What a pass goes through; None: not known. ``stored`` are bytes as they lie on the disk."""

    documents: int | None = None
    stored: int | None = None


@dataclass
class Pass:
    """One way through documents that began at ``began``, and the tasks it has come to.

    ``weigh`` finds its whole load; it may ask Spark, so only a pass that lasts is weighed.
    """

    name: str
    began: float
    load: Load = field(default_factory=Load)
    weigh: Callable[[], Load] | None = None
    tasks: dict[int, Tasks] = field(default_factory=dict)

    def look(self, now: float, at_work: Mapping[int, Tasks]) -> None:
        """Take in which stages of Spark are at work; one that was and is no more is done."""
        ended = {n: Tasks(t.known, t.known) for n, t in self.tasks.items() if n not in at_work}
        self.tasks |= {**ended, **at_work}
        if self.weigh is not None and now - self.began >= _WEIGHED:
            weigh, self.weigh = self.weigh, None
            self.load = weigh()

    def line(self, now: float) -> str:
        """How far it is, how fast, and how long it may still take."""
        seconds = now - self.began
        done = sum(tasks.done for tasks in self.tasks.values())
        known = sum(tasks.known for tasks in self.tasks.values())
        share = done / known if known else 0.0
        far = f"{done:,} of {known:,} tasks"
        if self.load.documents is not None:
            documents = int(share * self.load.documents)
            far = f"about {documents:,} of {self.load.documents:,} documents"
        parts = [f"{far} ({share:.0%})"] if known else []
        parts += rates(self.load, share, seconds)
        parts += [f"{clock(seconds)} gone"]
        if 0 < share < 1:
            parts += [f"about {clock(seconds / share * (1 - share))} left"]
        return f"{self.name}: {', '.join(parts)}" if self.name else ", ".join(parts)


def rates(load: Load, share: float, seconds: float) -> list[str]:
    """Documents and stored megabytes a second, those that are known; none before there are any."""
    if not share or seconds <= 0:
        return []
    found = []
    if load.documents is not None:
        found.append(f"{share * load.documents / seconds:,.0f} a second")
    if load.stored is not None:
        found.append(f"{share * load.stored / seconds / 1e6:,.1f} MB/s")
    return found


def clock(seconds: float) -> str:
    """``4:07``, ``1:04:07``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


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

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell that a stage begins; ``look`` tells from then on how far it is."""
        self.say(name)
        self._largest = Load()
        with self._within(name, Pass("", self.now())):
            yield

    @contextmanager
    def through(
        self, name: str, documents: int | None = None, weigh: Callable[[], Load] | None = None
    ) -> Iterator[None]:
        """A pass through so many documents, if that is known, within a stage."""
        going = Pass(name, self.now(), Load(documents), weigh)
        with self._within(name, going):
            yield
        if (going.load.documents or 0) >= (self._largest.documents or 0):
            self._largest = going.load

    def gone_through(self, seconds: float) -> str:
        """What the largest pass of the last stage went through, and how fast the stage did."""
        if not self._largest.documents:
            return ""
        return ", ".join(
            [f": {self._largest.documents:,} documents", *rates(self._largest, 1, seconds)]
        )

    def look(self) -> None:
        """Look how far it is, and tell it where that is due."""
        going, now = self._going, self.now()
        if going is None or self.at_work is None:
            return
        going.look(now, self.at_work())
        line = f"{now - self.started:7.1f}s      {going.line(now)}"
        with self._lock:
            if going is not self._going:  # it ended meanwhile
                return
            if self.rewrites:
                line = line[: _columns() - 1]
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
