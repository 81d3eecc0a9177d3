"""From the written recipe to the resolved one: values and digests only, and what they decide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from corpusmill import artefacts
from corpusmill.artefacts import Artefact, Shelf
from corpusmill.config import plain
from corpusmill.digests import digest
from corpusmill.langid.model import installed_model, languages_of
from corpusmill.langid.rules import LanguageRules
from corpusmill.quality.buckets import BUCKETS
from corpusmill.quality.filters import FILTERS
from corpusmill.recipe import Recipe
from corpusmill.refusal import Refused
from corpusmill.stages import CONTRACTS, ENGINES, STAGES
from corpusmill.tokens.encode import end_of_document

_FASTTEXT = (793_712_314).to_bytes(4, "little")


@dataclass(frozen=True)
class Resolved:
    """The resolved recipe and the files behind its digests.

    ``classifier`` is None where the recipe wants none or it is not trained yet, ``tokenizer`` and
    ``buckets``, the cuts of the classifier's scores, are None where they are not fitted yet.
    """

    written: Recipe
    language_model: Artefact
    classifier: Artefact | None
    tokenizer: Artefact | None
    buckets: Artefact | None

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The resolved recipe as canonical values: the thing that gets the digest."""
        written = plain(self.written)
        sources = written["sources"].items()
        quality = {
            "filters": {n: plain(FILTERS[n].rules()) for n in self.written.quality.presets},
            "classifier": None if self.classifier is None else self.classifier.sha256,
        }
        language = {**written["language"], "model": self.language_model.sha256}
        return {
            **written,
            "sources": {name: _without(source, "root") for name, source in sources},
            "ingest": _without(written["ingest"], "changed_files"),
            "language": _without(language, "sha256"),
            "quality": quality,
            "buckets": self.bucket_digest,
            "dedup": self.written.dedup.resolved(),
            "tokenizer": {
                "sha256": None if self.tokenizer is None else self.tokenizer.sha256,
                "eos": self.written.tokenizer.eos,
            },
            "engines": engines(),
            "contracts": CONTRACTS,
        }

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
        stage = STAGES[table]
        return digest(
            {
                "table": table,
                "contract": stage.contract,
                "recipe": {key: _at(self.recipe, key) for key in stage.recipe},
                "engines": self.stage_engines(table),
                "upstream": {name: self.stage_digest(name) for name in stage.upstream},
            }
        )

    def chain_digest(self, table: str) -> str:
        """What a table as a whole comes from: its stage digest and all that says who has a row."""
        stage = STAGES[table]
        return digest(
            {
                "stage": self.stage_digest(table),
                "members": {key: _at(self.recipe, key) for key in stage.member_recipe},
                "tables": {n: self.chain_digest(n) for n in (*stage.upstream, *stage.members)},
            }
        )

    def stage_engines(self, table: str) -> dict[str, str]:
        """The engines of a stage and their versions."""
        return {name: engines()[name] for name in STAGES[table].engines}


def resolve(recipe: Recipe, output: Path) -> Resolved:
    """Find every file the recipe names and every artefact it is pinned to.

    Raises ``Refused`` for a missing model, a wrong digest or a missing engine.
    """
    shelf = Shelf(output / "models")
    language = recipe.language
    language_model = _language_model(language, language.model or str(installed_model()))
    named = {
        "language.languages": language.languages,
        "language.thresholds": language.thresholds,
        "selection.languages": recipe.selection.languages,
    }
    if any(named.values()):
        known = languages_of(language_model)
        for key, codes in named.items():
            unknown = sorted(set(codes) - known)
            if unknown:
                raise Refused(f"recipe.{key}: the model knows no {', '.join(unknown)}")
    classifier = _classifier(recipe, shelf)
    cuts = bucket_settings(classifier)
    return Resolved(
        written=recipe,
        language_model=language_model,
        classifier=classifier,
        tokenizer=_tokenizer(recipe, shelf),
        buckets=None if cuts is None else shelf.find("buckets", cuts),
    )


def check_named(recipe: Recipe) -> None:
    """Find the files that the recipe names, and none that it only stands for.

    Raises ``Refused`` as ``resolve`` does.
    """
    if recipe.language.model is not None:
        _language_model(recipe.language, recipe.language.model)
    if recipe.quality.classifier.path is not None:
        _given_classifier(recipe.quality.classifier.path, recipe)
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


def classifier_settings(recipe: Recipe) -> dict[str, Any]:
    """What a trained classifier is pinned by."""
    rules = plain(recipe.quality.classifier)
    return {**_without(rules, "path", "sha256"), "seed": recipe.seed}


def bucket_settings(classifier: Artefact | None) -> dict[str, Any] | None:
    """What the cuts of quality buckets are pinned by; None where no classifier scores anything."""
    if classifier is None:
        return None
    return {"buckets": BUCKETS, "classifier": classifier.sha256}


def _language_model(rules: LanguageRules, path: str) -> Artefact:
    found = artefacts.given(path, rules.sha256, "recipe.language", "model")
    _check_fasttext(found, "recipe.language.model")
    return found


def _classifier(recipe: Recipe, shelf: Shelf) -> Artefact | None:
    path = recipe.quality.classifier.path
    if path is not None:
        return _given_classifier(path, recipe)
    return shelf.find("classifier", classifier_settings(recipe))


def _given_classifier(path: str, recipe: Recipe) -> Artefact:
    sha256 = recipe.quality.classifier.sha256
    found = artefacts.given(path, sha256, "recipe.quality.classifier")
    _check_fasttext(found, "recipe.quality.classifier.path")
    return found


def _tokenizer(recipe: Recipe, shelf: Shelf) -> Artefact | None:
    path = recipe.tokenizer.path
    if path is not None:
        return _given_tokenizer(path, recipe)
    return shelf.find("tokenizer", tokenizer_settings(recipe))


def _given_tokenizer(path: str, recipe: Recipe) -> Artefact:
    found = artefacts.given(path, recipe.tokenizer.sha256, "recipe.tokenizer")
    end_of_document(found, recipe.tokenizer.eos)
    return found


def _check_fasttext(model: Artefact, key: str) -> None:
    """A file that does not begin as fastText models do would bring a worker down."""
    with model.path.open("rb") as file:
        if file.read(4) != _FASTTEXT:
            raise Refused(f"{key}: {model.path} is no fastText model")


def _without(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in keys}


def _at(mapping: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        mapping = mapping[part]
    return mapping
