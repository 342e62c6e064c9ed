"""The key of a weighing: entries for the columns, how exactly it measures, what was found of it on people held out."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from assessment.errors import Refusal
from assessment.keys import (
    Evidence,
    KeyErrors,
    KeyHead,
    Model,
    Precision,
    Provenance,
    ScoringKey,
    key_from_json,
    key_to_json,
)
from assessment.psychometrics.weighting import LinearComposite, StrategyResult, composite_precision
from assessment.services.tabulated.familiar import kept_fingerprints
from assessment.services.tabulated.layout import Answers, Layout
from assessment.services.tabulated.scoring import parts_of


def learnt_key(
    layout: Layout,
    composite: LinearComposite,
    result: StrategyResult,
    *,
    criterion: str,
    prior: ScoringKey | None,
    source: str,
    on: date,
    enough: bool,
) -> ScoringKey:
    """A linear key that gives the composites of `composite`: version 1, or the next version of the prior.

    It is graded `data`, or `provisional` where the cases are not `enough` for its weights. Raises Refusal when all weights
    are 0, or when the names of columns cannot stand in a key.
    """
    items, numbers = layout.entries(composite)
    if not items and not numbers:
        raise Refusal("The recommended weights are all 0: nobody would differ from anybody.")
    low, high = result.confidence_interval()
    answers = Answers(
        {name: layout.answers.numbers[name] for name in numbers}, {name: layout.answers.options[name] for name in items}
    )
    head = (
        {"id": _slug(Path(source).stem, criterion), "version": 1}
        if prior is None
        else {"id": prior.id, "version": prior.version + 1}
    )
    try:
        key = ScoringKey(
            key=KeyHead.model_validate(head | {"schema": 1, "grade": "data" if enough else "provisional"}),
            provenance=Provenance(
                method=f"{result.name}, nested cross-validation",
                by="flask psychometrics weigh",
                on=on,
                n=result.n,
                note=f"Learnt from {source[:200]}. Nobody said beforehand which way answers point, so that the signs are free.",
            ),
            model=Model(kind="linear", sign="free"),
            precision=None,
            evidence=Evidence(
                criterion=criterion[:120],
                strategy=result.name,
                n=result.n,
                r=round(result.estimate, 6),
                low=round(low, 6),
                high=round(high, 6),
                r_in_sample=round(result.r_in_sample, 6),
                fingerprints=kept_fingerprints(answers),
            ),
            item=items,
            number=numbers,
        )
        # Read again from its file, so that what is written can certainly be read.
        return key_from_json(key_to_json(key.model_copy(update={"precision": _precision(key, answers)})))
    except KeyErrors as error:
        raise Refusal(f"The names in the table cannot stand in a key.\n{error}") from error


def _precision(key: ScoringKey, answers: Answers) -> Precision | None:
    """How exactly the composite measures among those it was learnt from; None for a single column, which has no parts."""
    parts = parts_of(key, answers)
    if len(parts.names) < 2:
        return None
    found = composite_precision(parts.values)
    return Precision(
        method="Guttman's lambda-2 of what each column adds",
        n=found.n,
        reliability=round(found.estimate, 6),
        sd=round(found.sd, 9),
        parts={name: round(float(sd), 9) for name, sd in zip(parts.names, found.part_sd, strict=True)},
    )


def _slug(*words: str) -> str:
    parts = [re.sub(r"[^a-z0-9]+", "-", word.casefold()).strip("-") for word in words]
    return "-".join(part for part in parts if part)[:60].strip("-") or "key"
