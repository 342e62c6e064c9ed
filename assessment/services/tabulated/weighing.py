"""A key learnt from a plain table, and what it is worth to people whom it never saw.

Everything that a strategy learns (means, signs, penalties) it learns inside each training part, so that the validity that
is reported is that of people held out. The interval is that of so many people; the key itself is fitted to all of them, a
tenth more than each judged fit had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from assessment.errors import Refusal
from assessment.keys import ScoringKey, content_hash
from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.classical import standard_error_of_measurement
from assessment.psychometrics.validity import validity_coefficient
from assessment.psychometrics.weighting import (
    Comparison,
    CurrentKey,
    Design,
    EmpiricalBayesTowardKey,
    Gate,
    InSample,
    LeaveOneOutRidge,
    Strategy,
    StrategyResult,
    Tier,
    TrainingSample,
    Unit,
    compare_strategies,
    fit_in_sample,
    folds,
    gate,
    out_of_fold_predictions,
)
from assessment.services.tabulated.groups import Labels, above_median, selection_impact
from assessment.services.tabulated.layout import Answers, Layout
from assessment.services.tabulated.learnt_keys import learnt_key
from assessment.services.tabulated.scoring import needed_columns

FOLDS = 10
REPEATS = 3
SUSPICIOUS = 0.5
"""A single predictor that correlates so high with the criterion is likelier another criterion than an answer."""

WAIVED = {
    "reliability": "Reliability is left open: answers that follow a criterion need not agree among themselves.",
    "impact": "Impact was not tested: fewer than two groups of ten people and 2 % of everybody are known.",
}

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Question:
    """What is asked of a table of n people: `criterion` (n,) with NaN, `groups` for impact figures alone, `person` their ids."""

    criterion_name: str
    criterion: FloatArray
    answers: Answers
    person: Sequence[str]
    groups: Labels | None = None
    prior: ScoringKey | None = None
    folds: int = FOLDS
    repeats: int = REPEATS


@dataclass(frozen=True)
class Contender:
    """A strategy with the design that it sees."""

    strategy: Strategy
    design: Design


@dataclass(frozen=True)
class Weighed:
    """The report as JSON-able content, and the key of the recommended strategy, fitted to everybody."""

    report: dict[str, Any]
    key: ScoringKey


def weigh(question: Question, *, source: str, on: date, progress: Progress) -> Weighed:
    """Compare strategies under nested cross-validation and learn the key of the one recommended.

    `source` names the file in the key. Raises Refusal where the data allow no coefficient: fewer than 60 people with a
    criterion, a criterion or predictors that do not vary.
    """
    known = ~np.isnan(question.criterion)
    n = int(known.sum())
    if n < Tier.REPORT:
        raise Refusal(f"{question.criterion_name} is known for {n} people; below {Tier.REPORT.value} there is no coefficient.")
    criterion = question.criterion[known]
    if np.ptp(criterion) == 0:
        raise Refusal(f"{question.criterion_name} is {criterion[0]:g} for everybody; nothing can be correlated with it.")
    layout = Layout(question.answers.people(known))
    contenders, baseline = _contenders(layout, question.prior, n)
    person = [who for who, here in zip(question.person, known, strict=True) if here]
    try:
        predicted, fitted = _judged(contenders, criterion, _kept_together(person), question, progress)
    except ValueError as error:
        raise Refusal(f"The data do not allow a comparison: {error}.") from error
    comparison = compare_strategies(criterion, predicted, fitted)
    chosen = next(contender for contender in contenders if contender.strategy.name == comparison.recommended)
    composite = chosen.strategy.fit(TrainingSample(chosen.design, criterion))
    groups = None if question.groups is None else [g for g, here in zip(question.groups, known, strict=True) if here]
    impact = _impact(predicted, groups, comparison.recommended, baseline)
    checked = _gate(criterion, predicted, comparison, baseline, impact)
    result = comparison.result(comparison.recommended)
    enough = next(check.passed for check in checked.checks if check.name == "cases")
    key = learnt_key(
        layout, composite, result, criterion=question.criterion_name, prior=question.prior, source=source, on=on, enough=enough
    )
    return Weighed(_report(question, layout, comparison, checked, baseline, impact, key), key)


def _contenders(layout: Layout, prior: ScoringKey | None, n: int) -> tuple[list[Contender], str]:
    """The strategies, simplest first, and the name of the one that a new key has to beat."""
    contenders: list[Contender] = []
    baseline = Unit.name
    if prior is not None:
        needed_columns(prior)
        design = layout.curved if any(number.points for number in prior.numbers.values()) else layout.plain
        weights = layout.weights_of(prior, design)
        if not weights.any():
            raise Refusal(f"Key {prior.id} gives weight to none of the predictors.")
        baseline = "prior key"
        contenders.append(Contender(CurrentKey(weights, name=baseline), design))
        if n * (FOLDS - 1) // FOLDS > design.n_columns + 3:
            strategy = EmpiricalBayesTowardKey(weights, name="empirical Bayes toward the prior key")
            contenders.append(Contender(strategy, design))
        contenders.append(Contender(LeaveOneOutRidge("ridge toward the prior key", 3, weights), design))
    contenders += [Contender(Unit(signs="training"), layout.plain), Contender(LeaveOneOutRidge(), layout.plain)]
    if layout.curved.n_columns > layout.plain.n_columns:
        contenders.append(Contender(LeaveOneOutRidge("ridge with curves", 5), layout.curved))
    return sorted(contenders, key=lambda contender: contender.strategy.complexity), baseline


def _kept_together(person: Sequence[str]) -> IntArray | None:
    """A number a person, so that somebody with several rows is never judged by weights that saw one of them."""
    place = {who: i for i, who in enumerate(dict.fromkeys(person))}
    return None if len(place) == len(person) else np.array([place[who] for who in person])


def _judged(
    contenders: Sequence[Contender], criterion: FloatArray, together: IntArray | None, question: Question, progress: Progress
) -> tuple[dict[str, FloatArray], dict[str, InSample]]:
    """Composites of people held out, (repeats, n) a strategy, and what each reaches on those it was fitted to."""
    by_design: dict[int, list[Contender]] = {}
    for contender in contenders:
        by_design.setdefault(id(contender.design), []).append(contender)
    rows: dict[str, list[FloatArray]] = {contender.strategy.name: [] for contender in contenders}
    fitted: dict[str, InSample] = {}
    for repeat in range(question.repeats):
        progress(f"Cross-validation {repeat + 1} of {question.repeats}: {question.folds} folds, {criterion.size} people.")
        fold = folds(criterion.size, question.folds, repeat, 0, together)
        for sharing in by_design.values():
            strategies = [contender.strategy for contender in sharing]
            found = out_of_fold_predictions(sharing[0].design, criterion, strategies, fold, groups=together)
            for name, row in found.items():
                rows[name].append(row)
    for sharing in by_design.values():
        fitted |= fit_in_sample(sharing[0].design, criterion, [contender.strategy for contender in sharing])
    return {name: np.stack(kept) for name, kept in rows.items()}, fitted


def _impact(predicted: dict[str, FloatArray], groups: Labels | None, chosen: str, baseline: str) -> dict[str, Any]:
    """Who would be in the top half by the composite of people held out; `{}` where no groups were named."""
    if groups is None:
        return {}
    found = selection_impact(above_median(predicted[chosen].mean(axis=0)), groups)
    before = selection_impact(above_median(predicted[baseline].mean(axis=0)), groups)
    return (
        {"cut": "above the median of the recommended strategy's composite, each person held out"}
        | found
        | {"baseline": {"strategy": baseline, "ratios": {label: group["ratio"] for label, group in before["groups"].items()}}}
    )


def _gate(
    criterion: FloatArray, predicted: dict[str, FloatArray], comparison: Comparison, baseline: str, impact: dict[str, Any]
) -> Gate:
    large = [label for label, group in impact.get("groups", {}).items() if not group["small"]]
    tested = len(large) > 1
    return gate(
        criterion,
        predicted[baseline],
        predicted[comparison.recommended],
        n_weights=max(1, comparison.result(comparison.recommended).n_weights),
        current_impact={label: impact["baseline"]["ratios"][label] for label in large} if tested else None,
        proposed_impact={label: impact["groups"][label]["ratio"] for label in large} if tested else None,
        waive=("reliability",) if tested else ("reliability", "impact"),
    )


def _report(
    question: Question,
    layout: Layout,
    comparison: Comparison,
    checked: Gate,
    baseline: str,
    impact: dict[str, Any],
    key: ScoringKey,
) -> dict[str, Any]:
    reasons = [*_baseline_words(comparison, baseline), *(check.reason for check in checked.checks)]
    reasons += [WAIVED[name] for name in checked.waived]
    checks = [{"name": c.name, "required": c.required, "found": c.found, "passed": c.passed} for c in checked.checks]
    return {
        "n": comparison.results[0].n,
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
        "gate": {"passed": checked.passed, "reasons": reasons, "checks": checks},
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
        yield "The figures of the prior key, and of what leans on it, hold only if it was not learnt from any of these people."
    if len(set(question.person)) < len(question.person):
        yield "Some ids are there more than once; rows of one person were held out together."
    if key.grade == "provisional":
        yield "There are too few cases for so many weights: the key is graded provisional."
