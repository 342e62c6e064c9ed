"""A key learnt from a plain table, and what it is worth to people whom it never saw.

Everything that a strategy learns (means, signs, penalties) it learns inside each training part, so that the validity that
is reported is that of people held out. The interval is that of so many people; the key itself is fitted to all of them, a
tenth more than each judged fit had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from assessment.errors import Refusal
from assessment.keys import ScoringKey
from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.weighting import (
    Comparison,
    CurrentKey,
    Design,
    EmpiricalBayesTowardKey,
    Gate,
    InSample,
    LeaveOneOutRidge,
    Strategy,
    Tier,
    TrainingSample,
    Unit,
    compare_strategies,
    estimate_after_choice,
    fit_in_sample,
    folds,
    gate,
    out_of_fold_predictions,
)
from assessment.services.tabulated.asking import FOLDS, Question
from assessment.services.tabulated.groups import Labels, above_median, selection_impact
from assessment.services.tabulated.layout import Layout
from assessment.services.tabulated.learnt_keys import learnt_key
from assessment.services.tabulated.scoring import needed_columns
from assessment.services.tabulated.weighing_report import weighing_report

Progress = Callable[[str], None]


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
    contenders, baseline = _contenders(layout, question.fair_prior, n)
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
    expected = estimate_after_choice(criterion, predicted, fitted, np.random.default_rng(0))
    report = weighing_report(
        question, layout, comparison, expected=expected, checked=checked, baseline=baseline, impact=impact, key=key
    )
    return Weighed(report, key)


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
