"""Phone numbers: where one can stand, and the phone library's matcher without its vain attempts.

A phone number is a group of digits joined by at most four of the signs the library reads through.
What cannot be one is known without the library's slow parser:

- A national number has at least the shortest length that the library's metadata has for its
  country; an international one 6 digits after a plus sign, or 8 with a dialling prefix.
- Digits that are no valid number when written together are none with signs between them. This is
  asked once and kept, for years and dates repeat. It says nothing where there is a plus sign or
  a sign that may begin an extension, and nothing of the letter x, which may stand for a digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

import phonenumbers
import regex
from phonenumbers import PhoneMetadata, PhoneNumberMatch, PhoneNumberMatcher
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

INTERNATIONAL = 6  # country code and number, after a plus sign
DIALLED = 8  # dialling prefix, country code and number
LONGEST_NUMBER = 40  # twice what a prefix, a country code and a number can have
LEAD = 10  # a plus sign stands at most so many characters before the digits
SHORT = 6  # groups of so many digits are looked up before a window is opened for them

_PLAIN_JOINTS = (
    r"\-\u2010-\u2015\u2212\u30FC\uFF0D-\uFF0F \u00A0\u00AD\u200B\u2060\u3000()"
    r"\uFF08\uFF09\uFF3B\uFF3D.\[\]/\u2053\u223C"
)
_JOINTS = _PLAIN_JOINTS + r"xX~\uFF5E"  # these may begin an extension
_LONGEST_GROUP = 200  # a longer one goes on in the next match
_PLUS = regex.compile(r"[+\uFF0B]")
_PLAIN = regex.compile(rf"[\d{_PLAIN_JOINTS}]*")
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
        found = [
            self._get_recognizer_result(match, text, region, nlp_artifacts)  # type: ignore[no-untyped-call]
            for region in self.supported_regions
            for match in _Matcher(text, region, leniency=phonenumbers.Leniency.VALID)
        ]
        return list(EntityRecognizer.remove_duplicates(found))


class _Matcher(PhoneNumberMatcher):
    """Leaves out the parsing of candidates that cannot be valid."""

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        if len(candidate) < min(shortest_number(self.preferred_region), INTERNATIONAL):
            return None
        if _PLAIN.fullmatch(candidate):
            digits = "".join(_DIGITS.findall(candidate))
            if not is_number(digits, self.preferred_region):
                return None
        return super()._parse_and_verify(candidate, offset)


@cache
def shortest_number(region: str) -> int:
    """Fewest digits of a number written the way ``region`` writes its own; at most ``DIALLED``.

    Countries that share a calling code share their numbers. Where the library completes a local
    number by the area code, the local length counts.
    """
    code = phonenumbers.country_code_for_region(region)
    lengths = [DIALLED]
    for neighbour in phonenumbers.region_codes_for_country_code(code):
        metadata = PhoneMetadata.metadata_for_region(neighbour)
        if metadata is None or metadata.general_desc is None:
            continue
        lengths += metadata.general_desc.possible_length
        if neighbour == region and metadata.national_prefix_transform_rule:
            lengths += metadata.general_desc.possible_length_local_only
    return min(length for length in lengths if length > 0)


def group_by_shortest(regions: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The regions in groups of equal ``shortest_number``, so that few see what is short.

    Shortest first; inside a group in the order given.
    """
    lengths = sorted({shortest_number(region) for region in regions})
    return [tuple(r for r in regions if shortest_number(r) == length) for length in lengths]


@lru_cache(maxsize=1 << 16)
def is_number(digits: str, region: str) -> bool:
    """Whether the digits, dialled in ``region``, are a valid number of any country."""
    if not shortest_number(region) <= len(digits) <= LONGEST_NUMBER:
        return False
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(digits, region)))
    except phonenumbers.NumberParseException:
        return False


def phone_places(text: str, regions: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Digit groups, (start, end) in order, that can hold a phone number of ``regions``."""
    least = min(map(shortest_number, regions))
    for match in _groups(min(least, INTERNATIONAL)).finditer(text):
        parts = _DIGITS.findall(match[0])
        plus = _PLUS.search(text, max(0, match.start() - LEAD), match.end()) is not None
        if _can_hold(match[0], parts, plus, regions):
            yield match.span()


@cache
def _groups(digits: int) -> regex.Pattern[str]:
    return regex.compile(rf"\d(?:[{_JOINTS}]{{0,4}}\d){{{digits - 1},{_LONGEST_GROUP}}}")


def _can_hold(group: str, parts: list[str], plus: bool, regions: tuple[str, ...]) -> bool:
    """Short groups, most of them years, must have a run of parts that is a number."""
    digits = sum(map(len, parts))
    if plus and digits >= INTERNATIONAL:
        return True
    if digits > SHORT or "x" in group or "X" in group:
        return digits >= min(map(shortest_number, regions))
    ends = range(1, len(parts) + 1)
    runs = ["".join(parts[start:end]) for end in ends for start in range(end)]
    return any(is_number(run, region) for region in regions for run in runs)
