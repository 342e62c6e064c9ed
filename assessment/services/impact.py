"""Adverse impact of a composite, by groups out of the demographic store.

The store is opened here and for audits alone. Studies call this; nothing that keys, scores or ranks can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.fairness import SMALL_SHARE, scoring_rates
from assessment.records.applicant import Applicant
from assessment.records.database import vault_of
from assessment.records.demographic import Demographic

FEWEST_IN_GROUP = 10
CROSSED = ("sex", "race or ethnicity")
"""Groups that are counted together too, where both are known (New York City's rule on bias audits)."""

Groups = Mapping[str, Sequence[str | None]]
"""Group name to a label a person; None where it is not known."""


def groups_of(session: Session, *, organisation_id: int, applicant_ids: Sequence[int]) -> dict[str, list[str | None]]:
    """What is known of the groups of these applicants, in their order. Empty where nothing is stored.

    Sex and race or ethnicity are crossed as well, where both are known.
    """
    vault = vault_of(session)
    place = {applicant: row for row, applicant in enumerate(applicant_ids)}
    query = (
        select(Demographic.applicant_id, Demographic.group_name, Demographic.value_sealed, Applicant.subject)
        .join(Applicant, Applicant.id == Demographic.applicant_id)
        .where(Demographic.organisation_id == organisation_id)
        .order_by(Demographic.group_name)
    )
    groups: dict[str, list[str | None]] = {}
    for applicant_id, name, sealed, subject in session.execute(query):
        if applicant_id in place:
            labels = groups.setdefault(name, [None] * len(applicant_ids))
            labels[place[applicant_id]] = vault.open(f"demographic.{name}", subject, sealed).rstrip()
    if all(name in groups for name in CROSSED):
        pairs = zip(*(groups[name] for name in CROSSED), strict=True)
        groups[" by ".join(CROSSED)] = [f"{one}, {other}" if one and other else None for one, other in pairs]
    return groups


def impact_of(composites: FloatArray, groups: Groups) -> dict[str, float]:
    """Share of each group above everybody's median over the highest group's share: {"group label": ratio}.

    Groups below 2 % of everybody or with fewer than 10 people are left out, also as the highest: one person would move the
    ratios too far, and could be read from them.
    """
    ratios = {}
    for name, labels in groups.items():
        known = Counter(label for label, score in zip(labels, composites, strict=True) if label is not None and not np.isnan(score))
        fewest = max(FEWEST_IN_GROUP, SMALL_SHARE * known.total())
        large = {label for label, n in known.items() if n >= fewest}
        if len(large) < 2:
            continue
        rates = scoring_rates(composites, [label if label in large else None for label in labels])
        for label, group in sorted(rates.groups.items(), key=lambda pair: str(pair[0])):
            ratios[f"{name} {label}"] = group.ratio
    return ratios


def lowest(ratios: Mapping[str, float]) -> float | None:
    """The lowest ratio; None where no groups are known."""
    return min(ratios.values(), default=None)
