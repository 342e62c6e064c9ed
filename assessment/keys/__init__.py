"""Scoring keys: option scores, weights, model and norms in one immutable object. No text of items."""

from assessment.keys.check import KeyCheck, check_key, stray_entries
from assessment.keys.faces import KeyErrors, key_from_json, key_to_dict, key_to_json, read_key
from assessment.keys.hashes import component_hashes, content_hash
from assessment.keys.key import ScoringKey
from assessment.keys.parts import (
    Evidence,
    Grade,
    IrtParameters,
    KeyHead,
    Model,
    Norms,
    NumberKey,
    OptionScore,
    Precision,
    Provenance,
    ScaleKey,
    Statements,
    UnitKey,
)
from assessment.keys.weights import effective_weights, facet_weights, with_facet_weights

__all__ = [
    "Evidence",
    "Grade",
    "IrtParameters",
    "KeyCheck",
    "KeyErrors",
    "KeyHead",
    "Model",
    "Norms",
    "NumberKey",
    "OptionScore",
    "Precision",
    "Provenance",
    "ScaleKey",
    "ScoringKey",
    "Statements",
    "UnitKey",
    "check_key",
    "component_hashes",
    "content_hash",
    "effective_weights",
    "facet_weights",
    "key_from_json",
    "key_to_dict",
    "key_to_json",
    "read_key",
    "stray_entries",
    "with_facet_weights",
]
