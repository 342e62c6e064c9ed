"""The exemplar key of the items standard with its bank, a linear key over blind options, and random keys that are legal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assessment.bank import Bank, read_bank
from assessment.keys import ScoringKey, key_from_json, read_key

QUESTIONS = Path(__file__).parents[1] / "bank" / "questions"


@pytest.fixture(scope="session")
def bank() -> Bank:
    return read_bank(QUESTIONS)


@pytest.fixture(scope="session")
def key() -> ScoringKey:
    return read_key(QUESTIONS / "keys" / "provisional.toml")


@pytest.fixture
def linear_document() -> dict[str, Any]:
    """A key as a study of blind options makes it: option points and scales, signs free."""
    return {
        "key": {"schema": 1, "id": "retail", "version": 3, "grade": "data", "form": "retail_2021"},
        "provenance": {
            "method": "ridge regression on the criterion",
            "by": "Analyst",
            "on": "2026-11-23",
            "n": 1200,
            "note": "Options are blind, so that nobody could say beforehand which way they point.",
        },
        "model": {"kind": "linear", "sign": "free"},
        "item": {
            "SJ_Most_1": {"method": "points", "option": {"1": {"score": -0.25}, "2": {"score": 0.5}}, "missing": 0.05},
            "Q7.a": {"method": "points", "option": {"yes": {"score": 1e-3}}},
        },
        "scale": {
            "PScale01": {
                "items": ["PScale01_Q1", "PScale01_Q2"],
                "reversed": ["PScale01_Q2"],
                "low": 1,
                "high": 4,
                "mean": 2.6,
                "sd": 0.7,
                "weight": -0.4,
            }
        },
        "number": {
            "Test": {"low": 3, "high": 31.5, "mean": 17.25, "sd": 4.5, "weight": 0.5},
            "Calls": {"low": 0, "high": 9, "mean": 4, "sd": 2, "weight": -0.125, "points": {"0": 0.25, "2.5": -0.125}},
        },
        "precision": {"method": "Guttman's lambda-2", "n": 1200, "reliability": 0.75, "sd": 1, "parts": {"Test": 0.5}},
        "evidence": {
            "criterion": "Customer_Service",
            "strategy": "ridge",
            "n": 1200,
            "r": 0.1875,
            "low": 0.125,
            "high": 0.25,
            "r_in_sample": 0.25,
            "fingerprints": ["0123456789abcdef"],
        },
    }


@pytest.fixture
def linear_key(linear_document: dict[str, Any]) -> ScoringKey:
    return key_from_json(linear_document)
