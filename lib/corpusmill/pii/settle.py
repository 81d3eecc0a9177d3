"""From the written rules to the settled ones: the model and the key that they name are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from corpusmill.config import plain
from corpusmill.pii.rules import PatternRule, PiiRules
from corpusmill.pii.surrogates import NO_KEY, NoKey, fingerprint, list_fingerprint, load_key
from corpusmill.refusal import Refused


def settled(rules: PiiRules) -> PiiRules:
    """The rules with the digest of the model that they name, if any.

    Raises ``Refused``, also for a pattern that could never find anything.
    """
    _refuse_idle_patterns(rules)
    if rules.model is None:
        return rules
    from corpusmill.pii.names import checked_digest  # seconds of imports, for those with a model

    return replace(rules, model_sha256=checked_digest(rules, rules.model))


def key_of(rules: PiiRules) -> bytes | None:
    """The key that the rules name; None where there are neither surrogates nor allowed values.

    Raises ``Refused``.
    """
    if rules.needs_key and rules.key is None:
        raise Refused("recipe.pii.key: surrogates need a key; give env:NAME or file:PATH")
    if rules.key is None or not (rules.needs_key or rules.allows):
        return None
    try:
        return load_key(rules.key)
    except NoKey as error:
        raise Refused(f"recipe.pii.key: {error}") from None


def described(rules: PiiRules, key: bytes | None) -> dict[str, Any]:
    """Settled rules as plain values: the model by its digest, the key by its fingerprint.

    With the model stands the version of thinc, which computes its findings. Of each list of allowed
    values, which may be addresses, stands one digest of all, under the key where there is one.
    """
    values: dict[str, Any] = plain(rules)
    sha256 = values.pop("model_sha256")
    model = None if rules.model is None else {"sha256": sha256, "thinc": version("thinc")}
    policies = (*values["languages"].values(), *values["sources"].values())
    for part in (values, *policies):
        part["allow"] = list_fingerprint(part["allow"], key or NO_KEY)
    return {**values, "model": model, "key": None if key is None else fingerprint(key)}


def looking_for(rules: PiiRules, said: Mapping[str, Any]) -> PiiRules:
    """The rules, finding also what others do that are ``described`` so; a model they do not get.

    Where both have a pattern of one name, it is that of ``rules``.
    """
    patterns = {
        kind: PatternRule(own["pattern"], float(own["score"]), tuple(own["context"]))
        for kind, own in said["patterns"].items()
    }
    return replace(
        rules,
        threshold=min(rules.threshold, float(said["threshold"])),
        regions=tuple(dict.fromkeys((*rules.regions, *said["regions"]))),
        context=max(rules.context, said["context"]),
        local_domains=tuple(dict.fromkeys((*rules.local_domains, *said["local_domains"]))),
        patterns={**patterns, **rules.patterns},
    )


def _refuse_idle_patterns(rules: PiiRules) -> None:
    """A pattern counts where some ``kinds`` name it, and its score or its context can reach."""
    lowest = min(
        (rules.threshold, *(p.threshold for p in rules.policies if p.threshold is not None))
    )
    for name, pattern in rules.patterns.items():
        if name not in rules.kinds_asked:
            raise Refused(
                f"recipe.pii.patterns.{name}: no kinds name it; add it to recipe.pii.kinds"
            )
        if pattern.score < lowest and not pattern.context:
            raise Refused(
                f"recipe.pii.patterns.{name}.score: below the threshold of {lowest}, and no "
                "context could raise it; nothing would be found"
            )
