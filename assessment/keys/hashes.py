"""Hashes of a key and of its components, so that a change of one alone (new norms, say) is visible as such."""

from __future__ import annotations

from typing import Any

from assessment.bank.hashing import digest
from assessment.keys.faces import key_to_dict
from assessment.keys.key import ScoringKey

_WEIGHTS_OF_UNIT = frozenset({"weight", "facets", "attitudes"})


def content_hash(key: ScoringKey) -> str:
    """SHA-256 of everything in the key, notes and provenance included: `sha256:…`, 71 characters."""
    return digest(key_to_dict(key))


def component_hashes(key: ScoringKey) -> dict[str, str]:
    """One hash for each of `options`, `weights`, `model` and `norms`.

    They cover what changes a number, and nothing else: `options` how a response becomes a score (versions, methods,
    directions, option scores, how scales and numbers are read), `weights` what it counts (units, shares, facets,
    statements' share, scales, numbers), `model` the kind and its parameters, `norms` the norm group and how exactly the
    composite measures in it (of nothing, when there is neither). Notes, provenance, evidence and grade are in `content_hash`
    alone.
    """
    content = key_to_dict(key)
    units: dict[str, dict[str, Any]] = content.get("item", {})
    scales: dict[str, dict[str, Any]] = content.get("scale", {})
    numbers: dict[str, dict[str, Any]] = content.get("number", {})
    options = {
        "item": {code: _scoring(unit) for code, unit in units.items()},
        "scale": {code: _without(scale, {"weight"}) for code, scale in scales.items()},
    }
    weights = {
        "facets": content.get("facets", {}),
        "statements": content.get("statements", {}),
        "item": {code: {name: unit[name] for name in _WEIGHTS_OF_UNIT & unit.keys()} for code, unit in units.items()},
        "scale": {code: scale["weight"] for code, scale in scales.items()},
    }
    norms: dict[str, Any] = content.get("norms", {})
    # Tables that came later are left out where they are empty, so that the hashes of keys without them stay what they were.
    if numbers:
        options["number"] = {code: _without(number, {"weight"}) for code, number in numbers.items()}
        weights["number"] = {code: number["weight"] for code, number in numbers.items()}
    if "norms_in" in content:
        norms = {"norms": norms, "norms_in": content["norms_in"]}
    if "precision" in content:
        norms = {"norms": norms, "precision": content["precision"]}
    return {
        "options": digest(options),
        "weights": digest(weights),
        "model": digest(content["model"]),
        "norms": digest(norms),
    }


def _scoring(unit: dict[str, Any]) -> dict[str, Any]:
    scores = {code: option["score"] for code, option in unit.get("option", {}).items()}
    return _without(unit, _WEIGHTS_OF_UNIT | {"why", "option"}) | {"option": scores}


def _without(table: dict[str, Any], names: set[str] | frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names}
