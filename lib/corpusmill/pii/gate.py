"""Windows of a text that can hold personal data: all that the slow recognisers are shown.

For each kind there is a condition that a finding cannot do without:

EMAIL_ADDRESS  an ``@``
PHONE_NUMBER   a digit group that is long enough (see ``phones``)
IP_ADDRESS     four numbers joined by dots, ``::`` beside a hex digit, or seven hex groups
CREDIT_CARD    13 digits, at most one blank or hyphen between two
IBAN_CODE      two letters, two digits and eight letters or digits, a blank or hyphen every four
US_SSN         9 digits, at most one blank, hyphen or dot between two

A window reaches ``context`` characters to both sides of what met the condition, and from there to
white space, at most ``REACH`` characters further: a token of that length is never cut. What touches
is merged; what is then longer than ``LONGEST`` is cut, at white space where there is some, into
pieces that overlap by up to ``OVERLAP`` characters. All of it takes time linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import regex

from corpusmill.pii.phones import phone_places
from corpusmill.pii.rules import REGIONS

REACH = 320  # the longest e-mail address that mail systems carry: 64 + 1 + 255
OVERLAP = 640
LONGEST = 4_096

_PATTERNS = {
    "EMAIL_ADDRESS": regex.compile("@"),
    "IP_ADDRESS": regex.compile(
        r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"
        r"|:(?:(?<=[0-9A-Fa-f]:):|:[0-9A-Fa-f]|(?:[0-9A-Fa-f]{1,4}:){5})"
    ),
    "CREDIT_CARD": regex.compile(r"\d(?:[- ]?\d){12,40}"),
    "IBAN_CODE": regex.compile(
        r"(?<=[A-Z]{2})[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}", regex.IGNORECASE
    ),
    "US_SSN": regex.compile(r"[0-9](?:[- .]?[0-9]){8,40}"),
}

Window = tuple[int, int]


def candidate_windows(
    text: str, kinds: Sequence[str], context: int, regions: tuple[str, ...] = REGIONS
) -> list[Window]:
    """(start, end) code point windows of ``text``, in order, that can hold one of ``kinds``.

    No window is longer than ``LONGEST``; two overlap only where a longer one was cut.
    ``regions`` are those of phone numbers, which need a ``context`` of ``phones.LEAD`` or more to
    keep a plus sign that stands apart. Raises KeyError for a kind without a condition.
    """
    windows: list[Window] = []
    for kind in kinds:
        windows += _reach_out(text, _places(text, kind, regions), context)
    return [piece for window in _merge(windows) for piece in _cut(text, window)]


def surroundings(text: str, start: int, end: int, context: int) -> Window:
    """``start..end`` with ``context`` characters on both sides, and on to white space."""
    return _left_border(text, start - context), _right_border(text, end + context)


def _places(text: str, kind: str, regions: tuple[str, ...]) -> Iterator[Window]:
    if kind == "PHONE_NUMBER":
        return phone_places(text, regions)
    return (match.span() for match in _PATTERNS[kind].finditer(text))


def _reach_out(text: str, places: Iterable[Window], context: int) -> Iterator[Window]:
    """Each place with its surroundings. A place well inside the window before it adds nothing."""
    done = -1
    for start, end in places:
        if end + context <= done:
            continue
        begin, done = surroundings(text, start, end, context)
        yield begin, done


def _left_border(text: str, at: int) -> int:
    """The nearest start of a token at or before ``at``, else ``at - REACH``; never before 0."""
    lowest = max(0, at - REACH)
    while at > lowest and not text[at - 1].isspace():
        at -= 1
    return max(at, lowest)


def _right_border(text: str, at: int) -> int:
    """The nearest end of a token at or after ``at``, else ``at + REACH``; never past the end."""
    highest = min(len(text), at + REACH)
    while at < highest and not text[at].isspace():
        at += 1
    return min(at, highest)


def _merge(windows: list[Window]) -> Iterator[Window]:
    """Windows that touch or overlap become one."""
    start, end = -1, -1
    for next_start, next_end in sorted(windows):
        if next_start <= end:
            end = max(end, next_end)
            continue
        if end >= 0:
            yield start, end
        start, end = next_start, next_end
    if end >= 0:
        yield start, end


def _cut(text: str, window: Window) -> Iterator[Window]:
    """Pieces of at most ``LONGEST``; what is shorter than half of ``OVERLAP`` is whole in one."""
    start, end = window
    while end - start > LONGEST:
        limit = start + LONGEST
        stop = _last_space(text, limit - OVERLAP // 2, limit)
        yield start, stop
        start = _last_space(text, stop - OVERLAP, stop - OVERLAP // 2)
    yield start, end


def _last_space(text: str, low: int, high: int) -> int:
    """Place of the last white space in ``text[low:high]``, else ``high``."""
    return next((at for at in range(high - 1, low - 1, -1) if text[at].isspace()), high)
