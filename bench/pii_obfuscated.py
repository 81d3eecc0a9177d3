"""How much personal data is found that is written to be overlooked: as it stands, and normalised.

usage: python bench/pii_obfuscated.py [--values 200]

Made values of three kinds, each written in several ways into a sentence. A value is found where its
sentence has a finding of its kind. ``redact-pii`` sees normalised texts, without zero-width spaces
and joiners: so both are told. Nothing here is promised.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable

import phonenumbers

from corpusmill.pii.analyse import Analyser
from corpusmill.pii.rules import PiiRules
from corpusmill.text.normalise import TextRules, normalise

ZERO_WIDTH = "\u200b"
SELECTOR = "\ufe0f"  # shows nothing either, and stays
MARKED = f".{ZERO_WIDTH}"
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
FULL_DIGITS = {code: FULL_WIDTH[code] for code in range(0x30, 0x3A)}
REGIONS = ("US", "GB", "DE", "FR")
SENTENCES = ("my phone number or mail is {} as ever.", "{}", "Call or write: {}; thanks!")


def mails(draw: random.Random) -> str:
    names = ("jo", "ann.lee", "m_weber", "k-sato", "lopez77", "dupont")
    hosts = ("example.org", "mail.example.co.uk", "post-amt.de", "ecole.fr", "lab.edu")
    return f"{draw.choice(names)}{draw.randrange(1000)}@{draw.choice(hosts)}"


def phones(draw: random.Random) -> str:
    region = draw.choice(REGIONS)
    base = str(phonenumbers.example_number(region).national_number)
    for _ in range(1000):
        digits = base[:-4] + f"{draw.randrange(10_000):04d}"
        number = phonenumbers.parse(digits, region)
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    raise RuntimeError(f"no valid number like {base} of {region}")


def cards(draw: random.Random) -> str:
    digits = [4, *(draw.randrange(10) for _ in range(14))]
    doubled = [sum(divmod(2 * d, 10)) if n % 2 == 0 else d for n, d in enumerate(digits)]
    digits.append(-sum(doubled) % 10)
    text = "".join(map(str, digits))
    return " ".join(text[at : at + 4] for at in range(0, 16, 4))


WAYS: dict[str, tuple[Callable[[random.Random], str], dict[str, Callable[[str], str]]]] = {
    "EMAIL_ADDRESS": (
        mails,
        {
            "plain": str,
            "full width": lambda v: v.translate(FULL_WIDTH),
            "zero width inside": lambda v: v.replace("@", f"{ZERO_WIDTH}@").replace(".", MARKED),
            "blanks around @": lambda v: v.replace("@", " @ "),
            "at and dot": lambda v: v.replace("@", " at ").replace(".", " dot "),
            "(at) and [dot]": lambda v: v.replace("@", " (at) ").replace(".", " [dot] "),
            "IDN host": lambda v: v.partition("@")[0] + "@b\u00fccher-stube.de",
            "IDN host, punycode": lambda v: v.partition("@")[0] + "@xn--bcher-stube-9db.de",
        },
    ),
    "PHONE_NUMBER": (
        phones,
        {
            "plain": str,
            "full-width digits": lambda v: v.translate(FULL_DIGITS),
            "zero width inside": lambda v: v.replace(" ", f" {ZERO_WIDTH}"),
            "dots": lambda v: v.replace(" ", ".").replace("-", "."),
            "a blank each": lambda v: " ".join(v.replace(" ", "").replace("-", "")),
            "without plus": lambda v: v.removeprefix("+"),
        },
    ),
    "CREDIT_CARD": (
        cards,
        {
            "plain": str,
            "full-width digits": lambda v: v.translate(FULL_DIGITS),
            "zero width inside": lambda v: v.replace(" ", f"{ZERO_WIDTH} "),
            "selectors inside": lambda v: v.replace(" ", f"{SELECTOR} "),
            "dots": lambda v: v.replace(" ", "."),
            "a blank each": lambda v: " ".join(v.replace(" ", "")),
        },
    ),
}


def share(analyser: Analyser, kind: str, values: list[str], clean: bool) -> float:
    rules, hits = TextRules(), 0
    for number, value in enumerate(values):
        text = SENTENCES[number % len(SENTENCES)].format(value)
        text = normalise(text, rules).text if clean else text
        hits += any(span.kind == kind for span in analyser.find_spans(text))
    return 100 * hits / len(values)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=200)
    count = parser.parse_args().values
    analyser = Analyser(PiiRules())
    print(f"{'':<16}{'written':<22}{'as it stands':>14}{'normalised':>12}")
    for kind, (make, ways) in WAYS.items():
        draw = random.Random(7)
        made = [make(draw) for _ in range(count)]
        for name, way in ways.items():
            values = [way(value) for value in made]
            found = [share(analyser, kind, values, clean) for clean in (False, True)]
            print(f"{kind:<16}{name:<22}{found[0]:>12.1f} %{found[1]:>10.1f} %")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
