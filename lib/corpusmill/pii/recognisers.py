"""Presidio's recognisers, set up so that neither the network nor the clock decides what they find.

- E-mail addresses are checked against the list of public suffixes that tldextract ships;
  Presidio's own recogniser fetches a fresher one when it can.
- Presidio skips a pattern that takes longer than a time limit, and lets its finds pass. The limit
  is taken away: the windows of ``gate`` bound the time instead.
- Presidio's log quotes what it could not read. It is silenced.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import spacy
import tldextract
from presidio_analyzer import EntityRecognizer, RecognizerRegistry, pattern_recognizer
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    UsSsnRecognizer,
)
from presidio_analyzer.predefined_recognizers.generic import iban_recognizer
from spacy.language import Language
from spacy.tokens import Doc

from corpusmill.pii.phones import FastPhoneRecognizer, group_by_shortest
from corpusmill.pii.rules import PiiRules

LANGUAGE = "en"
_LEMMAS = "corpusmill_words_as_lemmas"
_TIME_LIMIT = "REGEX_TIMEOUT_SECONDS"


@dataclass(frozen=True)
class Detector:
    """What finds one kind: recognisers of one name, each with the regions it is for.

    Only phone numbers have regions, and more than one recogniser.
    """

    kind: str
    recognisers: tuple[tuple[EntityRecognizer, tuple[str, ...]], ...]

    @property
    def name(self) -> str:
        """Presidio's name of the recognisers."""
        return str(self.recognisers[0][0].name)  # type: ignore[has-type]

    @property
    def context_words(self) -> list[str]:
        """Words that make a finding likelier when they, or words they are part of, stand near."""
        return list(self.recognisers[0][0].context)


class OfflineEmailRecognizer(EmailRecognizer):
    """Presidio's e-mail recogniser with the suffix list that came with tldextract."""

    def __init__(self) -> None:
        """Under Presidio's name; reads the list once."""
        super().__init__(name=EmailRecognizer.__name__)
        self._split = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the address ends in a public suffix with a name before it."""
        return bool(self._split(pattern_text).fqdn)


def build_detectors(rules: PiiRules) -> list[Detector]:
    """One detector a kind, in the order of ``rules.kinds``."""
    silence_presidio()
    lift_time_limits()
    return [Detector(kind, _recognisers(kind, rules)) for kind in rules.kinds]


def build_words() -> SpacyNlpEngine:
    """A blank English tokeniser as Presidio's language engine; no model, nothing fetched.

    Presidio looks for context words among lemmas, and a blank pipeline has none: words stand in.
    """
    engine = SpacyNlpEngine()
    pipeline = spacy.blank(LANGUAGE)
    pipeline.add_pipe(_LEMMAS)
    engine.nlp = {LANGUAGE: pipeline}  # type: ignore[assignment]
    return engine


def silence_presidio() -> None:
    """No record of Presidio reaches any log: some of them quote the text."""
    logging.getLogger("presidio-analyzer").disabled = True


def lift_time_limits() -> None:
    """Patterns run to their end. Raises RuntimeError when Presidio keeps its limit elsewhere."""
    for module in (pattern_recognizer, iban_recognizer):
        if not hasattr(module, _TIME_LIMIT):
            raise RuntimeError(f"{module.__name__} has no {_TIME_LIMIT} to lift")
        setattr(module, _TIME_LIMIT, None)


@Language.component(_LEMMAS)
def _words_as_lemmas(doc: Doc) -> Doc:
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def _recognisers(
    kind: str, rules: PiiRules
) -> tuple[tuple[EntityRecognizer, tuple[str, ...]], ...]:
    """Phone numbers take a recogniser a group of regions, so that few see the short groups."""
    if kind == "PHONE_NUMBER":
        groups = group_by_shortest(rules.regions)
        return tuple((FastPhoneRecognizer(group), group) for group in groups)
    return ((_BUILDERS[kind](), ()),)


def _ip_recogniser() -> IpRecognizer:
    """Without the pattern of ``::``, the address of nobody and a common sign in programs."""
    patterns = [p for p in IpRecognizer.PATTERNS if p.name != "IPv6_unspecified"]
    return IpRecognizer(patterns=patterns)


def _iban_recogniser() -> IbanRecognizer:
    """With the flags that Presidio's registry gives it: small letters count too."""
    recogniser = IbanRecognizer()
    recogniser.global_regex_flags = RecognizerRegistry().global_regex_flags
    return recogniser


_BUILDERS: dict[str, Callable[[], EntityRecognizer]] = {
    "EMAIL_ADDRESS": OfflineEmailRecognizer,
    "IP_ADDRESS": _ip_recogniser,
    "CREDIT_CARD": CreditCardRecognizer,
    "IBAN_CODE": _iban_recogniser,
    "US_SSN": UsSsnRecognizer,
}
