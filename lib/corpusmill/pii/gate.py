"""Windows of a text that can hold personal data: all that the slow recognisers are shown.

For each kind there is a condition that a finding cannot do without (``places`` finds it):

EMAIL_ADDRESS  an ``@`` with a local part before it and a name with a dot behind it
PHONE_NUMBER   a digit group that holds a number when written together (see ``phones``), with its
               extension, or before one (see ``extensions``)
IP_ADDRESS     four numbers joined by dots; ``::`` or seven colons among hex digits alone
CREDIT_CARD    13 digits, at most one blank or hyphen between two
IBAN_CODE      two letters, two digits and eight letters or digits, a blank or hyphen every four
US_SSN         9 digits, at most one blank, hyphen or dot between two
CRYPTO         ``bc1``, 1 or 3, and 25 letters or digits
MAC_ADDRESS    three pairs of hex digits joined by the same sign, or three fours joined by dots

Of other kinds (national ids) nothing is known: they are shown all texts, long ones in pieces.

A window reaches ``context`` characters to both sides of what met the condition, and from there to
white space, at most ``REACH`` characters further: a token of that length is never cut. What touches
is merged; what is then longer than ``LONGEST`` is cut, at white space where there is some, into
pieces that overlap by up to ``OVERLAP`` characters. All of it takes time linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from corpusmill.pii.places import Places

REACH = 320  # the longest e-mail address that mail systems carry: 64 + 1 + 255
OVERLAP = 640
LONGEST = 4_096

Window = tuple[int, int]


class Gate:
    """The windows of the texts of one batch."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Takes one look at every character; what it finds serves all kinds."""
        self._texts = texts
        self._places = Places(texts)

    def windows(
        self, kind: str, context: int, regions: tuple[str, ...] = ()
    ) -> Iterator[tuple[int, list[Window]]]:
        """(index, windows) of each text that can hold ``kind``, in order.

        A window is a (start, end) of code points. None is longer than ``LONGEST``; two overlap only
        where a longer one was cut. ``regions`` are those of phone numbers, which need a ``context``
        of ``phones.LEAD`` or more to keep a plus sign that stands apart.
        """
        for index, places in self._places.of(kind, regions):
            text = self._texts[index]
            windows = _merge(sorted(_reach_out(text, places, context)))
            yield index, [piece for window in windows for piece in _cut(text, window)]


def surroundings(text: str, start: int, end: int, context: int) -> Window:
    """``start..end`` with ``context`` characters on both sides, and on to white space."""
    return _left_border(text, start - context), _right_border(text, end + context)


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
    piece = text[max(0, at - REACH) : max(0, at)]
    if not piece or piece[-1].isspace():
        return max(0, at)
    return at - len(piece.rsplit(maxsplit=1)[-1])


def _right_border(text: str, at: int) -> int:
    """The nearest end of a token at or after ``at``, else ``at + REACH``; never past the end."""
    piece = text[at : at + REACH]
    if not piece or piece[0].isspace():
        return min(at, len(text))
    return at + len(piece.split(maxsplit=1)[0])


def _merge(windows: Iterable[Window]) -> Iterator[Window]:
    """Windows, by start, that touch or overlap become one."""
    start, end = -1, -1
    for next_start, next_end in windows:
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
