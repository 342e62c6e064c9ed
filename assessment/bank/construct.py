"""The construct map: facets that make the score, attitudes that never do, service dimensions and QA construct tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from assessment.bank.faults import Broken, keep_rules
from assessment.bank.frozen import Frozen
from assessment.bank.vocabulary import (
    Construct,
    Flag,
    Label,
    Name,
    Passage,
    QaTag,
    Rater,
    SchemaOne,
    Sentence,
    Version,
)


class MapHead(Frozen):
    """What the map as a whole is called, and what it does not claim."""

    schema_version: SchemaOne = Field(alias="schema")
    id: Name
    version: Version
    title: Label
    note: Passage | None = None


class Facet(Frozen):
    """One nameable part of the construct. `description` is for applicants, `interview` are questions for recruiters."""

    id: Construct
    name: Label
    question: Sentence
    description: Sentence
    rater: Rater
    qa_construct: QaTag
    interview: Annotated[tuple[Sentence, ...], Field(min_length=1, max_length=10)]


class Attitude(Frozen):
    """A routing preference, never part of the empathy score."""

    id: Construct
    name: Label
    description: Sentence
    differs_from: Construct | None = None
    note: Sentence | None = None


class Dimension(Frozen):
    """One of the five RATER dimensions of service quality."""

    id: Rater
    name: Label
    description: Sentence


class QaConstruct(Frozen):
    """A construct tag of QA questions; `in_empathy_criterion` is the default of a validity study."""

    id: QaTag
    name: Label
    description: Sentence
    in_empathy_criterion: Flag


class ConstructMap(Frozen):
    """`questions/facets.toml`. Ids are unique over facets and attitudes, for both name what an item is about."""

    head: MapHead = Field(alias="map")
    facets: Annotated[tuple[Facet, ...], Field(alias="facet", min_length=1, max_length=30)]
    attitudes: Annotated[tuple[Attitude, ...], Field(alias="attitude", max_length=30)] = ()
    dimensions: Annotated[tuple[Dimension, ...], Field(alias="dimension", max_length=5)] = ()
    qa_constructs: Annotated[tuple[QaConstruct, ...], Field(alias="qa_construct", max_length=30)] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> ConstructMap:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        seen: set[str] = set()
        for table, ids in (
            ("facet", [facet.id for facet in self.facets]),
            ("attitude", [attitude.id for attitude in self.attitudes]),
            ("dimension", [dimension.id for dimension in self.dimensions]),
            ("qa_construct", [tag.id for tag in self.qa_constructs]),
        ):
            # A dimension or a QA tag may be called like a facet: they are other kinds of thing.
            seen = seen if table == "attitude" else set()
            for index, name in enumerate(ids):
                if name in seen:
                    yield (table, index, "id"), f"{name} is given twice"
                seen.add(name)
        facets = {facet.id for facet in self.facets}
        for index, attitude in enumerate(self.attitudes):
            if attitude.differs_from is not None and attitude.differs_from not in facets:
                yield ("attitude", index, "differs_from"), f"{attitude.differs_from} is not a facet"
