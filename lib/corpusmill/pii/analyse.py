"""Personal data of a text, found by Presidio's recognisers on the windows that can hold some.

Secrets and names have no windows: what finds them sees whole texts (``secrets``, ``names``).

Every other finding is what Presidio finds on the whole text, with three stated exceptions: tokens
longer than a window reaches, digit groups longer than a window, and context words further away than
``rules.context`` characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

from corpusmill.pii.gate import Gate, Window, surroundings
from corpusmill.pii.names import NameFinder
from corpusmill.pii.recognisers import (
    LANGUAGE,
    Detector,
    build_detectors,
    build_words,
    is_public,
)
from corpusmill.pii.rules import NAMES, SECRET, PiiRules, millionths
from corpusmill.pii.secrets import find_secrets
from corpusmill.pii.spans import AnalysisFailed, Span, resolve_overlaps

ADDRESS = "IP_ADDRESS"
Search = Callable[[str], list[Span]]
NEARBY = 48  # characters a recogniser sees around a candidate: a sign before it, an extension after


class Analyser:
    """Finds the personal data that the rules name. Build one a worker; not for several threads."""

    def __init__(self, rules: PiiRules) -> None:
        """Takes a fraction of a second and touches no network."""
        self._rules = rules
        self._detectors = build_detectors(rules)
        self._searches = dict(_searches(rules))
        self._words = build_words()
        self._enhancer = LemmaContextAwareEnhancer()

    def find_spans(self, text: str) -> list[Span]:
        """The spans that reach the threshold, by start, none overlapping another.

        Raises AnalysisFailed naming the recogniser that could not do its work.
        """
        [found] = self.find_in([text])
        if isinstance(found, AnalysisFailed):
            raise found
        return found

    def find_in(self, texts: Sequence[str]) -> list[list[Span] | AnalysisFailed]:
        """The spans of each text; of one on which a recogniser failed, the failure in their place.

        Each text has the spans it has alone, but many in one call take less time. A recogniser
        fails, too, where its windows of a text hold more than ``rules.work_limit`` characters; for
        the model of names a text is one window.
        """
        gate = Gate(texts)
        failed: dict[int, AnalysisFailed] = {}
        spans: list[list[Span]] = [[] for _ in texts]
        for detector in self._detectors:
            for index, windows in gate.windows(detector.kind, NEARBY, detector.regions):
                found = self._detect_or_none(detector, texts[index], windows)
                if found is None:  # made here, not while handling: what was raised may quote
                    failed.setdefault(index, AnalysisFailed(detector.name))
                spans[index] += found or []
        for name, search in self._searches.items():
            for index, text in enumerate(texts):
                found = self._search_or_none(search, text)
                if found is None:
                    failed.setdefault(index, AnalysisFailed(name))
                spans[index] += found or []
        return [failed.get(n) or self._settled(texts[n], found) for n, found in enumerate(spans)]

    def _settled(self, text: str, spans: list[Span]) -> list[Span]:
        """The spans without overlaps, and without addresses that are not public: these go last, so
        that no weaker finding, a phone number say, gets their characters."""
        settled = resolve_overlaps(spans)
        if self._rules.ip_addresses == "all":
            return settled
        addresses = sorted((s.start, s.end) for s in spans if s.kind == ADDRESS)
        private = [place for place in addresses if not is_public(text[slice(*place)])]
        starts = [start for start, _ in private]
        ends = [0, *accumulate((end for _, end in private), max)]  # of those begun so far
        return [
            span
            for span in settled
            if span.kind != ADDRESS or span.end > ends[bisect_right(starts, span.start)]
        ]

    def _detect_or_none(
        self, detector: Detector, text: str, windows: list[Window]
    ) -> list[Span] | None:
        if sum(end - start for start, end in windows) > self._rules.work_limit:
            return None
        try:
            return self._detect(detector, text, windows)
        except Exception:
            return None

    def _search_or_none(self, search: Search, text: str) -> list[Span] | None:
        least = self._rules.threshold_millionths
        try:
            return [span for span in search(text) if span.score >= least]
        except Exception:
            return None

    def _detect(self, detector: Detector, text: str, windows: list[Window]) -> list[Span]:
        results = list(_results(detector, text, windows))
        spans = self._score(detector, text, EntityRecognizer.remove_duplicates(results))
        return [span for span in spans if span.score >= self._rules.threshold_millionths]

    def _score(
        self, detector: Detector, text: str, results: list[RecognizerResult]
    ) -> Iterator[Span]:
        """The results as spans, their scores raised by the context words around them."""
        for result in results:
            place = result.start, result.end
            score = self._raised_score(detector, text, result)
            yield Span(detector.kind, *place, detector.name, millionths(score))

    def _raised_score(self, detector: Detector, text: str, result: RecognizerResult) -> float:
        """The score that Presidio's context words make of it. Moves the result's offsets."""
        start, end = surroundings(text, result.start, result.end, self._rules.context)
        nearby = text[start:end]
        certain = result.score >= EntityRecognizer.MAX_SCORE
        if certain or not _holds_any(nearby, detector.context_words):
            return float(result.score)
        result.start, result.end = result.start - start, result.end - start
        with self._words.get_nlp(LANGUAGE).memory_zone():  # else every new word stays for ever
            artifacts = self._words.process_text(nearby, LANGUAGE)
            raised = self._enhancer.enhance_using_context(
                nearby, [result], artifacts, [detector.recogniser]
            )
            return float(raised[0].score)


def _searches(rules: PiiRules) -> Iterator[tuple[str, Search]]:
    """What looks at whole texts, by the name it fails under."""
    if SECRET in rules.kinds:
        yield SECRET, find_secrets
    if rules.model is not None and any(kind in NAMES for kind in rules.kinds):
        yield NameFinder.name, NameFinder(rules, rules.model).find


def _holds_any(text: str, words: list[str]) -> bool:
    lowered = text.lower()
    return any(word.lower() in lowered for word in words)


def _results(detector: Detector, text: str, windows: list[Window]) -> Iterator[RecognizerResult]:
    """What the recogniser says about the windows of the text, in offsets of the text."""
    for start, end in windows:
        for result in detector.recogniser.analyze(text[start:end], [detector.kind], None):  # type: ignore[arg-type]
            result.start, result.end = result.start + start, result.end + start
            yield result
