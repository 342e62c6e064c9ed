"""A linear key applied to a plain table: what each column adds, the composite, and how exactly it measures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assessment.errors import BadInput, Fault, Refusal
from assessment.keys import ScoringKey, content_hash
from assessment.psychometrics import keying
from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray
from assessment.psychometrics.weighting import composite_standard_error
from assessment.services.scores.numbers import number_contributions
from assessment.services.tabulated.familiar import FAMILIAR
from assessment.services.tabulated.layout import Answers, points_by_option

COLUMNS = ("id", "composite", "standard_error", "n_answered", "key")
_HASH_SHOWN = 12
_PLACES = 6


@dataclass(frozen=True)
class Parts:
    """What each item, number and scale of a key adds to each person's composite: `values` (n, k), 0 where not `answered`.

    `n_answered` (n,) counts columns of the table, of which a scale has several.
    """

    names: tuple[str, ...]
    values: FloatArray
    answered: BoolArray
    n_answered: IntArray

    @property
    def composite(self) -> FloatArray:
        """(n,) sums of the parts."""
        return np.asarray(self.values.sum(axis=1))


@dataclass(frozen=True)
class Scores:
    """(n,) each, NaN for who answered nothing that the key asks for; `standard_error` is None where the key tells no precision.

    `scale` is `t` (mean 50, SD 10 in the key's norm group) or `sd` (0 the mean, 1 the SD of those it was learnt from).
    """

    composite: FloatArray
    standard_error: FloatArray | None
    n_answered: IntArray
    n_columns: int
    scale: str
    key: str


def needed_columns(key: ScoringKey) -> tuple[list[str], list[str]]:
    """The columns that a linear key reads as numbers, and those that it reads as options. Raises Refusal for other keys."""
    if key.model.kind != "linear":
        raise Refusal(
            f"Key {key.id} is a {key.model.kind} key for items of the bank. Plain tables take linear keys, such as weigh makes."
        )
    numbers = dict.fromkeys([*key.numbers, *(code for scale in key.scales.values() for code in scale.items)])
    return list(numbers), list(key.items)


def require_columns(key: ScoringKey, columns: Collection[str]) -> None:
    """Raise BadInput that names every column the key needs and the table lacks."""
    numbers, options = needed_columns(key)
    missing = [name for name in (*options, *numbers) if name not in columns]
    if missing:
        faults = [Fault("header", f"there is no column {name!r}") for name in missing]
        many = "1 column" if len(missing) == 1 else f"{len(missing)} columns"
        raise BadInput(
            f"The file lacks {many} of the {len(numbers) + len(options)} that key {key.id} needs. Nobody was scored.", faults
        )


def parts_of(key: ScoringKey, answers: Answers) -> Parts:
    """What each part of a linear key adds for each person. `answers` must hold the columns that the key needs.

    An option that the key does not know counts as not answered, as does a number of a scale beyond its ends.
    """
    names: list[str] = []
    values: list[FloatArray] = []
    answered: list[BoolArray] = []
    n_answered = np.zeros(_n_people(answers), dtype=np.int64)
    for name, entry in key.items.items():
        points = points_by_option(entry)
        given = answers.options[name]
        known = np.array([option in points for option in given], dtype=bool)
        names.append(name)
        values.append(np.array([entry.missing if option is None else points.get(option, entry.missing) for option in given]))
        answered.append(known)
        n_answered += known
    for name, number in key.numbers.items():
        known = ~np.isnan(answers.numbers[name])
        names.append(name)
        values.append(np.nan_to_num(number_contributions(answers.numbers[name], number)))
        answered.append(known)
        n_answered += known
    for name, scale in key.scales.items():
        items = np.column_stack([answers.numbers[code] for code in scale.items])
        items = np.where((items >= scale.low) & (items <= scale.high), items, np.nan)
        means = keying.scale_scores(items, [code in scale.reversed for code in scale.items], scale.low, scale.high)
        names.append(name)
        values.append(np.nan_to_num(scale.weight * (means - scale.mean) / scale.sd))
        answered.append(~np.isnan(means))
        n_answered += (~np.isnan(items)).sum(axis=1)
    return Parts(tuple(names), np.column_stack(values), np.column_stack(answered), n_answered)


def score(key: ScoringKey, answers: Answers) -> Scores:
    """The composite of each person under a linear key, on the T scale where the key has norms.

    A missing answer adds what the key says: `missing` of an item, 0 (the average person's) of a number or a scale. Each
    person's score depends on nobody else in the table.
    """
    parts = parts_of(key, answers)
    nothing = parts.n_answered == 0
    raw = np.where(nothing, np.nan, parts.composite)
    unit = 10.0 / key.norms.sd if key.norms else 1.0
    numbers, options = needed_columns(key)
    error = None
    if key.precision is not None:
        spread = [key.precision.parts.get(name, 0.0) for name in parts.names]
        error = unit * composite_standard_error(key.precision.sd, key.precision.reliability, spread, parts.answered)
        error = np.where(nothing, np.nan, error)
    return Scores(
        composite=50.0 + unit * (raw - key.norms.mean) if key.norms else raw,
        standard_error=error,
        n_answered=parts.n_answered,
        n_columns=len(numbers) + len(options),
        scale="t" if key.norms else "sd",
        key=name_of(key),
    )


def rows(people: Sequence[str], scores: Scores) -> Iterator[tuple[object, ...]]:
    """A row a person in the order of `COLUMNS`."""
    composites = scores.composite.round(_PLACES).tolist()
    errors = [None] * len(people) if scores.standard_error is None else scores.standard_error.round(_PLACES).tolist()
    for who, composite, error, n in zip(people, composites, errors, scores.n_answered.tolist(), strict=True):
        yield who, composite, error, n, scores.key


def summary(scores: Scores) -> dict[str, Any]:
    """What was done: `{"n", "n_scored", "columns", "key", "scale", "mean", "sd", "standard_error"}`."""
    known = scores.composite[~np.isnan(scores.composite)]
    error = None if scores.standard_error is None or not known.size else float(np.nanmedian(scores.standard_error))
    return {
        "n": int(scores.composite.size),
        "n_scored": int(known.size),
        "columns": scores.n_columns,
        "key": scores.key,
        "scale": scores.scale,
        "mean": float(known.mean()) if known.size else None,
        "sd": float(known.std(ddof=1)) if known.size > 1 else None,
        "standard_error": error,
    }


def notes(key: ScoringKey, people: Sequence[str], scores: Scores, met_again: float | None = None) -> Iterator[str]:
    """What somebody who reads the scores should know. `met_again` as `familiar.share_met_again` tells it."""
    if (met_again or 0.0) >= FAMILIAR:
        yield f"{met_again:.0%} of the people the key was learnt from are here: how well it foretells them says nothing of others."
    if scores.scale == "t" and key.norms is not None:
        yield f"Composites are T scores: 50 is the mean and 10 the SD of {key.norms.name} (n = {key.norms.n})."
    else:
        yield f"Composites are in SDs of the {key.provenance.n} people the key was learnt from; 0 is their mean."
    nothing = int((scores.n_answered == 0).sum())
    few = int((2 * scores.n_answered < scores.n_columns).sum()) - nothing
    if nothing:
        yield f"{nothing} of {len(people)} answered nothing that the key asks for, and have no composite."
    if few:
        yield f"{few} of {len(people)} answered less than half: their standard errors are wide."
    if scores.standard_error is None:
        yield "The key says nothing of its precision: standard errors are left empty."
    if len(set(people)) < len(people):
        yield f"{len(people) - len(set(people))} ids are there more than once."


def name_of(key: ScoringKey) -> str:
    """`id/version/hash`, by which a score names the key that made it."""
    return f"{key.id}/{key.version}/{content_hash(key).removeprefix('sha256:')[:_HASH_SHOWN]}"


def _n_people(answers: Answers) -> int:
    for column in (*answers.numbers.values(), *answers.options.values()):
        return len(column)
    return 0
