"""The tables of a scoring key: where it comes from, how responses become scores, and what they weigh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, Strict, StringConstraints, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.vocabulary import (
    Code,
    Construct,
    Count,
    Day,
    Flag,
    Label,
    Locale,
    Name,
    Passage,
    Real,
    SchemaOne,
    Sentence,
    Version,
    Weight,
)
from assessment.keys.unit_rules import broken_unit_rules

_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?")

Grade = Literal["provisional", "panel", "data", "validated"]
Method = Literal["option_value", "best_worst", "rank_distance", "standardised_distance", "shape", "likert", "points"]
Kind = Literal["weighted_sum", "linear", "1pl", "2pl", "3pl", "pcm", "gpcm", "grm", "nrm"]
Direction = Literal["plus", "minus"]
Share = Annotated[float, Strict(), Field(ge=0, le=1)]
Spread = Annotated[float, Strict(), Field(gt=0)]
Correlation = Annotated[float, Strict(), Field(ge=-1, le=1)]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class KeyHead(Frozen):
    """The `[key]` table. `form` names the form that the key is for; without it the key is for the whole bank."""

    schema_version: SchemaOne = Field(alias="schema")
    id: Name
    version: Version
    grade: Grade
    locale: Locale | None = None
    form: Name | None = None


class Provenance(Frozen):
    """Who set the scores and weights, how, when and with how many people (`n`)."""

    method: Label
    by: Label
    on: Day
    n: Count
    note: Passage | None = None


class Statements(Frozen):
    """`max_share`: the largest part of the composite, 0 to 1, that self-report statements may make up together."""

    max_share: Share


class IrtParameters(Frozen):
    """Parameters of one unit: one `slope`, or `slopes` of a nominal model; `intercepts`; a `lower` asymptote (3pl)."""

    slope: Real | None = None
    slopes: tuple[Real, ...] = ()
    intercepts: Annotated[tuple[Real, ...], Field(min_length=1, max_length=50)]
    lower: Share | None = None


class Model(Frozen):
    """How unit scores become a composite. `sign = "free"` is said by linear keys alone: weights below 0 are possible."""

    kind: Kind
    sign: Literal["free"] | None = None
    parameters: FrozenMap[Code, IrtParameters] = Field(default_factory=dict, validate_default=True)


class Norms(Frozen):
    """A norm group of `n` people on the scale of the composite: mean, SD, and the days of its first and last sitting."""

    name: Label
    n: Annotated[int, Strict(), Field(ge=2, le=1_000_000_000)]
    mean: Real
    sd: Spread
    from_day: Day = Field(alias="from")
    to_day: Day = Field(alias="to")
    simulated: Flag = False

    @model_validator(mode="after")
    def _days_are_in_order(self) -> Norms:
        keep_rules(self._broken(self.from_day, self.to_day))
        return self

    @staticmethod
    def _broken(first: date, last: date) -> Iterator[Broken]:
        if last < first:
            yield ("to",), "is before the first day"


class Evidence(Frozen):
    """What a study found of the composite on people whom its weights had not seen: `r` with its 95 % interval, n people.

    `r_in_sample`, on the people whom the weights were fitted to, is there to be warned by. `fingerprints` are hashes of some of
    their answers, by which the key knows that it meets them again.
    """

    criterion: Label
    strategy: Label
    n: Count
    r: Correlation
    low: Correlation
    high: Correlation
    r_in_sample: Correlation
    fingerprints: Annotated[tuple[Fingerprint, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _r_is_in_its_interval(self) -> Evidence:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        if not self.low <= self.r <= self.high:
            yield ("r",), "must lie from low to high"


class Precision(Frozen):
    """How exactly the raw composite measures, found by `method` among `n` people: its reliability and SD.

    `parts` holds the SD of what each unit, scale or number adds. A missing answer adds that much doubt, squared, to the
    squared standard error of measurement, sd² (1 − reliability).
    """

    method: Label
    n: Annotated[int, Strict(), Field(ge=3, le=1_000_000_000)]
    reliability: Share
    sd: Spread
    parts: FrozenMap[Code, Weight] = Field(default_factory=dict, validate_default=True)


class OptionScore(Frozen):
    """The score of one option: 1 to 5, or any finite number where the method is `points`. `why` is for analysts."""

    score: Real
    why: Sentence | None = None


class UnitKey(Frozen):
    """How one scored unit is scored and what it weighs.

    All methods but `points` give 0 to 1 and need `item_version`, `weight` and `facets` or `attitudes`. `points` gives the
    score of the answered option as it is, and `missing` when nothing was answered; it has no weight beside that.
    """

    item_version: Version | None = None
    method: Method
    weight: Weight | None = None
    facets: FrozenMap[Construct, Share] = Field(default_factory=dict, validate_default=True)
    attitudes: FrozenMap[Construct, Share] = Field(default_factory=dict, validate_default=True)
    direction: Direction | None = None
    options: FrozenMap[Code, OptionScore] = Field(default_factory=dict, alias="option", validate_default=True)
    missing: Real = 0.0
    why: Sentence | None = None

    @model_validator(mode="after")
    def _fields_go_together(self) -> UnitKey:
        keep_rules(
            broken_unit_rules(
                method=self.method,
                given=self.model_fields_set,
                weight=self.weight,
                facets=self.facets,
                attitudes=self.attitudes,
                scores={code: option.score for code, option in self.options.items()},
            )
        )
        return self


class ScaleKey(Frozen):
    """A scale of a form whose items are numbers from `low` to `high`.

    Contribution: weight * (mean of the answered items - mean) / sd, a reversed item x counting as low + high - x; 0 when
    none was answered. `weight` has a free sign.
    """

    items: Annotated[tuple[Code, ...], Field(min_length=1, max_length=1000)]
    reversed: tuple[Code, ...] = ()
    low: Real
    high: Real
    mean: Real
    sd: Spread
    weight: Real

    @model_validator(mode="after")
    def _fields_go_together(self) -> ScaleKey:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        if self.high <= self.low:
            yield ("high",), "must be above low"
        if len(set(self.items)) != len(self.items):
            yield ("items",), "names one item twice"
        if not set(self.reversed) <= set(self.items):
            yield ("reversed",), "names an item that is not in items"


class NumberKey(Frozen):
    """A column of numbers, such as a score made elsewhere, a count or a rating that is not part of a scale.

    Contribution: weight * (x - mean) / sd, plus what `points` holds for exactly that value; 0 when nothing was answered. A
    number below `low` or above `high`, the ends that the key has seen, counts as that end. `weight` has a free sign.
    """

    low: Real
    high: Real
    mean: Real
    sd: Spread
    weight: Real
    points: FrozenMap[Code, Real] = Field(default_factory=dict, validate_default=True)

    @model_validator(mode="after")
    def _fields_go_together(self) -> NumberKey:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        if self.high <= self.low:
            yield ("high",), "must be above low"
        seen: set[float] = set()
        for code in self.points:
            if not _NUMBER.fullmatch(code):
                yield ("points", code), "is not a number"
            elif float(code) in seen:
                yield ("points", code), "is there twice"
            else:
                seen.add(float(code))
