"""Phone numbers: where one can stand, and the phone library's matcher without its vain attempts.

A phone number is a group of digits joined by at most four of the signs the library reads through.
It is a run of the group's parts, and is none unless the parts written together are one: that is
asked of the library once and kept, for years and dates repeat. It says nothing where there is a
plus sign; where a letter x stands, for it may be a digit; behind an extension, whose end the
library may see inside a long part; or before one, whose digits the library counts among those of
the number where it looks for a national prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
import regex
from phonenumbers import PhoneNumberMatch, PhoneNumberMatcher
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from corpusmill.pii.dialling import (
    INTERNATIONAL,
    LONGEST_NUMBER,
    are_number,
    is_number,
    shortest_number,
)

LEAD = 10  # a plus sign stands at most so many characters before the digits
JOINED = 4  # signs between two digits of a group
LONGEST_GROUP = 201  # digits; a longer one goes on in the next group

_PLAIN_JOINTS = (
    r"\-\u2010-\u2015\u2212\u30FC\uFF0D-\uFF0F \u00A0\u00AD\u200B\u2060\u3000()"
    r"\uFF08\uFF09\uFF3B\uFF3D.\[\]/\u2053\u223C"
)
JOINTS = _PLAIN_JOINTS + r"xX~\uFF5E"  # these may begin an extension
PLUS = r"[+\uFF0B]"
_PARTS_ASKED = 6  # runs grow with the square of the parts; of more, the matcher asks fewer
_EXTENSION = 9  # digits of an extension, after which the library begins anew inside a part
_PLAIN = regex.compile(rf"[\d{_PLAIN_JOINTS}]*")
_EXTENDING = regex.compile(r"[xX~\uFF5E]")
_DIGITS = regex.compile(r"\d+")


class FastPhoneRecognizer(PhoneRecognizer):
    """Presidio's phone recogniser: the same finds, much sooner where a text holds many numbers."""

    def __init__(self, regions: tuple[str, ...]) -> None:
        """For national numbers of ``regions``, and international ones."""
        super().__init__(supported_regions=regions, name=PhoneRecognizer.__name__)

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The phone numbers in ``text``, in Presidio's form."""
        candidates = set(_candidates(text))
        found = [
            self._get_recognizer_result(match, text, region, nlp_artifacts)  # type: ignore[no-untyped-call]
            for region in self.supported_regions
            if any(_may_match(candidate, region) for candidate in candidates)
            for match in _Matcher(text, region, leniency=phonenumbers.Leniency.VALID)
        ]
        return list(EntityRecognizer.remove_duplicates(found))


class _Matcher(PhoneNumberMatcher):
    """Leaves out candidates, and parts of them, that cannot be valid."""

    preferred_region: str

    def _extract_match(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if not _may_match(candidate, self.preferred_region):
            return None
        return super()._extract_match(candidate, offset)

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if not _may_be_whole(candidate, self.preferred_region):
            return None
        return super()._parse_and_verify(candidate, offset)


class _CandidateRecorder(PhoneNumberMatcher):
    """Finds nothing, and notes the candidates on the way."""

    def __init__(self, text: str) -> None:
        super().__init__(text, None)
        self.seen: list[str] = []

    def _extract_match(self, candidate: str, offset: int) -> None:
        self.seen.append(candidate)


class _PartRecorder(PhoneNumberMatcher):
    """Finds nothing in a candidate, and notes what it would have parsed."""

    def __init__(self, candidate: str) -> None:
        super().__init__(candidate, None)
        self.seen: list[str] = []

    def _parse_and_verify(self, candidate: str, offset: int) -> None:
        self.seen.append(candidate)


def _candidates(text: str) -> list[str]:
    """What a matcher looks into: up to its first find the same for all regions."""
    recorder = _CandidateRecorder(text)
    recorder.has_next()
    return recorder.seen


@lru_cache(maxsize=1 << 14)
def _parts(candidate: str) -> tuple[str, ...]:
    """What a matcher parses of a candidate in which it finds nothing; the whole of it first."""
    recorder = _PartRecorder(candidate)
    recorder._extract_match(candidate, 0)
    return tuple(recorder.seen)


@lru_cache(maxsize=1 << 16)
def _may_match(candidate: str, region: str) -> bool:
    return any(_may_be_whole(part, region) for part in _parts(candidate))


def _may_be_whole(part: str, region: str) -> bool:
    plain = _PLAIN.fullmatch(part) is not None
    return is_number(_digits(part) if plain else part, region)


def fewest_digits(regions: tuple[str, ...]) -> int:
    """A group of fewer holds no number of ``regions`` and no international one."""
    return min(*map(shortest_number, regions), INTERNATIONAL)


def can_hold(group: str, plus: bool, extended: bool, regions: tuple[str, ...]) -> bool:
    """Whether a group of digits can hold a number of ``regions``.

    With a plus sign at hand? With an extension behind it?
    """
    if plus and len(_digits(group)) >= INTERNATIONAL:
        return True
    return _holds_national(group, extended, regions)


def _digits(group: str) -> str:
    return "".join(_DIGITS.findall(group))


@lru_cache(maxsize=1 << 16)
def _holds_national(group: str, extended: bool, regions: tuple[str, ...]) -> bool:
    parts = _DIGITS.findall(group)
    digits = sum(map(len, parts))
    least = min(map(shortest_number, regions))
    extended = extended or _EXTENDING.search(group) is not None
    if extended or len(parts) > _PARTS_ASKED or digits > LONGEST_NUMBER:
        return digits >= least
    if len(parts[0]) >= _EXTENSION + least:
        return True
    return any(are_number(run, regions) for run in _runs(parts, least))


def _runs(parts: list[str], least: int) -> Iterator[str]:
    """Neighbouring parts written together, of so many digits or more."""
    ends = range(1, len(parts) + 1)
    runs = ("".join(parts[start:end]) for end in ends for start in range(end))
    return (run for run in runs if len(run) >= least)
