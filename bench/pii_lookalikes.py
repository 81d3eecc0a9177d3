"""What looks like personal data and is none: how many characters of it finders would take.

usage: python bench/pii_lookalikes.py [--values 500]

Made values, each in a line of its own. Told is the share of values that a finding touches, for our
recogniser and for the finders of ``bench/pii_labelled.py``, Presidio's own engine among them.
"""

from __future__ import annotations

import argparse
import random
import uuid
from collections.abc import Callable

from pii_labelled import finders_of

LINE = "see {} for more"


def luhn(digits: list[int]) -> str:
    """The digits, and the one that makes them pass the check of cards."""
    doubled = [sum(divmod(2 * d, 10)) if n % 2 == 0 else d for n, d in enumerate(digits[::-1])]
    return "".join(map(str, [*digits, -sum(doubled) % 10]))


def parts(draw: random.Random, *bounds: int) -> list[str]:
    """A number below each of the bounds."""
    return [str(draw.randrange(bound)) for bound in bounds]


MADE: dict[str, Callable[[random.Random], str]] = {
    "version a.b.c": lambda d: "v" + ".".join(parts(d, 30, 30, 30)),
    "version a.b.c.d": lambda d: "Version=" + ".".join(parts(d, 12, 10, 30_000, 300)),
    "version a.b.0.0": lambda d: "Version=" + ".".join([*parts(d, 12, 10), "0", "0"]),
    "section number": lambda d: "\u00a7" + ".".join(parts(d, 9, 9, 9, 9)),
    "date and time": lambda d: "20{}-0{}-1{} 0{}:1{}:2{}".format(*parts(d, 30, 9, 9, 9, 9, 9)),
    "seconds since 1970": lambda d: str(1_500_000_000 + d.randrange(300_000_000)),
    "years": lambda d: "{}-{} ({})".format(*(1800 + d.randrange(225) for _ in range(3))),
    "UUID": lambda d: str(uuid.UUID(int=d.getrandbits(128), version=4)),
    "SHA-256": lambda d: f"{d.getrandbits(256):064x}",
    "ISBN": lambda d: "978-{}-{}-{}-{}".format(*parts(d, 9, 999, 99_999, 9)),
    "order, 9 digits": lambda d: f"order {d.randrange(10**8, 10**9)}",
    "order, 12, Luhn": lambda d: luhn([d.randrange(10) for _ in range(11)]),
    "order, 16, Luhn": lambda d: luhn([9, *(d.randrange(10) for _ in range(14))]),
    "order, 16, card's": lambda d: luhn([4, *(d.randrange(10) for _ in range(14))]),
    "price list": lambda d: "  ".join(
        f"{d.randrange(5000)}.{d.randrange(100):02d}" for _ in range(4)
    ),
    "IP, private": lambda d: "192.168." + ".".join(parts(d, 256, 256)),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=500)
    count = parser.parse_args().values
    finders = dict(finders_of(stock=True))
    print(
        f"{'':<20}" + "".join(f"{name:>12}" for name in finders) + "   kinds that ours takes it for"
    )
    for name, make in MADE.items():
        draw = random.Random(5)
        lines = [LINE.format(make(draw)) for _ in range(count)]
        found = {of: [finder.find(line) for line in lines] for of, finder in finders.items()}
        shares = "".join(f"{100 * sum(map(bool, of)) / count:>10.1f} %" for of in found.values())
        kinds = sorted({span.kind for spans in found["ours"] for span in spans})
        print(f"{name:<20}{shares}   {', '.join(kinds)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
