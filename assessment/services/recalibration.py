"""Recalibration: would other weights predict better, and may they replace the key in use?

Strategies stand side by side under nested cross-validation; the recommendation is the simplest within one standard error
of the best. It is fitted to everybody but the held-out people, held within the movement cap where the form is keyed, and
written as a whole scoring key (`proposing`). The gate then asks whether that key has earned its place, and a shadow
ranking who would cross the line. Nothing is changed here: a passed gate is leave to propose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.keys import key_from_json
from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.validity import validity_coefficient
from assessment.psychometrics.weighting import GatePolicy, Tier
from assessment.records.key import KeyVersion
from assessment.records.study import Study
from assessment.services.comparing import (
    CAPPED,
    CURRENT,
    Contest,
    compare,
    contest,
    in_sample,
    label_of,
    left_out,
    predict_left_out,
)
from assessment.services.gating import Candidate, HeldOut, Movement, gate_checks
from assessment.services.impact import Groups, impact_of, lowest
from assessment.services.proposing import propose_weights, strategy_key
from assessment.services.scores.composing import ScoreTable, score_sheet
from assessment.services.scores.standard_errors import estimated_precision
from assessment.services.shadowing import shadow_ranking
from assessment.services.studies.cohorts import Answers, Cohort, Everybody
from assessment.services.studies.predicting import repeat_names, repeat_of
from assessment.services.studies.study_documents import caveats, heading, interval_of, too_few

COMPARISON, PROPOSAL, GATE = "comparison", "proposal", "gate"
WHAT = "a change of weights"
MARGINS = GatePolicy()
RELIABILITY_MARGIN = 0.05
"""How far below the key in use the composite's reliability may come, where that key is under the floor already."""


@dataclass(frozen=True)
class Evidence:
    """What a step may ask for. `part` gives an earlier step's result; `everybody` and `groups` are read when they are needed."""

    study: Study
    version: KeyVersion
    cohort: Cohort
    answers: Answers
    part: Callable[[str], Mapping[str, Any]]
    everybody: Callable[[], Everybody]
    groups: Callable[[tuple[int, ...]], Groups]

    def repeats(self) -> list[Mapping[str, Any]]:
        return [self.part(step) for step in self.study.declaration["steps"] if repeat_of(step) is not None]


def recalibration_steps(repeats: int) -> list[str]:
    """The steps after the cohort."""
    return [*repeat_names(repeats), COMPARISON, PROPOSAL, GATE]


def margins() -> dict[str, float]:
    """What is declared beforehand about the gate."""
    return {
        "minimum_gain": MARGINS.minimum_gain,
        "alpha": MARGINS.alpha,
        "impact_margin": MARGINS.impact_margin,
        "reliability_floor": MARGINS.reliability_floor,
        "reliability_margin": RELIABILITY_MARGIN,
    }


def recalibration_step(step: str, evidence: Evidence) -> dict[str, Any]:
    """Carry out one step; the result is JSON-able."""
    if too_few(evidence.cohort, Tier.REWEIGHT_SCALES, WHAT):
        return {}
    field = contest(evidence.cohort, evidence.answers)
    repeat = repeat_of(step)
    if repeat is not None:
        return dict(predict_left_out(field, repeat, evidence.study.declaration))
    return {COMPARISON: _comparison, PROPOSAL: _proposal, GATE: _gate}[step](evidence, field)


def recalibration_result(
    study: Study, version: KeyVersion, cohort: Cohort, parts: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The result document from the results of the steps."""
    head = heading(study, version, cohort)
    if refused := too_few(cohort, Tier.REWEIGHT_SCALES, WHAT):
        return head | {"refused": refused, "strategies": [], "caveats": list(caveats(cohort))}
    comparison, proposal, gate = parts[COMPARISON], parts[PROPOSAL], parts[GATE]
    said = [*caveats(cohort), *_caveats(cohort, comparison, proposal)]
    return {**head, "refused": None, "split": cohort.facts["split"], **comparison, **proposal, **gate, "caveats": said}


def _comparison(evidence: Evidence, field: Contest) -> dict[str, Any]:
    """The table of strategies with the reliability of each as a key, and its impact on people it did not learn from."""
    repeats, declaration = evidence.repeats(), evidence.study.declaration
    found = compare(field, repeats, in_sample(field, declaration))
    groups = evidence.groups(tuple(np.array(evidence.answers.sheet.applicant_ids)[~evidence.cohort.held_out].tolist()))
    rows = []
    for result in found.results:
        key = strategy_key(result.name, field, evidence.answers, declaration)
        table = score_sheet(evidence.answers.sheet, evidence.answers.form, key)
        fitted = result.effective_df > 0
        rows.append(
            {
                "name": result.name,
                "label": label_of(result.name, field.blind),
                "r": result.estimate,
                "interval": interval_of(result.confidence_interval()),
                "r_in_sample": result.r_in_sample,
                "n_weights": result.n_weights if fitted else 0,
                "effective": result.effective_df if fitted else None,
                "behind_best": result.behind_best,
                "standard_error_of_difference": result.standard_error_of_difference,
                "reliability": estimated_precision(table, evidence.answers.form, key).reliability,
                "impact_ratio": lowest(impact_of(left_out(repeats, result.name).mean(axis=0), groups)),
            }
        )
    other = found.recommended if found.recommended != found.best else CURRENT
    return {
        "strategies": rows,
        "best": found.best,
        "recommended": found.recommended,
        "standard_error_of_difference": found.result(other).standard_error_of_difference,
        "n_fitted": field.n,
    }


def _proposal(evidence: Evidence, field: Contest) -> dict[str, Any]:
    """The recommended strategy as a whole key, its weights beside those in use."""
    comparison = evidence.part(COMPARISON)
    name = comparison["recommended"]
    row = next(row for row in comparison["strategies"] if row["name"] == name)
    made = propose_weights(
        name,
        field,
        evidence.answers,
        evidence.everybody(),
        study=evidence.study,
        version=evidence.version,
        label=row["label"],
        lower_limit=row["interval"][0],
    )
    return {
        "weights": made.weights,
        "proposed_key": made.key_content,
        "n_capped": made.n_capped,
        "n_set": made.n_set,
    }


def _gate(evidence: Evidence, field: Contest) -> dict[str, Any]:
    """The gate, and who would cross the line, with the proposed key on everybody of the vacancy."""
    comparison, proposal = evidence.part(COMPARISON), evidence.part(PROPOSAL)
    everybody = evidence.everybody()
    old = everybody.answers.table
    content = proposal["proposed_key"]
    key = everybody.answers.key if content is None else key_from_json(content)
    new = old if content is None else score_sheet(old.sheet, everybody.answers.form, key)
    here = everybody.here
    groups = evidence.groups(tuple(np.array(old.sheet.applicant_ids)[here].tolist()))
    repeats, name = evidence.repeats(), comparison["recommended"]
    capped = f"{name}{CAPPED}"
    candidate = Candidate(
        criterion=field.criterion,
        current=left_out(repeats, CURRENT),
        proposed=left_out(repeats, name),
        n_weights=proposal["n_set"],
        n_usable=evidence.cohort.n,
        current_impact=impact_of(old.raw[here], groups),
        proposed_impact=impact_of(new.raw[here], groups),
        least_reliability=estimated_precision(old, everybody.answers.form, everybody.answers.key).reliability - RELIABILITY_MARGIN,
        proposed_reliability=estimated_precision(new, everybody.answers.form, key).reliability,
        held_out=_held_out(evidence.cohort, old, new),
        movement=Movement(proposal["n_capped"], left_out(repeats, capped) if capped in repeats[0] else None),
        blind=field.blind,
    )
    names = [reference for reference, chosen in zip(everybody.references, here, strict=True) if chosen]
    both = ~(np.isnan(old.raw) | np.isnan(new.raw))
    return {
        "gate": gate_checks(candidate, MARGINS),
        "composites_correlation": validity_coefficient(old.raw[both], new.raw[both]).estimate,
        "shadow": shadow_ranking(old.raw[here], new.raw[here], names, evidence.cohort.facts["n_hired"]),
    }


def _held_out(cohort: Cohort, old: ScoreTable, new: ScoreTable) -> HeldOut:
    place = {sitting: row for row, sitting in enumerate(old.sheet.sitting_ids)}
    kept = [i for i in np.flatnonzero(cohort.held_out) if cohort.sittings[i] in place]
    rows = [place[cohort.sittings[i]] for i in kept]
    criterion: FloatArray = cohort.criterion[kept]
    return HeldOut(criterion, old.raw[rows], new.raw[rows], cohort.facts["split"]["words"])


def _caveats(cohort: Cohort, comparison: Mapping[str, Any], proposal: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Weights were fitted to {comparison['n_fitted']:,} of {cohort.n:,} people. The others, {cohort.facts['split']['words']}, "
        "were kept out of all fitting."
    )
    if proposal["n_capped"]:
        yield (
            "The strategies are compared without the cap of 25 %. What one release may publish lies between the key in use "
            "and the strategy's own weights; the gate says what it gains."
        )
    if proposal["proposed_key"] and proposal["proposed_key"]["model"]["kind"] == "linear":
        yield (
            "Signs are free, because nobody can say which option is good: an option may count because of who chooses it. No "
            "cap on movement applies to a key that starts from ignorance. A person should read the points before approving."
        )
    yield (
        "Weights learnt from data can make a procedure an automated decision tool in the sense of New York City, California, "
        "Colorado, Illinois or EU law. Ask counsel before publishing the first such key."
    )
    yield "After selection on new weights r among the hired falls by range restriction. That will not mean that they got worse."
