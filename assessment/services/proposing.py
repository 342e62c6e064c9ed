"""The recommended strategy as a scoring key: fitted, held within the cap, written out, with the movement of each weight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.keys import Grade, KeyHead, Provenance, ScoringKey, key_to_dict
from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.weighting import LinearComposite
from assessment.records.key import KeyVersion
from assessment.records.study import Study
from assessment.services.comparing import CURRENT, Contest
from assessment.services.scores.composing import score_sheet
from assessment.services.studies.cohorts import Answers, Everybody
from assessment.services.studies.proposed_keys import hold_within_cap, linear_key, norms_of, reweighted_key, with_norms
from assessment.services.studies.study_documents import words

VALIDATED_ABOVE = 0.08
"""The lower limit of the cross-validated interval that earns the grade `validated`; below it a fitted key is `data`."""
JACKKNIFE_GROUPS = 20
"""Groups of people left out in turn for the standard errors of weights (delete-a-group jackknife; Kott, 2001)."""


@dataclass(frozen=True)
class Proposed:
    """`key_content` is None where the key in use is the recommendation. `n_set` weights would be set anew."""

    weights: list[dict[str, Any]]
    key_content: dict[str, Any] | None
    n_capped: int
    n_set: int


def strategy_key(name: str, field: Contest, answers: Answers, declaration: Mapping[str, Any]) -> ScoringKey:
    """A strategy's own weights, without cap and norms, as a key: what its reliability is reckoned with."""
    if name == CURRENT:
        return with_norms(answers.key, None)
    fitted = _fitted(name, field, declaration)
    provenance = Provenance(method="criterion study", by="Attune", on=answers.key.provenance.on, n=field.n, note="A trial.")
    version = answers.key.version + 1
    if field.blind:
        head = KeyHead(schema=1, id="trial", version=version, grade="data")
        return linear_key(answers, field.design, fitted, head=head, provenance=provenance)
    weights = np.maximum(fitted.weights, 0.0)
    if not weights.any():
        return with_norms(answers.key, None)
    return reweighted_key(answers.key, field.design.names, weights, version=version, provenance=provenance, grade="data")


def propose_weights(
    name: str,
    field: Contest,
    answers: Answers,
    everybody: Everybody,
    *,
    study: Study,
    version: KeyVersion,
    label: str,
    lower_limit: float,
) -> Proposed:
    """Fit the recommended strategy to everybody who is not held out and write the key that would be published."""
    if name == CURRENT:
        return Proposed([] if field.blind else _unmoved(field), None, 0, 1)
    fitted = _fitted(name, field, study.declaration)
    grade: Grade = "validated" if lower_limit > VALIDATED_ABOVE else "data"
    note = (
        f"{label}, fitted to {field.n} hires of vacancy {study.declaration['vacancy']} with the criterion "
        f"{study.declaration['criterion']}. Declaration {study.declaration_hash}."
    )
    provenance = Provenance(method="criterion study", by=f"Study {study.id}", on=study.declared_at.date(), n=field.n, note=note)
    number = max(version.version, answers.key.version) + 1
    if field.blind:
        form = answers.key.head.form
        head = KeyHead(schema=1, id=f"study-{study.id}", version=number, grade=grade, form=form)
        key = linear_key(answers, field.design, fitted, head=head, provenance=provenance)
        rows, n_capped = [], 0
    else:
        held = hold_within_cap(field.current, fitted.weights)
        key = reweighted_key(answers.key, field.design.names, held.weights, version=number, provenance=provenance, grade=grade)
        rows = _movement(name, field, study.declaration, held.weights, held.capped)
        n_capped = int(held.capped.sum())
    raw = score_sheet(everybody.answers.sheet, everybody.answers.form, key).raw
    raw = np.where(everybody.in_source, raw, np.nan)
    norms = norms_of(raw, title=everybody.title, first=everybody.first, last=everybody.last, simulated=everybody.simulated)
    return Proposed(rows, key_to_dict(with_norms(key, norms)), n_capped, max(1, fitted.n_weights))


def _fitted(name: str, field: Contest, declaration: Mapping[str, Any]) -> LinearComposite:
    strategy = next(s for s in field.strategies(declaration["folds"]) if s.name == name)
    return strategy.fit(field.sample(declaration["seed"]))


def _movement(
    name: str, field: Contest, declaration: Mapping[str, Any], proposed: FloatArray, capped: np.ndarray
) -> list[dict[str, Any]]:
    """Each facet's share of the composite now and then, in percent, with the jackknife standard error of the proposal."""
    errors = _standard_errors(name, field, declaration)
    now, then = _percent(field.current), _percent(proposed)
    return [_row(code, now[i], then[i], float(errors[i]), bool(capped[i])) for i, code in enumerate(field.design.names)]


def _unmoved(field: Contest) -> list[dict[str, Any]]:
    return [_row(code, share, share, None, False) for code, share in zip(field.design.names, _percent(field.current), strict=True)]


def _standard_errors(name: str, field: Contest, declaration: Mapping[str, Any]) -> FloatArray:
    """Of the shares that the strategy would give without the cap: √((G − 1) / G Σ (w₍g₎ − w̄)²)."""
    group = np.arange(field.n) % JACKKNIFE_GROUPS
    shares = []
    for g in range(JACKKNIFE_GROUPS):
        kept = group != g
        part = Contest(
            field.design.people(kept),
            field.criterion[kept],
            None if field.groups is None else field.groups[kept],
            field.current,
            field.blind,
            field.ignorant,
        )
        weights = np.maximum(_fitted(name, part, declaration).weights, 0.0)
        shares.append(_percent(weights if weights.any() else field.current))
    apart = np.array(shares) - np.mean(shares, axis=0)
    return np.asarray(np.sqrt((JACKKNIFE_GROUPS - 1) / JACKKNIFE_GROUPS * (apart**2).sum(axis=0)))


def _percent(weights: FloatArray) -> FloatArray:
    return np.asarray(100.0 * weights / weights.sum())


def _row(code: str, current: float, proposed: float, se: float | None, capped: bool) -> dict[str, Any]:
    return {
        "code": code,
        "name": words(code),
        "current": float(current),
        "proposed": float(proposed),
        "se": se,
        "capped": capped,
    }
