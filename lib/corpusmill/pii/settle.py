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
    """The rules with the digest of the model that they name, if any. Raises ``Refused``."""
    if rules.model is None:
        return rules
    from corpusmill.pii.names import checked_digest  # seconds of imports, for those with a model

    return replace(rules, model_sha256=checked_digest(rules, rules.model))


def surrogate_key(rules: PiiRules) -> bytes | None:
    """The key that the rules name, None where no value becomes a surrogate. Raises ``Refused``."""
    if not rules.needs_key:
        return None
    if rules.key is None:
        raise Refused("recipe.pii.key: surrogates need a key; give env:NAME or file:PATH")
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
