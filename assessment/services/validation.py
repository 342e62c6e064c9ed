"""The validity study: does the score foretell what happened on the job?

The composite, its parts and its items are correlated with the criterion as they stand; nothing is fitted, so nothing is
overfitted. For a form with blind options the study also asks what its answers could predict at most (`predicting`). Below
60 usable cases there is no coefficient at all, only what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.validity import disattenuate, expectancy, linear_fit, validity_coefficient
from assessment.psychometrics.weighting import Tier
from assessment.records.key import KeyVersion
from assessment.records.study import Study
from assessment.services.scores.composing import ScoreTable
from assessment.services.studies.cohorts import Answers, Cohort
from assessment.services.studies.predicting import (
    IN_SAMPLE,
    fit_to_everybody,
    predict_left_out,
    repeat_names,
    repeat_of,
    set_table,
)
from assessment.services.studies.study_documents import caveats, heading, interval_of, no_variation, r_words, too_few, words

FOLDS, REPEATS = 5, 5
COEFFICIENTS = "coefficients"
STANDARD = "upper half of the criterion"
MOST_POINTS = 600
BAND_POINTS = 21


def validity_steps(blind: bool, repeats: int) -> list[str]:
    """The steps after the cohort: the coefficients, and for a blind form the repeats of cross-validation."""
    return [COEFFICIENTS, *([*repeat_names(repeats), IN_SAMPLE] if blind else [])]


def validity_step(step: str, declaration: Mapping[str, Any], cohort: Cohort, answers: Answers) -> dict[str, Any]:
    """Carry out one step; the result is JSON-able."""
    if too_few(cohort, Tier.REPORT, "a coefficient"):
        return {}
    if step == COEFFICIENTS:
        return _coefficients(cohort, answers.table)
    repeat = repeat_of(step)
    if repeat is None:
        return fit_to_everybody(declaration, cohort, answers)
    return predict_left_out(repeat, declaration, cohort, answers)


def validity_result(study: Study, version: KeyVersion, cohort: Cohort, parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The result document from the results of the steps."""
    head = heading(study, version, cohort) | {"standard": STANDARD}
    found = dict(parts[COEFFICIENTS])
    refused = too_few(cohort, Tier.REPORT, "a coefficient") or found.get("refused")
    if refused:
        return head | {"refused": refused, "strategies": [], "caveats": list(caveats(cohort))}
    strategies = set_table(cohort, parts)
    said = [*caveats(cohort), *_caveats(found, strategies, version)]
    return (
        head | {"refused": None} | found | {"strategies": strategies, "corrections": _corrections(found, cohort), "caveats": said}
    )


def _coefficients(cohort: Cohort, table: ScoreTable) -> dict[str, Any]:
    y, x = cohort.criterion, table.composite
    if np.ptp(x) == 0:
        return {"refused": no_variation("Everybody has the same score", cohort)}
    found = validity_coefficient(x, y)
    return {
        "composite": {
            "r": found.estimate,
            "interval": interval_of(found.confidence_interval()),
            "spearman": validity_coefficient(x, y, "spearman").estimate,
            "n": found.n,
        },
        "facets": [row for name, values in table.facets.items() if (row := _row(name, values, y))],
        "items": [row for i, code in enumerate(table.units) if (row := _row(code, table.item_scores[:, i], y))],
        "scatter": _scatter(x, y),
        "expectancy": _expectancy(x, y),
        "sd": float(x.std(ddof=1)),
    }


def _row(code: str, values: FloatArray, y: FloatArray) -> dict[str, Any] | None:
    """r of one score with the criterion; None where fewer than 60 people have it or nobody differs."""
    both = ~np.isnan(values)
    if both.sum() < Tier.REPORT or np.ptp(values[both]) == 0 or np.ptp(y[both]) == 0:
        return None
    found = validity_coefficient(values, y)
    interval = interval_of(found.confidence_interval())
    return {"code": code, "name": words(code), "label": words(code), "r": found.estimate, "interval": interval, "n": found.n}


def _scatter(x: FloatArray, y: FloatArray) -> dict[str, Any]:
    """At most 600 people, evenly spaced in the order of the cohort, with the fitted line and its band."""
    shown = np.unique(np.linspace(0, x.size - 1, min(x.size, MOST_POINTS)).round().astype(int))
    line = linear_fit(x, y)
    at = np.linspace(float(x.min()), float(x.max()), BAND_POINTS)
    band = line.band(at)
    return {
        "points": [[round(float(x[i]), 2), round(float(y[i]), 3)] for i in shown],
        "line": {"slope": line.slope, "intercept": line.intercept},
        "band": [[float(a), float(low), float(high)] for a, low, high in zip(at, band.low, band.high, strict=True)],
    }


def _expectancy(x: FloatArray, y: FloatArray) -> list[dict[str, Any]]:
    """Share above the median of the criterion by fifth of the score; where nobody is above it, the share at it."""
    cut = float(np.median(y))
    if not (y > cut).any():
        cut = float(y[y < cut].max())
    return [
        {
            "fifth": i + 1,
            "n": group.n,
            "met": group.n_above,
            "share": group.observed,
            "interval": interval_of(group.confidence_interval()),
            "model": group.expected,
            "from": group.low,
            "to": group.high,
        }
        for i, group in enumerate(expectancy(x, y, 5, cut).groups)
    ]


def _corrections(found: Mapping[str, Any], cohort: Cohort) -> dict[str, Any]:
    """The second and third of the triple. Off unless what a correction needs is known; ends of intervals go through it too."""
    r, interval, facts = found["composite"]["r"], found["composite"]["interval"], cohort.facts
    off: dict[str, Any] = {"r": None, "interval": None}
    reliability = facts["reliability"]
    if reliability is None:
        unreliability = off | {"why": "Off: the reliability of this criterion is unknown, and nobody declared it with a source."}
    else:
        unreliability = {
            "r": float(disattenuate(r, reliability)),
            "interval": [float(disattenuate(end, reliability)) for end in interval],
            "why": f"r / √{r_words(reliability)}, the criterion's reliability ({facts['reliability_source']}). The score's own "
            "unreliability is never corrected for: hiring goes by the score as it is.",
        }
    return {"unreliability": unreliability, "range_restriction": off | {"why": _why_no_range_correction(facts)}}


def _why_no_range_correction(facts: Mapping[str, Any]) -> str:
    if facts["n_assessed"] <= facts["n_hired"]:
        return "Off: everybody in the file was hired, so the spread of the applicants' scores is unknown."
    return (
        f"Off: {facts['n_hired']:,} of {facts['n_assessed']:,} applicants were hired, and it is not recorded by what they were "
        "chosen. The correction for selection on this score would be wrong for any other."
    )


def _caveats(found: Mapping[str, Any], strategies: list[dict[str, Any]], version: KeyVersion) -> Iterator[str]:
    if version.grade == "provisional":
        blind = "; for a blind form it is equal weights of unknown polarity" if strategies else ""
        yield f"The key is provisional{blind}. A correlation of its composite says how good this key is, not what the answers hold."
    tested = len(found["facets"]) + len(found["items"])
    if tested > 1:
        by_chance = max(1, round(tested / 20))
        yield (
            f"{tested} parts and items were looked at: with no relation at all, about {by_chance} of their 95 % intervals would "
            "miss zero by chance. No single one is a finding."
        )
    if strategies:
        yield (
            "The sets of predictors are judged on people left out of the fitting. In-sample figures are larger and are no "
            f"evidence; choosing the best of {len(strategies)} sets afterwards flatters it a little."
        )
