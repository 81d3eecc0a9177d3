"""Which table is made of what: the graph behind stage digests.

A stage digest is the digest of everything that decides the value of a row: recipe sections,
artefacts, engines, the number of our own output contract, and the stage digests upstream. What only
decides *which* documents have a row (``members``) is not part of it: rows come and go with the
members, and those that stay need no new computation. The chain digest covers the members too: it
says whether a table as a whole is what a recipe asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpusmill.digests import digest


@dataclass(frozen=True)
class Stage:
    """How one table is made.

    ``recipe`` are dotted keys of the resolved recipe (artefact digests included), ``engines`` the
    libraries that can change a byte, ``upstream`` the tables whose values rows are computed from,
    ``members`` and ``member_recipe`` what only says which documents have rows. ``contract`` is
    raised by one when our own code changes what it writes. Where two jobs share a table, behind its
    name are the relations that are the job's: ``edges.exact+address``.
    """

    job: str
    recipe: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    member_recipe: tuple[str, ...] = ()
    contract: int = 1


_WORDS = ("regex", "unicodedata2")
# What says, twins and caps apart, which documents go on.
_ELIGIBLE = tuple(
    f"selection.{key}" for key in ("classifier_cuts", "ignore", "keep_all", "languages")
)
_CUTTING = ("dedup.passages", "pii", "quality.remove_lines")
_PRESIDIO = (
    *("google-re2", "phonenumbers", "presidio-analyzer", "regex", "spacy", "tldextract"),
    "unicodedata2",
)

STAGES: dict[str, Stage] = {
    "raw_documents": Stage("ingest-documents"),
    "quarantine": Stage("ingest-documents"),
    "documents": Stage(
        "normalise-documents",
        ("normalise",),
        ("ftfy", "unicodedata2"),
        ("raw_documents",),
        contract=2,
    ),
    "languages": Stage(
        "identify-language",
        (
            *("language.model", "language.prefix", "language.threshold", "language.thresholds"),
            "language.script_share",
        ),
        ("fasttext-numpy2-wheel", "langcodes", "regex"),
        ("documents",),
    ),
    "quality": Stage(
        "score-quality",
        ("quality.filters", "quality.classifiers", "quality.url_list"),
        (*_WORDS, "fasttext-numpy2-wheel", "spacy"),
        ("documents", "languages"),
        (),
        ("language.languages", "selection.keep_all"),
        contract=2,
    ),
    "lsh_index": Stage(
        "dedup-minhash",
        ("dedup.minhash",),
        _WORDS,
        ("documents",),
        ("quality",),
        (*_ELIGIBLE, "language.languages"),
        contract=3,
    ),
    "edges.near": Stage(
        "dedup-minhash", (*_ELIGIBLE, "dedup.verify"), _WORDS, ("lsh_index", "quality"), contract=3
    ),
    "edges.exact+address": Stage(
        "dedup-exact",
        (*_ELIGIBLE, "dedup.exact", "dedup.urls"),
        (*_WORDS, "courlan"),
        ("raw_documents", "documents", "quality", "lsh_index"),
        contract=3,
    ),
    "duplicates": Stage(
        "cluster-duplicates",
        ("dedup.survivor",),
        (),
        ("edges.exact+address", "edges.near", "raw_documents", "documents", "quality"),
        contract=2,
    ),
    "selection": Stage(
        "select-documents",
        ("selection", "buckets", "dedup.survivor"),
        ("tldextract",),
        ("raw_documents", "documents", "languages", "quality", "duplicates"),
        contract=4,
    ),
    "edits": Stage(
        "redact-pii",
        _CUTTING,
        _PRESIDIO,
        ("documents", "languages"),
        ("selection",),
        contract=4,
    ),
    "pii_spans": Stage(
        "redact-pii", ("pii",), _PRESIDIO, ("documents", "languages"), ("selection",), contract=4
    ),
    "clean_documents": Stage(
        "redact-pii",
        _CUTTING,
        _PRESIDIO,
        ("documents", "languages"),
        ("selection",),
        contract=4,
    ),
    # A sample proves that tiktoken gives the same ids; a sample is not all of them.
    "tokens": Stage(
        "tokenize-documents",
        ("tokenizer",),
        ("tiktoken", "tokenizers"),
        ("clean_documents",),
        contract=2,
    ),
    # Of selection it reads what follows from clusters alone, and buckets, which only make groups.
    "mix_plan": Stage(
        "build-shards",
        ("mix", "seed", "selection.rehydrate"),
        (),
        ("tokens", "duplicates"),
        ("selection",),
    ),
    "shard_sets": Stage("build-shards", ("shards", "seed"), (), ("tokens", "mix_plan")),
}

# They decide what is read of pages. Files say which of them read them, so the stage does not.
EXTRACTION = (
    *("charset-normalizer", "courlan", "justext", "lxml", "lxml_html_clean"),
    *("trafilatura", "unicodedata2", "warcio"),
)

_OF_STAGES = {engine for stage in STAGES.values() for engine in stage.engines}
ENGINES = tuple(sorted(_OF_STAGES | set(EXTRACTION)))
CONTRACTS = {name: stage.contract for name, stage in STAGES.items()}


def stage_digest(recipe: Mapping[str, Any], table: str) -> str:
    """The digest of a stage by a resolved recipe, such as a manifest holds.

    KeyError where the recipe is of a release that wrote other keys.
    """
    stage = STAGES[table]
    return digest(
        {
            "table": table,
            "contract": recipe["contracts"][table],
            "recipe": {key: _at(recipe, key) for key in stage.recipe},
            "engines": engines_of(recipe, table),
            "upstream": {name: stage_digest(recipe, name) for name in stage.upstream},
        }
    )


def chain_digest(recipe: Mapping[str, Any], table: str) -> str:
    """The digest of a whole table by a resolved recipe. KeyError as ``stage_digest``."""
    stage = STAGES[table]
    return digest(
        {
            "stage": stage_digest(recipe, table),
            "members": {key: _at(recipe, key) for key in stage.member_recipe},
            "tables": {n: chain_digest(recipe, n) for n in (*stage.upstream, *stage.members)},
        }
    )


def engines_of(recipe: Mapping[str, Any], table: str) -> dict[str, str]:
    """The engines of a stage and their versions."""
    return {name: recipe["engines"][name] for name in STAGES[table].engines}


def _at(mapping: Mapping[str, Any], key: str) -> Any:
    for part in key.split("."):
        mapping = mapping[part]
    return mapping
