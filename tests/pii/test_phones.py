import random

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberMatcher
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from corpusmill.pii.phones import (
    DIALLED,
    INTERNATIONAL,
    FastPhoneRecognizer,
    group_by_shortest,
    phone_places,
    shortest_number,
)
from corpusmill.pii.rules import REGIONS

pytestmark = pytest.mark.heavy

SAMPLES = [
    "call 212-555-0100 or (212) 555 0101, fax +1 212.555.0102 x77",
    "+44 20 7946 0958 and 020 7946 0958 and 0044 20 7946 0958",
    "030/1234567, 089 636-48018, +49 (0)89 63648018, 0800 3301000",
    "01 42 68 53 00 or +33 1 42 68 53 00 or 0033142685300",
    "03-6123456 in IL; 098765 43210 in IN; (11) 91234-5678 in BR",
    "٠١٢٣٤٥٦٧٨٩ and 0\uff13\uff10 1\uff12\uff13\uff14\uff15\uff16\uff17 in other digits",
    "2012-01-02 08:00, 3/10/2011, 1640, 1699, 01645, 164012, in 1645-1650",
    "192.168.100.12 v1.2.3.4 211-227 (2003) 12(3): 211-227 (2003)",
    "1xxx2345 0xFFFF1234 555XXX1234 123 xxx 4567 212xx5550100",
    "+43 1234, +491640, + 49 1641, ++49 1642, (+49 1643)",
    "abc8005001234 8005001234def $8005001234 8005001234%",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23",
    "3324451234 8002341234 651-234-2345/332-445-1234 (650) 223 3345 (754) 223 3321",
    "(((((650) 223-3345 [030] 1234567~12 12345. 332-445-1234 12345 - 332-445-1234",
    "tel:030-1234567;ext=12 030-1234567 ext. 12 030 1234567#5 030 1234567 доб 15",
    "650 223-3345~12, 650 223-3346#12, 650 223-3347 x12, 650 223-3348 - 12#, 650 223-3349 int 1",
    "020 7946 0958 ~ 1, 020 7946 0959\uff5e22, 020 7946 0951,ext 33, 020 7946 0952;ext=44 #5",
    "12345678901234567890123456789012345678901234567890 " * 9,
]


def made_up_texts():
    draw = random.Random(11)
    signs = "0123456789" * 6 + " -./()+x[],:\n" * 2 + "aé%$"
    return ["".join(draw.choices(signs, k=160)) for _ in range(120)]


def places(results):
    return sorted({(r.start, r.end) for r in results})


@pytest.mark.parametrize("text", [*SAMPLES, *made_up_texts()])
def test_the_fast_recogniser_finds_what_presidios_finds(text):
    stock = PhoneRecognizer(supported_regions=REGIONS)

    found = FastPhoneRecognizer(REGIONS).analyze(text, ["PHONE_NUMBER"])

    assert places(found) == places(stock.analyze(text, ["PHONE_NUMBER"]))
    assert {(r.score, r.recognition_metadata["recognizer_name"]) for r in found} <= {
        (0.4, "PhoneRecognizer")
    }


@pytest.mark.parametrize("text", [*SAMPLES, *made_up_texts()])
def test_every_number_that_the_library_matches_lies_in_a_place(text):
    for regions in group_by_shortest(REGIONS):
        holding = list(phone_places(text, regions))

        for region in regions:
            for match in PhoneNumberMatcher(text, region, leniency=1):
                assert any(start < match.end and match.start < end for start, end in holding)


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


def test_regions_are_grouped_by_their_shortest_number():
    shortest_first = group_by_shortest(REGIONS)  # the US share Canada's numbers of 7 digits

    assert shortest_first == [("DE",), ("US", "GB", "IL", "CA"), ("FR", "IN", "BR")]


def test_years_dates_and_times_open_no_place_unless_they_are_numbers_too():
    text = "in 1789 and 2024, at 12:34:56, 1640 is a German pager"

    found = [text[start:end] for start, end in phone_places(text, ("DE",))]

    assert found == ["1640"]
