"""Presidio's recognisers, set up so that neither the network nor the clock decides what they find.

- E-mail addresses are checked against the list of public suffixes that tldextract ships;
  Presidio's own recogniser fetches a fresher one when it can.
- Presidio skips a pattern that takes longer than a time limit, and lets its finds pass. The limit
  is taken away: the windows of ``gate`` bound the time instead.
- Presidio's log quotes what it could not read. It is silenced.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import spacy
import tldextract
from presidio_analyzer import (
    AnalysisExplanation,
    EntityRecognizer,
    LocalRecognizer,
    PatternRecognizer,
    RecognizerRegistry,
    RecognizerResult,
    pattern_recognizer,
    predefined_recognizers,
)
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    CryptoRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    MacAddressRecognizer,
    UsSsnRecognizer,
)
from presidio_analyzer.predefined_recognizers.generic import iban_recognizer
from spacy.language import Language
from spacy.tokens import Doc

from corpusmill.pii.phones import FastPhoneRecognizer
from corpusmill.pii.rules import NAMES, SECRET, PatternRule, PiiRules
from corpusmill.pii.spans import AnalysisFailed

LANGUAGE = "en"
_LEMMAS = "corpusmill_words_as_lemmas"
_TIME_LIMIT = "REGEX_TIMEOUT_SECONDS"
_COUNTRIES = "country_specific"  # the package of recognisers of one country's ids
READ_ON = 400  # characters that RE2 may read for each that the work limit lets a recogniser see
_UNBOUNDED = re.compile(r"[*+]|,\}")


@dataclass(frozen=True)
class Detector:
    """What finds one kind. Only phone numbers have regions.

    ``whole`` says that it is shown texts as they are: it bounds its work itself.
    """

    kind: str
    recogniser: EntityRecognizer
    regions: tuple[str, ...] = ()
    whole: bool = False

    @property
    def name(self) -> str:
        """Presidio's name of the recogniser."""
        return str(self.recogniser.name)  # type: ignore[has-type]

    @property
    def context_words(self) -> list[str]:
        """Words that make a finding likelier when they, or words they are part of, stand near."""
        return list(self.recogniser.context)


class OfflineEmailRecognizer(EmailRecognizer):
    """Presidio's e-mail recogniser with the suffix list that came with tldextract."""

    def __init__(self, local_domains: tuple[str, ...] = ()) -> None:
        """Under Presidio's name; reads the list once. ``local_domains`` are taken for suffixes."""
        super().__init__(name=EmailRecognizer.__name__)
        self._split = tldextract.TLDExtract(
            cache_dir=None, suffix_list_urls=(), extra_suffixes=local_domains
        )

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the address ends in a suffix with a name before it."""
        return bool(self._split(pattern_text).fqdn)


class RecipePatternRecognizer(LocalRecognizer):
    """A pattern of the recipe, by RE2: one search takes linear time, whatever pattern and text are.

    Behind each match another search begins. One by a pattern that repeats something without bound
    may read on to the end of the text, so its matches are counted by what stands behind them.

    No recogniser of Presidio's for patterns, for that one reads them with another engine first.
    """

    def __init__(self, kind: str, rule: PatternRule, work_limit: int) -> None:
        """For findings of ``kind``, and under its name; ``work_limit`` is the one of the rules."""
        super().__init__([kind], name=kind, context=list(rule.context))
        self._pattern, self._score = rule.compiled(), rule.score
        self._reads_on = _UNBOUNDED.search(rule.pattern) is not None
        self._limit = READ_ON * work_limit

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What the pattern matches, leftmost first, none overlapping another.

        Raises AnalysisFailed where ``READ_ON`` times the work limit may have been read.
        """
        found, read = [], 0
        for match in self._pattern.finditer(text):
            read += len(text) - match.end() if self._reads_on else 0
            if read > self._limit:
                raise AnalysisFailed(str(self.name))  # type: ignore[has-type]
            if match.end() > match.start():
                found.append(self._result(*match.span()))
        return found

    def _result(self, start: int, end: int) -> RecognizerResult:
        name = str(self.name)  # type: ignore[has-type]
        said = {
            RecognizerResult.RECOGNIZER_NAME_KEY: name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
        }
        why = AnalysisExplanation(name, self._score)
        return RecognizerResult(name, start, end, self._score, why, said)


def build_detectors(rules: PiiRules) -> list[Detector]:
    """One detector a kind but ``SECRET`` and ``NAMES``, in the order of ``rules.kinds``."""
    silence_presidio()
    lift_time_limits()
    return [_detector(kind, rules) for kind in rules.kinds if kind not in (SECRET, *NAMES)]


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


def _detector(kind: str, rules: PiiRules) -> Detector:
    if kind == "PHONE_NUMBER":
        return Detector(kind, FastPhoneRecognizer(rules.regions), rules.regions)
    if kind in rules.patterns:
        return Detector(
            kind, RecipePatternRecognizer(kind, rules.patterns[kind], rules.work_limit), whole=True
        )
    return Detector(kind, _BUILDERS[kind](rules) if kind in _BUILDERS else _national()[kind])


@cache
def _national() -> dict[str, EntityRecognizer]:
    """Presidio's recognisers of ids of one country, by kind; they keep nothing of a text."""
    found = {}
    for recogniser in vars(predefined_recognizers).values():
        of_pattern = inspect.isclass(recogniser) and issubclass(recogniser, PatternRecognizer)
        if of_pattern and _COUNTRIES in recogniser.__module__:
            built = cast(EntityRecognizer, recogniser())
            found[str(built.supported_entities[0])] = built
    return found


def _ip_recogniser(_rules: PiiRules) -> IpRecognizer:
    """Without the pattern of ``::``, the address of nobody and a common sign in programs."""
    patterns = [p for p in IpRecognizer.PATTERNS if p.name != "IPv6_unspecified"]
    return IpRecognizer(patterns=patterns)


def _iban_recogniser(_rules: PiiRules) -> IbanRecognizer:
    """With the flags that Presidio's registry gives it: small letters count too."""
    recogniser = IbanRecognizer()
    recogniser.global_regex_flags = RecognizerRegistry().global_regex_flags
    return recogniser


_BUILDERS: dict[str, Callable[[PiiRules], EntityRecognizer]] = {
    "EMAIL_ADDRESS": lambda rules: OfflineEmailRecognizer(rules.local_domains),
    "IP_ADDRESS": _ip_recogniser,
    "CREDIT_CARD": lambda _: CreditCardRecognizer(),
    "IBAN_CODE": _iban_recogniser,
    "US_SSN": lambda _: UsSsnRecognizer(),
    "CRYPTO": lambda _: CryptoRecognizer(),
    "MAC_ADDRESS": lambda _: MacAddressRecognizer(),
}
