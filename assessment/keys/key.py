"""The scoring key: one immutable object with three faces (authored TOML, database row, exchange file)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.vocabulary import SOURCE_LOCALE, Code, Construct, Locale, Weight
from assessment.keys.parts import (
    Evidence,
    Grade,
    KeyHead,
    Model,
    Norms,
    NumberKey,
    Precision,
    Provenance,
    ScaleKey,
    Statements,
    UnitKey,
)

_UNIT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)?")


class ScoringKey(Frozen):
    """Option scores, weights, model, norms, provenance and evidence. No text of an item: `why` is a note for analysts.

    `items` maps a unit code (item id, or `item.step`) to its entry, `scales` a scale code to its scale, `numbers` a code to
    the weight of a number. Kinds: a `weighted_sum` and the IRT kinds have facets and statements, and non-negative weights; a
    `linear` key is for forms with blind options and for plain tables, has methods `points`, scales and numbers only, and
    says `sign = "free"` with a reason in `provenance.note`. `norms` are of people who answered in the language of the source,
    `norms_in` of those who answered a translation, which is another instrument.
    """

    head: KeyHead = Field(alias="key")
    provenance: Provenance
    facets: FrozenMap[Construct, Weight] = Field(default_factory=dict, validate_default=True)
    statements: Statements | None = None
    model: Model
    norms: Norms | None = None
    norms_in: FrozenMap[Locale, Norms] = Field(default_factory=dict, validate_default=True)
    precision: Precision | None = None
    evidence: Evidence | None = None
    items: FrozenMap[Code, UnitKey] = Field(default_factory=dict, alias="item", validate_default=True)
    scales: FrozenMap[Code, ScaleKey] = Field(default_factory=dict, alias="scale", validate_default=True)
    numbers: FrozenMap[Code, NumberKey] = Field(default_factory=dict, alias="number", validate_default=True)

    @model_validator(mode="after")
    def _parts_go_together(self) -> ScoringKey:
        keep_rules(self._broken_norms())
        keep_rules(self._broken_linear() if self.model.kind == "linear" else self._broken_keyed())
        return self

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def version(self) -> int:
        return self.head.version

    @property
    def grade(self) -> Grade:
        return self.head.grade

    def in_language(self, language: str | None) -> ScoringKey:
        """The key as it scores answers that were given in a language: with the norm group of that language, or with none."""
        spoken = language or SOURCE_LOCALE
        norms = self.norms if spoken == SOURCE_LOCALE else self.norms_in.get(spoken)
        if norms is self.norms and not self.norms_in:
            return self
        return self.model_copy(update={"norms": norms, "norms_in": {}})

    def weight_of(self, code: str) -> float:
        """The weight written for a unit; 0 for a unit without an entry and for `points`, which have none."""
        entry = self.items.get(code)
        return 0.0 if entry is None or entry.weight is None else entry.weight

    def _broken_norms(self) -> Iterator[Broken]:
        if SOURCE_LOCALE in self.norms_in:
            yield ("norms_in", SOURCE_LOCALE), "belongs in [norms]"

    def _broken_linear(self) -> Iterator[Broken]:
        if self.model.sign != "free":
            yield ("model", "sign"), 'a linear key says sign = "free"'
        if self.provenance.note is None:
            yield ("provenance", "note"), "a linear key gives the reason for free signs"
        if self.facets:
            yield ("facets",), "does not belong to a linear key"
        if self.statements is not None:
            yield ("statements",), "does not belong to a linear key"
        if self.model.parameters:
            yield ("model", "parameters"), "does not belong to a linear key"
        if not self.items and not self.scales and not self.numbers:
            yield ("item",), "the key scores nothing"
        for code in self.numbers:
            if code in self.items or code in self.scales:
                yield ("number", code), "is an item or a scale of the key as well"
        for code, entry in self.items.items():
            if entry.method != "points":
                yield ("item", code, "method"), f"is {entry.method}; a linear key has points only"

    def _broken_keyed(self) -> Iterator[Broken]:
        kind = self.model.kind
        if self.model.sign is not None:
            yield ("model", "sign"), "belongs to linear keys; elsewhere no weight is below 0"
        if not any(weight > 0 for weight in self.facets.values()):
            yield ("facets",), "no facet has a weight above 0"
        if self.statements is None:
            yield ("statements",), "is missing"
        if self.scales:
            yield ("scale",), f"belongs to linear keys, not to {kind}"
        if self.numbers:
            yield ("number",), f"belongs to linear keys, not to {kind}"
        if not self.items:
            yield ("item",), "the key scores nothing"
        for code, entry in self.items.items():
            if entry.method == "points":
                yield ("item", code, "method"), f"points belong to linear keys, not to {kind}"
            if not _UNIT.fullmatch(code):
                yield ("item", code), "is not the code of an item or of a step of a storyline"
            for facet in entry.facets:
                if facet not in self.facets:
                    yield ("item", code, "facets", facet), "has no weight in [facets]"
        if (kind == "weighted_sum") == bool(self.model.parameters):
            yield ("model", "parameters"), "belong to IRT models, which need them"
        for code in self.model.parameters:
            if code not in self.items:
                yield ("model", "parameters", code), "has no entry in [item]"
