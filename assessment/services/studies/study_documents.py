"""What the documents of validity studies and of comparisons of weights have in common: head, tiers, refusals, caveats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.intervals import Interval
from assessment.psychometrics.validity import power
from assessment.psychometrics.weighting import Tier, n_tier
from assessment.records.key import KeyVersion
from assessment.records.study import Study
from assessment.services.studies.cohorts import Cohort

TIERS: dict[Tier, tuple[str, str]] = {
    Tier.MONITOR: ("monitor", "Counts only: no coefficient and no change of weights"),
    Tier.REPORT: ("report", "Correlations with their intervals; weights stay as they are"),
    Tier.REWEIGHT_SCALES: ("reweight scales", "Up to six weights of scales or facets may change"),
    Tier.REWEIGHT_ITEMS: ("reweight items", "Weights of any number, of items and options too, may change"),
    Tier.MODEL_BASED: ("model-based", "Weights may change, and changes may rest on item response models"),
}
USUAL_R = 0.20
"""The correlation that the power of a small study is told for."""


def heading(study: Study, version: KeyVersion, cohort: Cohort) -> dict[str, Any]:
    """Who was studied, which criterion, which key, and what the number of cases allows."""
    facts, declaration = cohort.facts, study.declaration
    tier = n_tier(cohort.n)
    name, allows = TIERS[tier]
    return {
        "n": cohort.n,
        "n_hired": facts["n_hired"],
        "n_assessed": facts["n_assessed"],
        "n_excluded": facts["n_excluded"],
        "criterion": {
            "name": declaration["criterion"],
            "kind": facts["kind"],
            "label": facts["label"],
            "reliability": facts["reliability"],
            "reliability_source": facts["reliability_source"],
        },
        "key": {"id": version.id, "version": version.version, "grade": version.grade},
        "tier": {"name": name, "allows": allows, "n_needed_next": next((int(t) for t in Tier if t > tier), None)},
        "folds": declaration["folds"],
        "repeats": declaration["repeats"],
    }


def too_few(cohort: Cohort, needed: Tier, what: str) -> dict[str, Any] | None:
    """Why the data do not allow the study, with the counts that the refusal rests on; None if they do."""
    if cohort.n < needed:
        return {"reason": f"There are too few usable cases for {what}.", "n": cohort.n, "n_needed": int(needed)}
    if np.ptp(cohort.criterion) == 0:
        return no_variation("Everybody has the same value of the criterion", cohort)
    return None


def no_variation(which: str, cohort: Cohort) -> dict[str, Any]:
    """The refusal where one side of the correlation does not vary."""
    return {"reason": f"{which}, so that nothing can go with it.", "n": cohort.n, "n_needed": cohort.n}


def caveats(cohort: Cohort) -> Iterator[str]:
    """What anybody who reads a study of this cohort should know first."""
    facts = cohort.facts
    if 0 < facts["n_assessed"] <= facts["n_hired"]:
        yield (
            "Everybody here was hired, so the range of scores is restricted by an unknown amount: among all applicants the "
            "correlation may be larger. Nothing is corrected for it."
        )
    if facts["halo"] and facts["halo"]["alpha"] > 0.8:
        halo = facts["halo"]
        yield (
            f"The {halo['n']} imported criteria agree among themselves with alpha {r_words(halo['alpha'])} (mean correlation "
            f"{r_words(halo['mean_r'])}): much of that is one general impression, so that a score may foretell being well liked "
            "as much as the performance that the criterion is named for."
        )
    yield from facts["notes"]
    if Tier.REPORT <= cohort.n < Tier.REWEIGHT_SCALES:
        chance = 100 * power(USUAL_R, cohort.n)
        yield (
            f"With {cohort.n} people a true correlation of {r_words(USUAL_R)} is told from zero {chance:.0f} times in 100: an "
            "interval that includes zero says almost nothing."
        )


def interval_of(interval: Interval) -> list[float]:
    """The two ends as a document holds them."""
    return [float(interval.low), float(interval.high)]


def rounded(values: FloatArray) -> list[float]:
    """Predictions to five places: no coefficient moves by a hundred-thousandth, and stored rows stay small."""
    return [float(value) for value in np.round(values, 5)]


def r_words(value: float, digits: int = 2) -> str:
    """A coefficient as people write it: .21, −.05."""
    text = f"{abs(value):.{digits}f}".removeprefix("0")
    return ("−" if value < 0 and float(text) != 0 else "") + text


def words(code: str) -> str:
    """A facet's or item's code as a name."""
    return code[:1].upper() + code[1:].replace("_", " ") if code.islower() else code
