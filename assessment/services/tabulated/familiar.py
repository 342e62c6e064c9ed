"""Does a key meet the people again whom it was learnt from? What it foretells of them says nothing of others.

A key carries fingerprints of some of the answer patterns that its weights were fitted to: hashes of what was answered, not of
who answered. They are kept only where nearly every pattern is one person's, so that other people hardly ever share one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from assessment.keys import ScoringKey
from assessment.services.tabulated.layout import Answers

KEPT = 64
DISTINCT = 0.9
"""The least share of people with a pattern of their own."""

FAMILIAR = 0.1
"""From this share of the fingerprints on, people are taken to be there again."""


def kept_fingerprints(answers: Answers) -> tuple[str, ...]:
    """The smallest of the fingerprints, so that another table with the same people keeps the same; none if patterns repeat."""
    prints = _fingerprints(answers)
    distinct = sorted(set(prints))
    return tuple(distinct[:KEPT]) if len(distinct) >= DISTINCT * len(prints) else ()


def share_met_again(key: ScoringKey, answers: Answers) -> float | None:
    """How many of the people the key was learnt from are in a table of the columns it needs; None where it cannot be told."""
    kept = key.evidence.fingerprints if key.evidence else ()
    return len(set(kept) & set(_fingerprints(answers))) / len(kept) if kept else None


def _fingerprints(answers: Answers) -> list[str]:
    columns: dict[str, Sequence[str]] = {}
    for name, numbers in answers.numbers.items():
        columns[name] = ["" if np.isnan(value) else f"{value:.12g}" for value in numbers]
    for name, options in answers.options.items():
        columns[name] = [option or "" for option in options]
    rows = zip(*(columns[name] for name in sorted(columns)), strict=True)
    return [hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:16] for row in rows]
