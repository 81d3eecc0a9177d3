"""Personal data of a text, found by Presidio's recognisers on the windows that can hold some.

Secrets, names and patterns of the recipe have no windows: what finds them sees whole texts, for it
takes time linear in them (``secrets``, ``names``) or bounds its work itself (``recognisers``).

Every other finding is what Presidio finds on the whole text, with three stated exceptions: tokens
longer than a window reaches, digit groups longer than a window with their extensions, and context
words further away than ``rules.context`` characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

from corpusmill.pii.actions import Decided, decided
from corpusmill.pii.gate import Gate, Window, surroundings
from corpusmill.pii.names import NameFinder
from corpusmill.pii.recognisers import LANGUAGE, Detector, build_detectors, build_words
from corpusmill.pii.rules import NAMES, SECRET, PiiRules, millionths
from corpusmill.pii.secrets import find_secrets
from corpusmill.pii.spans import AnalysisFailed, Span

Search = Callable[[str], list[Span]]
NEARBY = 48  # characters a recogniser sees around a candidate, such as a sign before it
GATE, ACTIONS = "Gate", "Actions"  # what else than a recogniser can break down


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
        """The spans that ``decide`` has of each text, or its failure."""
        return [
            found if isinstance(found, AnalysisFailed) else [span for span, _ in found]
            for found in self.decide(texts)
        ]

    def decide(self, texts: Sequence[str]) -> list[list[Decided] | AnalysisFailed]:
        """The spans of each text with their actions; the failure where a recogniser failed on it.

        Each text has the spans it has alone, but many in one call take less time. A recogniser
        fails, too, where its windows of a text hold more than ``rules.work_limit`` characters; for
        patterns of the recipe and the model of names a text is one window. Where something breaks
        down that sees all texts at once, they are done one by one.
        """
        try:
            return self._decide_together(texts)
        except AnalysisFailed as failure:
            culprit = failure.recogniser
        if len(texts) == 1:
            return [
                AnalysisFailed(culprit)
            ]  # made here, not while handling: what was raised quotes
        return [found for text in texts for found in self.decide([text])]

    def _decide_together(self, texts: Sequence[str]) -> list[list[Decided] | AnalysisFailed]:
        with _work_of(GATE):
            gate = Gate(texts)
        failed: dict[int, AnalysisFailed] = {}
        spans: list[list[Span]] = [[] for _ in texts]
        for detector in self._detectors:
            with _work_of(detector.name):
                shown = list(_shown(detector, gate, texts))
            for index, windows in shown:
                found = self._detect_or_none(detector, texts[index], windows)
                if found is None:  # made here, for the same reason
                    failed.setdefault(index, AnalysisFailed(detector.name))
                spans[index] += found or []
        for name, search in self._searches.items():
            for index, text in enumerate(texts):
                found = self._search_or_none(search, text)
                if found is None:
                    failed.setdefault(index, AnalysisFailed(name))
                spans[index] += found or []
        with _work_of(ACTIONS):
            return [
                failed.get(n) or decided(found, texts[n], self._rules)
                for n, found in enumerate(spans)
            ]

    def _detect_or_none(
        self, detector: Detector, text: str, windows: list[Window]
    ) -> list[Span] | None:
        if sum(end - start for start, end in windows) > self._rules.work_limit:
            return None
        try:
            return self._detect(detector, text, windows)
        except MemoryError:  # says something of this machine, nothing of the text
            raise
        except Exception:
            return None

    def _search_or_none(self, search: Search, text: str) -> list[Span] | None:
        least = self._rules.threshold_millionths
        try:
            return [span for span in search(text) if span.score >= least]
        except MemoryError:
            raise
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


@contextmanager
def _work_of(recogniser: str) -> Iterator[None]:
    """Whatever is raised within is a failure of this recogniser."""
    try:
        yield
    except MemoryError:
        raise
    except Exception:
        raise AnalysisFailed(recogniser) from None


def _shown(
    detector: Detector, gate: Gate, texts: Sequence[str]
) -> Iterable[tuple[int, list[Window]]]:
    """(index, windows) of the texts that the detector has to look at."""
    if detector.whole:
        return ((index, [(0, len(text))]) for index, text in enumerate(texts))
    return gate.windows(detector.kind, NEARBY, detector.regions)


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
