"""Which digits are a telephone number where they are dialled: the phone library's answer, sooner.

The library's parser takes some 50 microseconds to refuse what most digits are, a year or a date.
In front of it stands a pattern a region, made from the library's metadata, that all numbers of the
library fit (and more): a dialling prefix and anything, or the digits of a national number of the
region or of one that shares its calling code, with or without calling code and national prefix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc, PhoneNumberMatcher

INTERNATIONAL = 6  # country code and number, after a plus sign
DIALLED = 8  # dialling prefix, country code and number
LONGEST_NUMBER = 40  # twice what a prefix, a country code and a number can have

_FIRST_GROUP = r"\1"  # of a format: nothing stands before the number itself
_TYPES = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)


@cache
def shortest_number(region: str) -> int:
    """Fewest digits of a number written the way ``region`` writes its own; at most ``DIALLED``.

    Countries that share a calling code share their numbers. Where the library completes a local
    number by the area code, the local length counts.
    """
    lengths = [DIALLED]
    for metadata in _neighbours(region):
        general = metadata.general_desc or PhoneNumberDesc()
        lengths += general.possible_length
        if metadata.id == region and metadata.national_prefix_transform_rule:
            lengths += general.possible_length_local_only
    return min(length for length in lengths if length > 0)


@lru_cache(maxsize=1 << 16)
def is_number(written: str, region: str) -> bool:
    """Whether what is written is a number that the library finds where nothing stands around it.

    Asked of digits alone, it also answers for all ways to write them with signs between that the
    library reads through, but for a plus sign, the letter x and signs that begin an extension.
    """
    if written.isdecimal() and not _may_be_number(written, (region,)):
        return False
    matcher = PhoneNumberMatcher(written, region, leniency=phonenumbers.Leniency.VALID)
    return matcher._parse_and_verify(written, 0) is not None


def are_number(digits: str, regions: tuple[str, ...]) -> bool:
    """Whether the digits are a number in one of the regions at least."""
    if not _may_be_number(digits, regions):
        return False
    return any(is_number(digits, region) for region in regions)


def _may_be_number(digits: str, regions: tuple[str, ...]) -> bool:
    if len(digits) > LONGEST_NUMBER:
        return False
    return not digits.isascii() or _forms(regions).fullmatch(digits) is not None


@cache
def _forms(regions: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all; `re`, for `regex` takes three times as long to refuse."""
    return re.compile(_either([_form(region) for region in regions]))


def _form(region: str) -> str:
    """What the digits of every number look like that is dialled in ``region``."""
    neighbours = _neighbours(region)
    main, own = neighbours[0], next(m for m in neighbours if m.id == region)
    prefix = _either([own.national_prefix_for_parsing, main.national_prefix_for_parsing])
    numbers = [_number(metadata) for metadata in neighbours]
    # A rule that rewrites the prefix may put any digits in its place.
    if own.national_prefix_transform_rule or main.national_prefix_transform_rule:
        numbers.append(rf"{prefix}\d*")
    number, code = _either(numbers), own.country_code
    abroad = rf"{_either([own.international_prefix])}[1-9]\d+"  # no calling code begins with 0
    bare = rf"(?:(?={prefix})|{_without_prefix(main)}){number}"
    return _either([abroad, rf"{code}{prefix}{{0,2}}{number}", prefix + number, bare])


def _number(metadata: PhoneMetadata) -> str:
    """National numbers of a country: what is of no type is none."""
    kinds = (getattr(metadata, name) for name in _TYPES)
    return _either([kind.national_number_pattern for kind in kinds if kind is not None])


def _without_prefix(main: PhoneMetadata) -> str:
    """Stands before what may lack the national prefix: the formats of some numbers ask for it."""
    formats: dict[bool, list[str]] = {True: [], False: []}
    for each in main.number_format:
        rule = each.national_prefix_formatting_rule or _FIRST_GROUP
        optional = each.national_prefix_optional_when_formatting
        asks = rule.strip("()") != _FIRST_GROUP and not optional
        leading = "".join(f"(?={pattern})" for pattern in each.leading_digits_pattern[-1:])
        formats[asks].append(f"{leading}(?:{each.pattern})")
    return rf"(?={_either(formats[False])}$)|(?!{_either(formats[True])}$)"


def _either(patterns: Sequence[str | None]) -> str:
    different = dict.fromkeys(pattern for pattern in patterns if pattern)
    return f"(?:{'|'.join(f'(?:{pattern})' for pattern in different)})"


@cache
def _neighbours(region: str) -> list[PhoneMetadata]:
    """The countries that share the calling code of ``region``, the main one first."""
    code = phonenumbers.country_code_for_region(region)
    regions = phonenumbers.region_codes_for_country_code(code)
    return list(filter(None, map(PhoneMetadata.metadata_for_region, regions)))
