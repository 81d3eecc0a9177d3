"""From the written recipe to the resolved one: values and digests only, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpusmill import artefacts, stages
from corpusmill.artefacts import Artefact, Shelf
from corpusmill.config import plain
from corpusmill.dedup.passage_rules import FrequentRule
from corpusmill.digests import digest
from corpusmill.langid.model import InstalledModel, installed_model, languages_of
from corpusmill.langid.rules import LanguageRules
from corpusmill.model_file import DamagedModel, labels_of
from corpusmill.pii.rules import PiiRules
from corpusmill.pii.settle import described, key_of, settled
from corpusmill.quality.buckets import BUCKETS
from corpusmill.quality.classifier import Classifier
from corpusmill.quality.classifier_rules import ClassifierRules
from corpusmill.quality.filters import ByLanguage
from corpusmill.quality.url_list import BadEntry, load_url_list
from corpusmill.recipe import Recipe
from corpusmill.refusal import Refused
from corpusmill.stages import CONTRACTS, ENGINES
from corpusmill.tokens.encode import end_of_document

PASSAGES = "frequent-passages"
_FORM = 1  # raised when our own code finds or hashes passages in another way
_NAMED = 10  # labels that a refusal lists at most
_OF_GIVEN = ("preset", "path", "sha256", "label", "shows")  # rules of a model that is not trained


@dataclass(frozen=True)
class Resolved:
    """The resolved recipe and the files behind its digests.

    A classifier is None where there are no labels for it or it is not trained yet; ``tokenizer``,
    ``buckets``, the cuts of the classifiers' scores, and ``passages``, the lists of frequent ones
    in the order of the recipe, are None where they are not fitted yet. ``pii`` are the rules with
    the digest of their model, ``pii_key`` is None where no value becomes a surrogate.
    """

    written: Recipe
    language_model: Artefact
    classifiers: Mapping[str, Classifier | None]
    url_list: Artefact | None
    tokenizer: Artefact | None
    buckets: Artefact | None
    passages: tuple[Artefact | None, ...]
    pii: PiiRules
    pii_key: bytes | None = field(default=None, repr=False)

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The resolved recipe as canonical values: the thing that gets the digest."""
        written = plain(self.written)
        sources = written["sources"].items()
        quality = {
            "filters": {n: _limits(each) for n, each in self.written.quality.filters.items()},
            "remove_lines": {
                n: _limits(each) for n, each in self.written.quality.line_limits.items()
            },
            "classifiers": {name: _asked(found) for name, found in self.classifiers.items()},
            "url_list": None if self.url_list is None else self.url_list.sha256,
        }
        language = {**written["language"], "model": self.language_model.sha256}
        return {
            **written,
            "sources": {name: _without(source, "root") for name, source in sources},
            "ingest": _without(written["ingest"], "changed_files"),
            "language": _without(language, "sha256"),
            "quality": quality,
            "selection": {**written["selection"], "classifier_cuts": plain(self.written.cuts)},
            "buckets": self.bucket_digest,
            "dedup": {**self.written.dedup.resolved(), "passages": self._passages},
            "pii": described(self.pii, self.pii_key),
            "tokenizer": {
                "sha256": None if self.tokenizer is None else self.tokenizer.sha256,
                "eos": self.written.tokenizer.eos,
            },
            "engines": engines(),
            "contracts": CONTRACTS,
        }

    @property
    def _passages(self) -> dict[str, Any]:
        rules = self.written.dedup.passages
        frequent = [
            {**plain(rule), "sha256": None if found is None else found.sha256}
            for rule, found in zip(rules.rules, self.passages, strict=True)
        ]
        return {"repeats": rules.repeats, "frequent": frequent}

    @property
    def bucket_digest(self) -> str | None:
        """SHA-256 hex of the cuts of the buckets, None where they are not fitted."""
        return None if self.buckets is None else self.buckets.sha256

    @property
    def digest(self) -> str:
        """SHA-256 hex of the resolved recipe."""
        return digest(self.recipe)

    def stage_digest(self, table: str) -> str:
        """What the rows of a table are computed with; see ``corpusmill.stages``."""
        return stages.stage_digest(self.recipe, table)

    def chain_digest(self, table: str) -> str:
        """What a table as a whole comes from: its stage digest and all that says who has a row."""
        return stages.chain_digest(self.recipe, table)

    def stage_engines(self, table: str) -> dict[str, str]:
        """The engines of a stage and their versions."""
        return stages.engines_of(self.recipe, table)


def resolve(recipe: Recipe, output: Path) -> Resolved:
    """Find every file the recipe names and every artefact it is pinned to.

    Raises ``Refused`` for a missing model, a wrong digest or a missing engine.
    """
    shelf = Shelf(output / "models")
    language = recipe.language
    language_model = _language_model(language)
    named = {
        "language.languages": language.languages,
        "language.thresholds": language.thresholds,
        "quality.languages": recipe.quality.languages,
        "selection.languages": recipe.selection.languages,
        "pii.languages": recipe.pii.languages,
    }
    if any(named.values()):
        known = languages_of(language_model)
        for key, languages in named.items():
            unknown = sorted(set(languages) - known)
            if unknown:
                raise Refused(f"recipe.{key}: the model knows no {', '.join(unknown)}")
    classifiers = {name: _classifier(recipe, name, shelf) for name in recipe.quality.classifiers}
    cuts = bucket_settings(classifiers)
    return Resolved(
        written=recipe,
        language_model=language_model,
        classifiers=classifiers,
        url_list=_url_list(recipe),
        tokenizer=_tokenizer(recipe, shelf),
        buckets=None if cuts is None else shelf.find("buckets", cuts),
        passages=tuple(
            shelf.find(PASSAGES, passage_settings(rule)) for rule in recipe.dedup.passages.rules
        ),
        pii=settled(recipe.pii),
        pii_key=key_of(recipe.pii),
    )


def check_named(recipe: Recipe) -> None:
    """Find the files that the recipe names, and none that it only stands for.

    Raises ``Refused`` as ``resolve`` does.
    """
    if recipe.language.model is not None:
        _language_model(recipe.language)
    for name, rules in recipe.quality.classifiers.items():
        if rules.path is not None:
            _given_classifier(name, rules, rules.path)
    _url_list(recipe)
    settled(recipe.pii)
    key_of(recipe.pii)
    if recipe.tokenizer.path is not None:
        _given_tokenizer(recipe.tokenizer.path, recipe)


@cache
def engines() -> dict[str, str]:
    """Installed versions of every library that can change a byte. Raises ``Refused``."""
    found = {}
    for name in ENGINES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            raise Refused(f"the package {name} is not installed") from None
    return found


def tokenizer_settings(recipe: Recipe) -> dict[str, Any]:
    """What a trained tokenizer is pinned by."""
    return {**_without(plain(recipe.tokenizer), "path", "sha256"), "seed": recipe.seed}


def classifier_settings(recipe: Recipe, name: str) -> dict[str, Any]:
    """What a trained classifier is pinned by."""
    rules = _without(plain(recipe.quality.classifiers[name]), *_OF_GIVEN)
    return {**rules, "name": name, "seed": recipe.seed}


def passage_settings(rule: FrequentRule) -> dict[str, Any]:
    """What a list of frequent passages is pinned by; the engines decide what passages are equal."""
    used = {name: engines()[name] for name in ("regex", "unicodedata2")}
    return {"rule": plain(rule), "engines": used, "form": _FORM}


def bucket_settings(classifiers: Mapping[str, Classifier | None]) -> dict[str, Any] | None:
    """What the cuts of quality buckets are pinned by; None where no classifier scores anything."""
    found = {name: _asked(each) for name, each in classifiers.items() if each is not None}
    return {"buckets": BUCKETS, "classifiers": found} if found else None


def _url_list(recipe: Recipe) -> Artefact | None:
    rules = recipe.quality.url_list
    if rules.path is None:
        return None
    found = artefacts.given(rules.path, rules.sha256, "recipe.quality.url_list")
    try:
        entries = len(load_url_list(found))
    except BadEntry as error:
        raise Refused(f"recipe.quality.url_list.path: {rules.path}: {error}") from None
    if not entries:
        raise Refused(f"recipe.quality.url_list.path: {rules.path}: holds no address")
    return found


def _language_model(rules: LanguageRules) -> Artefact:
    path = rules.model or str(installed_model())
    found = artefacts.given(path, rules.sha256, "recipe.language", "model")
    try:
        labels_of(found)
    except DamagedModel as error:
        raise Refused(f"recipe.language.model: {path} {error}") from None
    return found if rules.model else InstalledModel(found.path, found.sha256)


def _classifier(recipe: Recipe, name: str, shelf: Shelf) -> Classifier | None:
    rules = recipe.quality.classifiers[name]
    if rules.path is not None:
        return _given_classifier(name, rules, rules.path)
    found = shelf.find("classifier", classifier_settings(recipe, name))
    return None if found is None else Classifier(found)


def _given_classifier(name: str, rules: ClassifierRules, path: str) -> Classifier:
    key = f"recipe.quality.classifiers.{name}"
    found = artefacts.given(path, rules.sha256, key)
    try:
        labels = labels_of(found)
    except DamagedModel as error:
        raise Refused(f"{key}.path: {path} {error}") from None
    if rules.good not in labels:
        more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
        known = ", ".join(labels[:_NAMED]) or "none"
        raise Refused(f"{key}.label: {path} has no label {rules.good}; it has {known}{more}")
    return Classifier(found, rules.good, rules.shown)


def _asked(classifier: Classifier | None) -> dict[str, str] | None:
    if classifier is None:
        return None
    return {
        "sha256": classifier.model.sha256,
        "label": classifier.good,
        "shows": classifier.shown,
    }


def _tokenizer(recipe: Recipe, shelf: Shelf) -> Artefact | None:
    path = recipe.tokenizer.path
    if path is not None:
        return _given_tokenizer(path, recipe)
    return shelf.find("tokenizer", tokenizer_settings(recipe))


def _given_tokenizer(path: str, recipe: Recipe) -> Artefact:
    found = artefacts.given(path, recipe.tokenizer.sha256, "recipe.tokenizer")
    end_of_document(found, recipe.tokenizer.eos)
    return found


def _limits(of_filter: ByLanguage) -> dict[str, Any]:
    """The limits of a filter; those of single languages by their digest, for they are many."""
    languages = {language: plain(limits) for language, limits in of_filter.languages.items()}
    return {**plain(of_filter.others), "languages": digest(languages) if languages else None}


def _without(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in keys}
