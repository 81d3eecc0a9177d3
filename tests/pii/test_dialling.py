import random

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberMatcher, PhoneNumberType

from corpusmill.pii.dialling import DIALLED, INTERNATIONAL, is_number, shortest_number

pytestmark = pytest.mark.heavy

ALL_REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)


def examples(region):
    """An example of each type of number of a region."""
    types = PhoneNumberType.values()
    numbers = (phonenumbers.example_number_for_type(region, each) for each in types)
    return [number for number in numbers if number is not None]


def ways_to_dial(region):
    """Digits alone: national, from abroad with each prefix, with the calling code and no plus."""
    for number in examples(region):
        yield from (phonenumbers.format_number(number, form) for form in FORMATS)
        code = str(number.country_code)
        own = phonenumbers.national_significant_number(number)
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        yield from (own, code + own, code + national, own[1:], own + "1")
        yield from (prefix + code + own for prefix in ("00", "011", "0011", "0014", "9"))


def digits_of(text):
    return "".join(character for character in text if character.isdecimal())


def stock(digits, region):
    matcher = PhoneNumberMatcher(digits, region, leniency=phonenumbers.Leniency.VALID)
    return matcher._parse_and_verify(digits, 0) is not None


@pytest.mark.parametrize("region", ALL_REGIONS)
def test_digits_are_a_number_where_the_library_says_so(region):
    others = random.Random(region).sample(ALL_REGIONS, 3)
    written = {digits_of(way) for home in (region, *others) for way in ways_to_dial(home)}

    answers = {digits: is_number(digits, region) for digits in written}

    assert answers == {digits: stock(digits, region) for digits in written}
    assert any(answers.values())


@pytest.mark.parametrize(
    "region", ["US", "GB", "DE", "FR", "IL", "IN", "CA", "BR", "AG", "AR", "IT"]
)
def test_random_digits_are_a_number_where_the_library_says_so(region):
    draw = random.Random(region)
    beginnings = ["", "0", "00", "1", "90", "0041", "268", str(2024)]
    lengths = [*range(2, 16)] * 15
    written = [
        draw.choice(beginnings) + "".join(draw.choices("0123456789", k=size)) for size in lengths
    ]

    assert [is_number(each, region) for each in written] == [stock(w, region) for w in written]


def test_digits_of_other_scripts_count():
    assert is_number("\uff10\uff13\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17", "DE")
    assert not is_number("\uff12\uff10\uff12\uff14", "DE")


@pytest.mark.parametrize("region", ["US", "GB", "DE", "AT", "AG", "JE", "AR", "NU"])
def test_no_number_is_shorter_than_the_shortest(region):
    shorter = range(2, min(shortest_number(region), 6))
    texts = (
        f"{n:0{size}}" for size in shorter for n in range(0, 10**size, max(1, 10**size // 999))
    )

    matched = [text for text in texts if any(PhoneNumberMatcher(text, region, leniency=1))]

    assert matched == []


def test_no_international_number_of_the_library_has_fewer_digits_than_assumed():
    lengths = [
        len(str(phonenumbers.country_code_for_region(region))) + length
        for region in phonenumbers.SUPPORTED_REGIONS
        for length in PhoneMetadata.metadata_for_region(region).general_desc.possible_length
        if length > 0
    ]

    assert min(lengths) == INTERNATIONAL
    assert DIALLED == INTERNATIONAL + 2
