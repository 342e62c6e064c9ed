"""What the answers to a form with blind options could predict at most: sets of predictors under cross-validation.

Ridge regression is fitted to four fifths of the people and judged on the fifth left out, its penalty chosen inside the
fitting part; the division is repeated. In-sample figures stand beside it as a warning, never alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from assessment.psychometrics.intervals import fisher_interval
from assessment.psychometrics.weighting import Ridge, fit_in_sample, folds, mean_correlation, out_of_fold_predictions
from assessment.services.studies.cohorts import Answers, Cohort
from assessment.services.studies.designs import predictor_sets
from assessment.services.studies.study_documents import interval_of, rounded

IN_SAMPLE = "in sample"
RIDGE = Ridge()


def repeat_names(repeats: int) -> list[str]:
    """One step for each repeat of the division into folds."""
    return [f"repeat {i + 1} of {repeats}" for i in range(repeats)]


def repeat_of(step: str) -> int | None:
    """The number of a repeat, from 0; None for a step that is none."""
    return int(step.split()[1]) - 1 if step.startswith("repeat ") else None


def predict_left_out(repeat: int, declaration: Mapping[str, Any], cohort: Cohort, answers: Answers) -> dict[str, Any]:
    """Each set's composites of everybody, by weights that never saw them: {set: n numbers}."""
    fold = folds(cohort.n, declaration["folds"], repeat, declaration["seed"])
    return {
        s.name: rounded(out_of_fold_predictions(s.design, cohort.criterion, [RIDGE], fold, seed=declaration["seed"])[RIDGE.name])
        for s in predictor_sets(answers)
    }


def fit_to_everybody(declaration: Mapping[str, Any], cohort: Cohort, answers: Answers) -> dict[str, Any]:
    """Each set's optimistic figure and its number of weights, in a list: a database may reorder the names of an object."""
    found = []
    for s in predictor_sets(answers):
        fitted = fit_in_sample(s.design, cohort.criterion, [RIDGE], seed=declaration["seed"])[RIDGE.name]
        found.append(
            {
                "name": s.name,
                "label": s.label,
                "r": fitted.r_in_sample,
                "n_weights": fitted.n_weights,
                "effective": fitted.effective_df,
            }
        )
    return {"sets": found}


def set_table(cohort: Cohort, parts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row a set, in the order of the sets: cross-validated r (mean over repeats) with Fisher's interval at n people."""
    repeats = [content for step, content in parts.items() if repeat_of(step) is not None]
    rows = []
    for fitted in parts.get(IN_SAMPLE, {}).get("sets", []):
        name = fitted["name"]
        r = mean_correlation(np.array([repeat[name] for repeat in repeats]), cohort.criterion)
        rows.append(
            {
                "name": name,
                "label": fitted["label"],
                "block": name,
                "r": r,
                "interval": interval_of(fisher_interval(r, cohort.n)),
                "r_in_sample": fitted["r"],
                "n_weights": fitted["n_weights"],
                "effective": fitted["effective"],
            }
        )
    return rows
