"""What personal data is looked for, and how sure a finding must be: ``pii`` in the recipe."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

KINDS = ("EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN")
REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")
CONTEXT_BOUNDS = (0, 1_000)
MILLION = 1_000_000


@dataclass(frozen=True)
class PiiRules:
    """What counts as personal data.

    kinds      Presidio's names of what to look for, each once
    threshold  least score that counts, 0 to 1; Presidio gives a plain phone number 0.4 and no more
    regions    countries whose national phone numbers are known, by ISO name (``GB``, no ``UK``)
    context    characters around a candidate in which words such as "phone" raise its score

    Raises ValueError naming the key and what it allows.
    """

    kinds: tuple[str, ...] = KINDS
    threshold: float = 0.4
    regions: tuple[str, ...] = REGIONS
    context: int = 120

    def __post_init__(self) -> None:
        """Refuse what no recogniser knows."""
        _refuse_unknown("kinds", self.kinds, KINDS)
        _refuse_unknown("regions", self.regions, tuple(sorted(phonenumbers.SUPPORTED_REGIONS)))
        if "PHONE_NUMBER" in self.kinds and not self.regions:
            raise ValueError("regions: PHONE_NUMBER needs at least one")
        if not 0 <= self.threshold <= 1:
            raise ValueError("threshold: a number from 0 to 1")
        low, high = CONTEXT_BOUNDS
        if not low <= self.context <= high:
            raise ValueError(f"context: a whole number from {low} to {high}")

    @property
    def threshold_millionths(self) -> int:
        """The threshold in the unit of ``Span.score``."""
        return millionths(self.threshold)


def millionths(score: float) -> int:
    """A score between 0 and 1 as a whole number, so that comparing and storing it is exact."""
    return round(score * MILLION)


def _refuse_unknown(key: str, values: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    unknown = sorted(set(values) - set(allowed))
    if unknown:
        raise ValueError(f"{key}: {', '.join(unknown)} not known; allowed: {', '.join(allowed)}")
    if len(set(values)) < len(values):
        raise ValueError(f"{key}: each may be named once")
