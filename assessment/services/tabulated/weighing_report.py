"""What a weighing found, as JSON-able content: figures, reasons of the gate, what to know before the key is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assessment.keys import ScoringKey, content_hash
from assessment.psychometrics.classical import standard_error_of_measurement
from assessment.psychometrics.intervals import fisher_interval
from assessment.psychometrics.validity import validity_coefficient
from assessment.psychometrics.weighting import Comparison, Gate, StrategyResult, Unit
from assessment.services.tabulated.asking import Question
from assessment.services.tabulated.layout import Layout
from assessment.services.tabulated.scoring import needed_columns

SUSPICIOUS = 0.5
"""A single predictor that correlates so high with the criterion is likelier another criterion than an answer."""

WAIVED = {
    "reliability": "Reliability is left open: answers that follow a criterion need not agree among themselves.",
    "impact": "Impact was not tested: fewer than two groups of ten people and 2 % of everybody are known.",
}


def weighing_report(
    question: Question,
    layout: Layout,
    comparison: Comparison,
    *,
    expected: float,
    checked: Gate,
    baseline: str,
    impact: dict[str, Any],
    key: ScoringKey,
) -> dict[str, Any]:
    """The report of `weigh`. `baseline` names the strategy that the gate compared with, `expected` is r after the choice."""
    n = comparison.results[0].n
    reasons = [*_baseline_words(comparison, baseline), *(check.reason for check in checked.checks)]
    reasons += [WAIVED[name] for name in checked.waived]
    judged = question.prior is question.fair_prior
    if not judged:
        reasons.insert(0, "Whether anything does better than the prior key cannot be told from people whom it was learnt from.")
    checks = [{"name": c.name, "required": c.required, "found": c.found, "passed": c.passed} for c in checked.checks]
    return {
        "n": n,
        "n_excluded": int(np.isnan(question.criterion).sum()),
        "criterion": question.criterion_name,
        "predictors": {
            "numbers": len(layout.answers.numbers),
            "nominal": len(layout.answers.options),
            "left_out": list(layout.useless),
        },
        "folds": question.folds,
        "repeats": question.repeats,
        "strategies": [_strategy(result) for result in comparison.results],
        "best": comparison.best,
        "recommended": comparison.recommended,
        "expected": {"r": expected, "interval": list(fisher_interval(expected, n))},
        "gate": {"passed": checked.passed and judged, "reasons": reasons, "checks": checks},
        "impact": impact,
        "composite": _composite(key),
        "key": {"id": key.id, "version": key.version, "grade": key.grade, "hash": content_hash(key)},
        "caveats": list(_caveats(question, layout, key)),
    }


def _strategy(result: StrategyResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "r": result.estimate,
        "interval": list(result.confidence_interval()),
        "r_in_sample": result.r_in_sample,
        "n_weights": result.n_weights,
        "behind_best": result.behind_best,
        "standard_error_of_difference": result.standard_error_of_difference,
    }


def _composite(key: ScoringKey) -> dict[str, Any] | None:
    if key.precision is None:
        return None
    error = standard_error_of_measurement(key.precision.sd, key.precision.reliability)
    return {
        "reliability": key.precision.reliability,
        "method": key.precision.method,
        "standard_error": error,
        "columns": len(key.items) + len(key.numbers),
    }


def _baseline_words(comparison: Comparison, baseline: str) -> Iterator[str]:
    """What the gate compared, in a sentence."""
    against = "equal weights" if baseline == Unit.name else f"the {baseline}"
    if comparison.recommended == baseline:
        yield f"Nothing did better than {against} by more than chance: there is nothing to put in their place."
    else:
        yield f"The recommended strategy, {comparison.recommended}, is compared with {against}."


def _caveats(question: Question, layout: Layout, key: ScoringKey) -> Iterator[str]:
    known = ~np.isnan(question.criterion)
    yield "r is that of people held out; r_in_sample is that of the people the weights were fitted to and says nothing of others."
    for name, values in layout.answers.numbers.items():
        both = ~np.isnan(values)
        if both.sum() > 3 and np.ptp(values[both]) > 0 and np.ptp(question.criterion[known][both]) > 0:
            r = validity_coefficient(values, question.criterion[known]).estimate
            if abs(r) > SUSPICIOUS:
                yield f"{name} alone correlates {r:.2f} with {question.criterion_name}: is it an answer, or another criterion?"
    if layout.useless:
        yield f"Nobody differs in {', '.join(layout.useless)}: left out."
    if question.prior is not None:
        unknown = [name for names in needed_columns(question.prior) for name in names if name not in layout.columns]
        if unknown:
            yield f"The prior key also weighs {', '.join(unknown)}, which are not among the predictors."
        if question.fair_prior is None:
            yield f"The prior key was learnt from people who are here ({question.met_again:.0%} of them): it was left out."
        elif question.met_again is None:
            yield "The figures of the prior key, and of what leans on it, hold only if it was not learnt from any of these people."
    if len(set(question.person)) < len(question.person):
        yield "Some ids are there more than once; rows of one person were held out together."
    if key.grade == "provisional":
        yield "There are too few cases for so many weights: the key is graded provisional."
