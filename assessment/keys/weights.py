"""What each unit counts in a facet and in the composite of a weighted-sum key, and a key with other facet weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from assessment.bank.faults import faults_in
from assessment.bank.units import Unit
from assessment.errors import BadInput, Fault
from assessment.keys.faces import KeyErrors
from assessment.keys.key import ScoringKey
from assessment.keys.parts import Grade, KeyHead, Provenance


def facet_weights(key: ScoringKey, units: Iterable[Unit]) -> dict[str, dict[str, float]]:
    """Within-facet weights: facet -> unit code -> weight above 0, summing to 1 in each facet.

    F_f = sum_i w_i * share_if * s_i / sum_i w_i * share_if over the units given, s_i the unit's score from 0 to 1. A facet
    in which no unit weighs anything is left out. Raises BadInput for a unit without an entry, or a linear key.
    """
    _need_entries(key, units := tuple(units))
    raw: dict[str, dict[str, float]] = {}
    for unit in units:
        for facet, share in key.items[unit.code].facets.items():
            if (product := key.weight_of(unit.code) * share) > 0:
                raw.setdefault(facet, {})[unit.code] = product
    totals = {facet: math.fsum(column.values()) for facet, column in raw.items()}
    return {facet: {code: product / totals[facet] for code, product in raw[facet].items()} for facet in key.facets if facet in raw}


def effective_weights(key: ScoringKey, units: Iterable[Unit]) -> dict[str, float]:
    """What each unit counts in the composite: unit code -> weight from 0 to 1, all summing to 1, attitudes 0.

    The composite is sum_f W_f * F_f / sum_f W_f over the facets that have units here, so that a unit's weight is
    c_i = sum_f (W_f / sum W) * w_i * share_if / sum_j w_j * share_jf. When the statements (likert) make up more than
    `statements.max_share`, they are scaled down to exactly that and the other units up to the rest; a form of statements
    alone stays as it is. Raises BadInput for a key of another kind, a unit without an entry, or weights that are all 0.
    """
    units = tuple(units)
    if key.model.kind != "weighted_sum":
        raise BadInput(f"Key {key.id} is a {key.model.kind} key; unit weights are read off weighted sums alone.")
    columns = {facet: column for facet, column in facet_weights(key, units).items() if key.facets[facet] > 0}
    total = math.fsum(key.facets[facet] for facet in columns)
    if not total > 0:
        raise BadInput(f"Key {key.id} gives no weight to any of these units, so that there is no composite.")
    weights = {
        unit.code: math.fsum(key.facets[facet] / total * column.get(unit.code, 0.0) for facet, column in columns.items())
        for unit in units
    }
    return _capped(weights, {unit.code for unit in units if unit.format == "likert"}, key)


def _capped(weights: dict[str, float], statements: set[str], key: ScoringKey) -> dict[str, float]:
    most = key.statements.max_share if key.statements is not None else 1.0
    share = math.fsum(weights[code] for code in statements)
    others = math.fsum(weight for code, weight in weights.items() if code not in statements)
    if share <= most or others == 0:
        return weights
    return {code: weight * (most / share if code in statements else (1 - most) / others) for code, weight in weights.items()}


def _need_entries(key: ScoringKey, units: tuple[Unit, ...]) -> None:
    if key.model.kind == "linear":
        raise BadInput(f"Key {key.id} is a linear key; it has no facets.")
    missing = [unit.code for unit in units if unit.code not in key.items]
    if missing:
        faults = [Fault(f"[item.{code}]", "has no entry in the key") for code in missing]
        raise BadInput(f"Key {key.id} has no entry for {', '.join(missing)}.", faults)


def with_facet_weights(
    key: ScoringKey, weights: Mapping[str, float], *, version: int, provenance: Provenance, grade: Grade
) -> ScoringKey:
    """A new key with other facet weights, as a recalibration proposes it: same options, same unit weights, same model.

    `weights` names each facet of the key once. Norms are left out, for they belong to the old composite. Raises BadInput
    when the facets differ, a weight is below 0 or not finite, all are 0, or `version` is not above the key's own.
    """
    faults = [Fault("facets", f"{name} is not a facet of key {key.id}") for name in weights if name not in key.facets]
    faults += [Fault("facets", f"{name} is left out") for name in key.facets if name not in weights]
    if version <= key.version:
        faults.append(Fault("version", f"must be above {key.version}, the version that it changes"))
    if faults:
        raise KeyErrors(faults)
    head = key.head.model_dump() | {"version": version, "grade": grade}
    try:
        return ScoringKey(
            key=KeyHead.model_validate(head),
            provenance=provenance,
            facets={name: float(weights[name]) for name in key.facets},
            statements=key.statements,
            model=key.model,
            item=key.items,
            scale=key.scales,
        )
    except ValidationError as error:
        raise KeyErrors(faults_in(error, "key", {})) from error
