"""Ways of weighting under one test: which strategies are compared, and how each does on people it did not learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.weighting import (
    Comparison,
    CurrentKey,
    Design,
    EmpiricalBayesTowardKey,
    InSample,
    Ridge,
    RidgeTowardKey,
    Strategy,
    TrainingSample,
    Unit,
    compare_strategies,
    fit_in_sample,
    folds,
    out_of_fold_predictions,
)
from assessment.services.studies.cohorts import Answers, Cohort
from assessment.services.studies.designs import blind_design, blind_weights_of, facet_design, facet_weights_of
from assessment.services.studies.proposed_keys import WithinCap
from assessment.services.studies.study_documents import rounded

CURRENT = "current"
CAPPED = " within the cap"
LABELS = {
    CURRENT: "Current key",
    "unit": "Unit weights",
    "empirical_bayes": "Empirical Bayes toward the current key",
    "ridge_toward_key": "Ridge toward the current key",
    "ridge": "Ridge on every option and scale",
}
LABELS_OF_BLIND = LABELS | {"unit": "Equal weights, signs from the data"}
PEOPLE_A_WEIGHT = 2
"""Empirical Bayes begins with least squares, which needs more people than weights to begin with anything."""


@dataclass(frozen=True)
class Contest:
    """The people that weights may be fitted to, their predictors, and the strategies that compete.

    `current` (p,) are the weights of the key in use for the columns of `design`. For a keyed form every weight stays at
    zero or above; for a blind one signs are free. `ignorant` is true of a key that starts from ignorance: shrinking toward
    it is then no simpler than shrinking toward nothing.
    """

    design: Design
    criterion: FloatArray
    groups: np.ndarray | None
    current: FloatArray
    blind: bool
    ignorant: bool

    @property
    def n(self) -> int:
        return int(self.criterion.size)

    def strategies(self, n_folds: int) -> list[Strategy]:
        """The strategies that are compared, simplest first."""
        signs = np.zeros(self.current.size, dtype=bool) if self.blind else np.ones(self.current.size, dtype=bool)
        chosen: list[Strategy] = [
            CurrentKey(self.current, name=CURRENT),
            Unit(signs="training" if self.blind else "plus", name="unit"),
        ]
        if self.n * (1 - 1 / n_folds) >= PEOPLE_A_WEIGHT * self.current.size:
            chosen.append(EmpiricalBayesTowardKey(self.current, name="empirical_bayes"))
        ridge, toward = (3, 4) if self.ignorant else (4, 3)
        if self.blind:
            chosen.append(Ridge(name="ridge", complexity=ridge))
        chosen.append(RidgeTowardKey(self.current, None if self.blind else signs, name="ridge_toward_key", complexity=toward))
        return chosen

    def within_cap(self, n_folds: int) -> list[Strategy]:
        """The fitted strategies of a keyed form as one release could publish them; none for a blind form."""
        if self.blind:
            return []
        moved = [s for s in self.strategies(n_folds) if s.name != CURRENT]
        return [WithinCap(s, self.current, s.name + CAPPED, s.complexity) for s in moved]

    def sample(self, seed: int) -> TrainingSample:
        """Everybody that weights may be fitted to."""
        return TrainingSample(self.design, self.criterion, groups=self.groups, seed=seed)


def contest(cohort: Cohort, answers: Answers) -> Contest:
    """The people of a cohort who are not held out, with the predictors that their form allows."""
    blind = answers.form.imported
    design = blind_design(answers).design if blind else facet_design(answers)
    weights = blind_weights_of(answers.key, design) if blind else facet_weights_of(answers.key, design)
    fitted = ~cohort.held_out
    return Contest(
        design.people(fitted),
        cohort.criterion[fitted],
        None if cohort.groups is None else cohort.groups[fitted],
        weights,
        blind,
        blind and answers.key.grade == "provisional",
    )


def predict_left_out(contest: Contest, repeat: int, declaration: Mapping[str, Any]) -> dict[str, list[float]]:
    """Each strategy's composites of everybody, by weights that never saw them."""
    n_folds, seed = declaration["folds"], declaration["seed"]
    fold = folds(contest.n, n_folds, repeat, seed, contest.groups)
    strategies = [*contest.strategies(n_folds), *contest.within_cap(n_folds)]
    found = out_of_fold_predictions(contest.design, contest.criterion, strategies, fold, groups=contest.groups, seed=seed)
    return {name: rounded(values) for name, values in found.items()}


def in_sample(contest: Contest, declaration: Mapping[str, Any]) -> dict[str, InSample]:
    """Each strategy fitted to everybody: its optimistic figure and its size."""
    strategies = contest.strategies(declaration["folds"])
    return fit_in_sample(contest.design, contest.criterion, strategies, groups=contest.groups, seed=declaration["seed"])


def compare(contest: Contest, repeats: Sequence[Mapping[str, Sequence[float]]], fitted: Mapping[str, InSample]) -> Comparison:
    """The repeats put together; what is within the cap takes no part in the choice."""
    return compare_strategies(contest.criterion, {name: left_out(repeats, name) for name in fitted}, fitted)


def left_out(repeats: Sequence[Mapping[str, Sequence[float]]], name: str) -> FloatArray:
    """The composites of one strategy: (repeats, n)."""
    return np.array([repeat[name] for repeat in repeats], dtype=np.float64)


def label_of(name: str, blind: bool) -> str:
    """A strategy's name as people read it."""
    return (LABELS_OF_BLIND if blind else LABELS)[name]
