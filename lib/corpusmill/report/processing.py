"""What was done to the texts of a corpus, step by step, in the words of a resolved recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from corpusmill.report.wording import share

_MILLION = 1_000_000
_ALIKE = {"jaccard": "a Jaccard similarity", "estimate": "an estimated similarity"}
_OF_TWINS = {"drop": "the first {} of each cluster", "keep": "all of a cluster"}


def processing(recipe: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Steps in their order, and how each was done; none of an empty recipe."""
    if not recipe:
        return []
    tokenizer, shards = recipe["tokenizer"], recipe["shards"]
    return [
        ("Normal form", _normal_form(recipe["normalise"])),
        ("Language", _language(recipe)),
        ("Quality filters", _filters(recipe)),
        ("Duplicates", _duplicates(recipe["dedup"])),
        ("Selection", "; ".join(_selection(recipe["selection"]))),
        ("Passages cut out", "; ".join(_passages(recipe)) or "none"),
        ("Personal data", _personal(recipe["pii"])),
        ("Tokenizer", f"SHA-256 {tokenizer['sha256']}, end of document {tokenizer['eos']}"),
        ("Repeats", _repeats(recipe["selection"]["rehydrate"])),
        ("Sequences", f"{shards['sequence_length']:,} tokens, packing {shards['packing']}"),
        ("Seed", str(recipe["seed"])),
    ]


def likeness(verify: Mapping[str, Any]) -> str:
    """What pairs must have to be near duplicates, where a recipe has them verified."""
    return f"{_ALIKE[verify['measure']]} of {share(verify['similarity'], _MILLION)} or more"


def _normal_form(rules: Mapping[str, Any]) -> str:
    return f"{rules['form']}, mojibake {'repaired' if rules['mojibake'] else 'kept'}"


def _language(recipe: Mapping[str, Any]) -> str:
    rules = recipe["language"]
    asked = ", ".join(rules["languages"]) or "all that the model knows"
    kept = "all, known or not" if recipe["selection"]["keep_all"] else asked
    return f"best label from {rules['threshold']} on; kept: {kept}"


def _filters(recipe: Mapping[str, Any]) -> str:
    rules, names = recipe["selection"], recipe["quality"]["filters"]
    tagging = names if rules["keep_all"] else rules["ignore"]
    told = [f"{name} (only tags)" if name in tagging else name for name in names]
    return ", ".join(told) or "none"


def _duplicates(dedup: Mapping[str, Any]) -> str:
    rules, verify = dedup["minhash"], dedup["verify"]
    equal = f"equal by {dedup['exact']}{', or of one address' if dedup['urls'] else ''}"
    of = f"{rules['words']} words" if rules["words"] else f"{rules['characters']} characters"
    near = f"near ones by MinHash of {of}, {rules['bands']} bands of {rules['rows']} rows"
    asked = "all that share a bucket" if verify is None else f"with {likeness(verify)}"
    return f"{equal}; {near}, {asked}"


def _selection(rules: Mapping[str, Any]) -> Iterator[str]:
    if rules["keep_all"]:
        yield "everything is kept, and rules only tag"
        return
    yield f"kept: {_OF_TWINS[rules['duplicates']].format(rules['keep_per_cluster'])}"
    for name, cut in sorted(rules["classifier_cuts"].items()):
        yield f"classifier {name} from {cut} on"
    if rules["domain_cap"] is not None:
        yield f"at most {rules['domain_cap']:,} documents of a registered domain"
    if rules["ignore"]:
        yield f"only tags: {', '.join(rules['ignore'])}"
    for language, own in sorted(rules["languages"].items()):
        yield f"in {language} also only tags: {', '.join(own['ignore']) or 'nothing'}"


def _passages(recipe: Mapping[str, Any]) -> Iterator[str]:
    rules = recipe["dedup"]["passages"]
    for name in recipe["quality"]["remove_lines"]:
        yield f"lines by the rules of {name}"
    if rules["repeats"] != "none":
        yield f"{rules['repeats']} that a document has before"
    for rule in rules["frequent"]:
        stays = ", the first apart" if rule["keep"] == "first" else ""
        unit = f"{rule['span']} {rule['unit']} in a row" if rule["span"] > 1 else rule["unit"]
        yield f"{unit} of more than {rule['documents']:,} documents{stays}"


def _personal(pii: Mapping[str, Any]) -> str:
    others = sorted({*pii["languages"], *pii["sources"]})
    told = f"{', '.join(pii['kinds']) or 'nothing'} from score {pii['threshold']} on"
    return f"{told}; otherwise in {', '.join(others)}" if others else told


def _repeats(rehydrate: Mapping[str, int]) -> str:
    sizes = sorted(rehydrate.items(), key=lambda item: int(item[0]))
    told = [f"{times} from a cluster of {int(size):,} on" for size, times in sizes]
    return f"times that a survivor stands: {', '.join(told)}" if told else "none but the mix's"
