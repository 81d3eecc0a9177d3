import gzip
import itertools
import json
import random
import re
from pathlib import Path

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from corpusmill.pii.gate import Gate
from corpusmill.pii.phones import FastPhoneRecognizer, can_hold
from corpusmill.pii.rules import REGIONS

pytestmark = pytest.mark.heavy

MIXED = Path(__file__).parents[3] / "shared" / "data" / "mixed-corpus" / "part-03.jsonl.gz"
GAPS = (" " * 47, " " * 60, "\t" * 50 + "," * 50)
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
    "no 900321146 ext. 484 y, Ligue 900321146, ext 054; 900 321146 #12; 900-865-660 - 3# 900321146",
    *(
        f"qty 12{gap}# 20 {number} end"
        for gap in GAPS
        for number in ("030 1234567", "212 555 0143")
    ),
    *(f"Office: +1 212 555 0143{gap}ext.{gap}5175" for gap in GAPS),
    *(f"12{gap}345# 030 1234567 or 12{gap}# 3{gap}# 4 020 7946 0958 x{gap}1" for gap in GAPS),
    "12#1234567890301234567 and 5 int 1234567890301234567, 12 ext 123456789012345678900301234567",
    "030~1234567 030 1234567-12# 030 12345 67890 12345 0301234567 1-2 x345678",
    "9781234567897 1640995200000 20240131 2024-01-31 1999-2004 555 1234567 0 30 12 34 56 7",
]
NEARBY = 48
FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)
JOINTS = [" ", "-", ".", "/", " - ", "\u2010", "\u00a0", "\u2013 ", "", ") (", "x", "~", "\u3000"]
TAILS = ["", " x12", " ext. 123", ";ext=5", "-12#", " int 7", "~3", ", 12", "#123456789"]
BESIDE = ["in 2024 ", "2012-01-02 08:00:05 ", "v1.2.3 ", "+ ", "(", "tel:", "§ 12.3.4, ", "a", "$ "]


def made_up_texts():
    draw = random.Random(11)
    signs = "0123456789" * 6 + " -./()+x[],:\n" * 2 + "aé%$"
    return ["".join(draw.choices(signs, k=160)) for _ in range(120)]


def example_texts(region):
    """The library's examples of a region as it writes them, and with other signs between."""
    draw = random.Random(region)
    types = PhoneNumberType.values()
    numbers = [phonenumbers.example_number_for_type(region, each) for each in types]
    for number in {str(number): number for number in numbers if number}.values():
        for form in FORMATS:
            written = phonenumbers.format_number(number, form)
            parts = re.split(r"[ .-]", written)
            rejoined = "".join(part + draw.choice(JOINTS) for part in parts)
            for each in (written, rejoined):
                yield (
                    draw.choice(BESIDE)
                    + each
                    + draw.choice(TAILS)
                    + draw.choice(["", " 1999", "b"])
                )


def mixed_texts():
    """Dates, years, versions and numbers of a few regions in one line, and groups of digits."""
    draw = random.Random(5)
    numbers = [text for region in (*REGIONS, "IT", "AG") for text in example_texts(region)]
    for _ in range(150):
        groups = ["".join(draw.choices("0123456789", k=draw.randint(1, 9))) for _ in range(6)]
        pieces = [*draw.sample(numbers, 2), *draw.sample(BESIDE, 3), *groups]
        draw.shuffle(pieces)
        yield "".join(piece + draw.choice([*JOINTS, " ", ", "]) for piece in pieces)


def in_windows(text, regions):
    recogniser = FastPhoneRecognizer(regions)
    windows = [
        w for _, found in Gate([text]).windows("PHONE_NUMBER", NEARBY, regions) for w in found
    ]
    return sorted(
        {
            (result.start + start, result.end + start)
            for start, end in windows
            for result in recogniser.analyze(text[start:end], ["PHONE_NUMBER"])
        }
    )


def stock_places(text, regions):
    return places(PhoneRecognizer(supported_regions=regions).analyze(text, ["PHONE_NUMBER"]))


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


@pytest.mark.parametrize("text", [*SAMPLES, *made_up_texts(), *mixed_texts()])
def test_windows_hold_all_that_the_stock_recogniser_finds_in_the_text(text):
    assert in_windows(text, REGIONS) == stock_places(text, REGIONS)


@pytest.mark.parametrize(
    ("text", "region"),
    [("no 900321146 ext. 484 y", "BR"), ("8011506570#12", "BY")],
)
def test_numbers_that_only_their_extension_makes_valid_are_found(text, region):
    bare = text.replace(" ext. 484", "").replace("#12", "")

    assert in_windows(text, (region,)) == stock_places(text, (region,)) != []
    assert in_windows(bare, (region,)) == stock_places(bare, (region,)) == []


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_of_every_region_are_found_as_they_are_written(region):
    texts = list(example_texts(region))

    found = [in_windows(text, (region, "US", "DE")) for text in texts]

    assert found == [stock_places(text, (region, "US", "DE")) for text in texts]
    assert any(found)


def test_windows_hold_all_that_the_stock_recogniser_finds_in_data():
    if not MIXED.exists():
        pytest.skip("../shared/data is not here: no texts to compare on")
    with gzip.open(MIXED, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in itertools.islice(lines, 0, 3_000, 20)]

    found = [in_windows(text, REGIONS) for text in texts]

    assert found == [stock_places(text, REGIONS) for text in texts]
    assert any(found)


@pytest.mark.parametrize(
    ("group", "plus", "held"),
    [
        ("1789", False, False),
        ("1640", False, True),  # a German pager
        ("2012-01-02", False, False),
        ("12.31.1999", False, False),
        ("1.2.3.4", False, False),
        ("030 1234567", False, True),
        ("0031", False, False),
        ("31 20 1234567", True, True),
        ("1999-030 1234567", False, True),
    ],
)
def test_years_dates_and_versions_hold_no_number_unless_they_are_numbers_too(group, plus, held):
    assert can_hold(group, plus, False, ("DE",)) == held
