"""Where the texts of a batch meet what a kind of personal data cannot do without.

The whole batch is classified by one look into a table; what is sought is then sought among the
places of its digits, dots, colons and ``@`` alone, and a pattern confirms the few that are left.
All of it takes time linear in the batch.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import numpy as np
import regex
from numpy.typing import NDArray

from corpusmill.pii.extensions import end_of_extension, start_of_extended
from corpusmill.pii.phones import (
    JOINED,
    JOINTS,
    LEAD,
    LONGEST_GROUP,
    PLUS,
    can_hold,
    fewest_digits,
)
from corpusmill.text.characters import CODE_POINTS, codes_of

Place = tuple[int, int]
Offsets = NDArray[np.int64]

_DIGIT = 1
_ASCII_DIGIT = 2
_PHONE_JOINT = 4
_CARD_JOINT = 8
_SSN_JOINT = 16
_HEX = 32
_NAME = 64  # what may not touch an IPv6 address
_LETTER = 128
_AT = 256
_DOT = 512
_COLON = 1024
_PLUS = 2048

_CLASSES = {
    _DIGIT: r"\d",
    _ASCII_DIGIT: "[0-9]",
    _PHONE_JOINT: f"[{JOINTS}]",
    _CARD_JOINT: "[- ]",
    _SSN_JOINT: "[- .]",
    _HEX: "[0-9A-Fa-f]",
    _NAME: r"[\w:]",
    _LETTER: "(?i:[A-Z])",
    _AT: "@",
    _DOT: r"\.",
    _COLON: ":",
    _PLUS: PLUS,
}
_MAIL = regex.compile(r"(?<=[!#$%&'*+\-/=?^_`{|}~\w])@(?=\w++(?:-++\w++)*+\.\w)")
_IPV4 = regex.compile(r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_SHORT_IPV6 = regex.compile(r"(?<=(?<![\w:])[0-9A-Fa-f:]{0,39})::(?=[0-9A-Fa-f:]{0,39}(?![\w:]))")
_FULL_IPV6 = regex.compile(r"(?<=(?<![\w:])[0-9A-Fa-f]{1,4}):(?:[0-9A-Fa-f]{1,4}:){6}[0-9A-Fa-f]")
_IBAN = regex.compile(r"(?<=[A-Z]{2})[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}", regex.IGNORECASE)
_CRYPTO = regex.compile(r"(?:bc1|[13])[a-z0-9]{25}", regex.IGNORECASE)
_MAC = regex.compile(
    r"[0-9a-f]{2}([:-])[0-9a-f]{2}\1[0-9a-f]{2}\1|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}",
    regex.IGNORECASE,
)
_BREAK = "\n"  # stands in nothing that is sought


class Places:
    """The places in the texts of one batch."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Lay the texts end to end, a line break behind each, and classify every character."""
        self._whole = _BREAK.join([*texts, ""])
        codes = np.frombuffer(self._whole.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        self._kinds = _classes().take(codes, mode="clip")  # numpy's own check is slow
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        self._starts = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(lengths + len(_BREAK), out=self._starts[1:])

    def of(self, kind: str, regions: tuple[str, ...]) -> Iterator[tuple[int, list[Place]]]:
        """(index, places by start) of each text that can hold the kind, in order.

        ``regions`` are those of phone numbers. A kind without a condition can be anywhere.
        """
        if kind not in _SEEKERS:
            ends = (np.diff(self._starts) - len(_BREAK)).tolist()
            yield from ((owner, [(0, end)]) for owner, end in enumerate(ends) if end)
            return
        places = list(_SEEKERS[kind](self, regions))
        owners = self._owners(np.array([start for start, _ in places], dtype=np.int64)).tolist()
        owned = zip(owners, places, strict=True)
        for owner, group in itertools.groupby(owned, key=lambda pair: pair[0]):
            first = int(self._starts[owner])
            yield owner, [(start - first, end - first) for _, (start, end) in group]

    def _mails(self, _regions: tuple[str, ...]) -> Iterator[Place]:
        return self._confirmed(_MAIL, self._all(_AT))

    def _phones(self, regions: tuple[str, ...]) -> Iterator[Place]:
        """Groups of digits with their extensions, and with the digits that they extend."""
        starts, ends = self._groups(
            _DIGIT, _PHONE_JOINT, JOINED, fewest_digits(regions), LONGEST_GROUP
        )
        signs = self._all(_PLUS)
        leads = np.maximum(starts - LEAD, self._starts[self._owners(starts)])
        plus = np.searchsorted(signs, leads) < np.searchsorted(signs, ends)
        done = 0
        for start, end, near in zip(starts.tolist(), ends.tolist(), plus.tolist(), strict=True):
            extended = end_of_extension(self._whole, end)
            if can_hold(self._whole[start:end], near, extended > end, regions):
                yield start_of_extended(self._whole, done, start), extended
                done = end

    def _cards(self, _regions: tuple[str, ...]) -> Iterator[Place]:
        """13 digits, at most one blank or hyphen between two."""
        return _pairs(*self._groups(_DIGIT, _CARD_JOINT, 1, 13, 41))

    def _social_securities(self, _regions: tuple[str, ...]) -> Iterator[Place]:
        """9 digits, at most one blank, hyphen or dot between two."""
        return _pairs(*self._groups(_ASCII_DIGIT, _SSN_JOINT, 1, 9, 41))

    def _ibans(self, _regions: tuple[str, ...]) -> Iterator[Place]:
        letters, digits = self._has(_LETTER), self._has(_ASCII_DIGIT)
        heads = letters[:-3] & letters[1:-2] & digits[2:-1] & digits[3:]
        return self._confirmed(_IBAN, np.flatnonzero(heads) + 2)

    def _ips(self, _regions: tuple[str, ...]) -> Iterable[Place]:
        dots, colons = self._between(_ASCII_DIGIT, _DOT), self._between(_HEX, _COLON)
        four = self._confirmed(_IPV4, _dense(dots, 3, 4) - 1)
        short = self._confirmed(_SHORT_IPV6, self._double_colons())
        full = self._confirmed(_FULL_IPV6, _dense(colons, 7, 5))
        return heapq.merge(four, short, full)

    def _cryptos(self, _regions: tuple[str, ...]) -> Iterator[Place]:
        return (match.span() for match in _CRYPTO.finditer(self._whole))

    def _macs(self, _regions: tuple[str, ...]) -> Iterator[Place]:
        return (match.span() for match in _MAC.finditer(self._whole))

    def _between(self, side: int, sign: int) -> Offsets:
        """The signs of a class with a character of another on both sides."""
        signs = self._all(sign)
        return signs[self._is(side, signs - 1) & self._is(side, signs + 1)]

    def _double_colons(self) -> Offsets:
        """Two colons between hex digits, or between one and what may touch an address."""
        colons = self._all(_COLON)
        colons = colons[self._is(_COLON, colons + 1)]
        before, after = self._is(_HEX, colons - 1), self._is(_HEX, colons + 2)
        left, right = self._is(_NAME, colons - 1), self._is(_NAME, colons + 2)
        return colons[(before | after) & (before | ~left) & (after | ~right)]

    def _groups(
        self, digit: int, joint: int, widest: int, least: int, most: int
    ) -> tuple[Offsets, Offsets]:
        """Starts and ends of groups of digits, at most ``widest`` joints between two of a group.

        One of more than ``most`` digits goes on in a further group; none has fewer than ``least``.
        """
        digits = self._all(digit)
        gaps = np.diff(digits)
        joined = gaps <= widest + 1
        for step in range(1, widest + 1):
            wide = np.flatnonzero(joined & (gaps > step))
            joined[wide] = self._is(joint, digits[wide] + step)
        borders = np.concatenate([[0], np.flatnonzero(~joined) + 1, [len(digits)]])
        firsts, lasts = _chopped(borders, most)
        long = lasts - firsts >= least
        return digits[firsts[long]], digits[lasts[long] - 1] + 1

    def _owners(self, places: Offsets) -> Offsets:
        return np.searchsorted(self._starts, places, side="right") - 1

    def _has(self, bit: int) -> NDArray[np.bool_]:
        has: NDArray[np.bool_] = (self._kinds & bit) != 0
        return has

    def _all(self, bit: int) -> Offsets:
        return np.flatnonzero(self._has(bit))

    def _is(self, bit: int, places: Offsets) -> NDArray[np.bool_]:
        """Of what class the characters are; none is before the first or behind the last."""
        inside = (places >= 0) & (places < len(self._kinds))
        has: NDArray[np.bool_] = inside & ((self._kinds.take(places, mode="clip") & bit) != 0)
        return has

    def _confirmed(self, pattern: regex.Pattern[str], starts: Offsets) -> Iterator[Place]:
        """What the pattern matches at these places, as ``finditer`` would say."""
        done = 0
        for start in starts.tolist():
            match = pattern.match(self._whole, start) if start >= done else None
            if match:
                done = match.end()
                yield match.span()


_SEEKERS: dict[str, Callable[[Places, tuple[str, ...]], Iterable[Place]]] = {
    "EMAIL_ADDRESS": Places._mails,
    "PHONE_NUMBER": Places._phones,
    "IP_ADDRESS": Places._ips,
    "CREDIT_CARD": Places._cards,
    "IBAN_CODE": Places._ibans,
    "US_SSN": Places._social_securities,
    "CRYPTO": Places._cryptos,
    "MAC_ADDRESS": Places._macs,
}


@cache
def _classes() -> NDArray[np.uint16]:
    table = np.zeros(CODE_POINTS, dtype=np.uint16)
    for bit, pattern in _CLASSES.items():
        table[codes_of(pattern)] |= bit
    return table


def _pairs(starts: Offsets, ends: Offsets) -> Iterator[Place]:
    return zip(starts.tolist(), ends.tolist(), strict=True)


def _dense(places: Offsets, count: int, farthest: int) -> Offsets:
    """The places that begin a row of ``count`` of which no two neighbours are farther apart."""
    near = np.diff(places) <= farthest
    rows = len(places) - count + 1
    if rows <= 0:
        return places[:0]
    return places[:rows][np.all([near[at : at + rows] for at in range(count - 1)], axis=0)]


def _chopped(borders: Offsets, most: int) -> tuple[Offsets, Offsets]:
    """From each border to the next in steps of ``most``: the starts and the ends of the steps."""
    sizes = np.diff(borders)
    steps = -(-sizes // most)
    before = np.repeat(np.cumsum(steps) - steps, steps)
    firsts = np.repeat(borders[:-1], steps) + (np.arange(steps.sum()) - before) * most
    return firsts, np.minimum(firsts + most, np.repeat(borders[1:], steps))
