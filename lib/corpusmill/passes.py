"""How far one pass is, how fast, and how long it may still take: as a line.

What Spark has not planned yet nobody can count. So a share is told of a pass only that Spark plans
all at once: that of its tasks which are done, and never all of it before the pass has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

_WEIGHED = 3.0  # seconds that a pass must last before anything is asked for its figures
_LASTING = 3.0  # seconds a stage of Spark is at work that is more than the preparation of another
_MOST = 99  # percent told while a pass goes on: Spark commits when all tasks are done
# What a line has room for first; a line tells it in another order.
_WANTED = ("share", "left", "speed", "number", "gone", "rate")


@dataclass(frozen=True)
class Tasks:
    """Tasks of Spark, or other items: those that are done, and all that are known."""

    done: int
    known: int

    @property
    def share(self) -> float:
        """What share is done; of none known, 0."""
        return self.done / self.known if self.known else 0.0


_NONE = Tasks(0, 0)


@dataclass(frozen=True)
class Load:
    """What a pass goes through; None: not known. ``stored`` are bytes as they lie on the disk."""

    documents: int | None = None
    stored: int | None = None


@dataclass
class Pass:
    """One way through documents that began at ``began``, and how far it has come.

    ``weigh`` finds its whole load; it may ask Spark, so only a pass that lasts is weighed.
    ``at_once`` says that Spark plans all of it in one round; where another one comes all the same,
    it is so no more. ``counted`` are the items of a pass without Spark, which ``count`` tells of.
    """

    name: str
    began: float
    load: Load = field(default_factory=Load)
    weigh: Callable[[], Load] | None = None
    at_once: bool = False
    counted: int | None = None
    tasks: dict[int, Tasks] = field(default_factory=dict)
    _met: dict[int, float] = field(default_factory=dict)
    _lasting: set[int] = field(default_factory=set)
    _reached: Tasks = _NONE
    _moved: float = 0.0

    def look(self, now: float, at_work: Mapping[int, Tasks]) -> None:
        """Take in which stages of Spark are at work; one that was and is no more is done."""
        ended = {n: Tasks(t.known, t.known) for n, t in self.tasks.items() if n not in at_work}
        self.tasks |= {**ended, **at_work}
        met = {n: self._met.setdefault(n, now) for n in at_work}
        self._lasting |= {n for n, since in met.items() if now - since >= _LASTING}
        if self.at_once:
            self._reach(_sum(self.tasks[n] for n in self._lasting), now)
        if self.weigh is not None and now - self.began >= _WEIGHED:
            weigh, self.weigh = self.weigh, None
            self.load = weigh()

    def count(self, now: float, done: int) -> None:
        """So many of the items are done."""
        self._reach(Tasks(done, self.counted or 0), now)

    def line(self, now: float, width: int | None = None) -> str:
        """How far it is, how fast, and how long it may still take: what ``width`` has room for."""
        seconds = now - self.began
        name = f"{self.name}: " if self.name else ""
        parts = self._far() | rates(self.load, self._reached.share, seconds)
        parts |= {"gone": f"{clock(seconds)} gone"} | self._left(now)
        return name + _fitted(parts, None if width is None else width - len(name))

    def _reach(self, tasks: Tasks, now: float) -> None:
        """The share never goes back: where it would, there is none any more."""
        if tasks.share < self._reached.share:
            self.at_once, self._reached = False, _NONE
        elif tasks.share > self._reached.share or not self._reached.known:
            self._reached, self._moved = tasks, now

    def _far(self) -> dict[str, str]:
        reached = self._reached
        if reached.known:
            percent = min(100 * reached.done // reached.known, _MOST)
            return {"share": f"{percent}%"} | self._number()
        tasks = _sum(self.tasks.values())
        if self.at_once or not tasks.known:
            return {}
        return {"number": f"{tasks.done:,} of {tasks.known:,} tasks so far"}

    def _number(self) -> dict[str, str]:
        if self.counted is not None:
            return {"number": f"{self._reached.done:,} of {self.counted:,}"}
        if self.load.documents is None:
            return {}
        documents = int(min(self._reached.share, _MOST / 100) * self.load.documents)
        return {"number": f"about {documents:,} of {self.load.documents:,} documents"}

    def _left(self, now: float) -> dict[str, str]:
        """By the speed up to the last task that ended; once that time is over, nobody knows."""
        share = self._reached.share
        left = (self._moved - self.began) / share - (now - self.began) if share else 0
        return {"left": f"about {clock(left)} left"} if share < 1 <= left else {}


def rates(load: Load, share: float, seconds: float) -> dict[str, str]:
    """Documents (``rate``) and stored megabytes (``speed``) a second, those that are known."""
    if not share or seconds <= 0:
        return {}
    found = {}
    if load.documents is not None:
        found["rate"] = f"{share * load.documents / seconds:,.0f} a second"
    if load.stored is not None:
        found["speed"] = f"{share * load.stored / seconds / 1e6:,.1f} MB/s"
    return found


def clock(seconds: float) -> str:
    """``4:07``, ``1:04:07``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _sum(tasks: Iterable[Tasks]) -> Tasks:
    each = [*tasks]
    return Tasks(sum(t.done for t in each), sum(t.known for t in each))


def _fitted(parts: Mapping[str, str], width: int | None) -> str:
    """The parts in their order; of those that have no room together the most wanted."""
    told: list[str] = []
    line = ""
    for name in _WANTED:
        tried = ", ".join(text for part, text in parts.items() if part in (*told, name))
        if width is None or len(tried) <= width:
            told, line = [*told, name], tried
    return line
