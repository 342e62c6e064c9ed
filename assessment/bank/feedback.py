"""The words of the report that applicants read after the questionnaire: `questions/feedback/<locale>.toml`.

Prose alone. Which sentence of a facet stands in a report is for `assessment.services.feedback` to decide; nothing here knows
an item, a weight or a score.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from assessment.bank.faults import Broken, Location, keep_rules
from assessment.bank.frozen import Frozen, FrozenMap
from assessment.bank.vocabulary import Construct, Label, Locale, Passage, SchemaOne, Sentence, Version

Level = Literal["strength", "between", "growth", "theme"]

NOT_FOR_APPLICANTS = re.compile(
    r"\d|%|\b(score|scores|percentile|average|rank|ranking|ranked|better than|worse than|other applicants|"
    r"puntaje|percentil|promedio|clasificación|mejor que|peor que)\b",
    re.IGNORECASE,
)
"""Figures, scoring terms and comparisons with other people."""


class FeedbackHead(Frozen):
    """Which language, and what is said of a report as a whole."""

    schema_version: SchemaOne = Field(alias="schema")
    locale: Locale
    version: Version
    authors: Annotated[tuple[Label, ...], Field(min_length=1, max_length=5)]
    title: Label
    said: Sentence
    nothing_said: Sentence
    too_little_title: Label
    too_little: Sentence


class FeedbackLabels(Frozen):
    """Headings, and the name of each level."""

    finished: Label
    form: Label
    key: Label
    parts: Label
    strength: Label
    between: Label
    growth: Label
    theme: Label
    to_try: Label = Field(alias="try")
    means: Label
    means_not: Label


class EvidenceWords(Frozen):
    """What each evidence grade of a key is worth, in one or two sentences."""

    provisional: Sentence
    panel: Sentence
    data: Sentence
    validated: Sentence


class RestsOn(Frozen):
    """How many situations and statements a facet rests on, in words: the last of a list is "more than".

    `on_…` where something is said of the facet, `asked_…` where nothing is.
    """

    situations: Annotated[tuple[Label, ...], Field(min_length=2, max_length=40)]
    statements: Annotated[tuple[Label, ...], Field(min_length=2, max_length=40)]
    on_one: Label
    on_both: Label
    asked_one: Label
    asked_both: Label
    on_nothing: Label

    @model_validator(mode="after")
    def _places_are_there(self) -> RestsOn:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        for field, template, places in (
            ("on_one", self.on_one, ["{parts}"]),
            ("on_both", self.on_both, ["{situations}", "{statements}"]),
            ("asked_one", self.asked_one, ["{parts}"]),
            ("asked_both", self.asked_both, ["{situations}", "{statements}"]),
        ):
            if re.findall(r"\{\w*\}", template) != places:
                yield (field,), f"must hold {' and '.join(places)}, in that order and nothing else in braces"

    def in_words(self, situations: int, statements: int, *, said: bool) -> str:
        """The sentence for these numbers; `said` if anything is said of the facet."""
        parts = [_in_words(words, n) for words, n in ((self.situations, situations), (self.statements, statements)) if n]
        if not parts:
            return self.on_nothing
        if len(parts) == 1:
            return (self.on_one if said else self.asked_one).format(parts=parts[0])
        return (self.on_both if said else self.asked_both).format(situations=parts[0], statements=parts[1])


class Meaning(Frozen):
    """What a report means (another where nothing is said in any part) and what it does not, one paragraph each."""

    means: Annotated[tuple[Passage, ...], Field(min_length=1, max_length=8)]
    means_nothing_said: Annotated[tuple[Passage, ...], Field(min_length=1, max_length=8)]
    means_not: Annotated[tuple[Passage, ...], Field(min_length=1, max_length=8)]


class FacetWords(Frozen):
    """A facet: what it is, what is said of each level, and one thing to try at work."""

    name: Label
    what: Sentence
    strength: Sentence
    between: Sentence
    growth: Sentence
    theme: Sentence
    to_try: Sentence = Field(alias="try")

    def seen(self, level: Level) -> str:
        """What is said of a level."""
        return {"strength": self.strength, "between": self.between, "growth": self.growth, "theme": self.theme}[level]


class FeedbackWords(Frozen):
    """One language of the report. No text holds a digit, a scoring term or a comparison with other people."""

    head: FeedbackHead = Field(alias="feedback")
    labels: FeedbackLabels
    evidence: EvidenceWords
    rests: RestsOn
    meaning: Meaning
    facets: FrozenMap[Construct, FacetWords] = Field(alias="facet")

    @model_validator(mode="after")
    def _plain_words(self) -> FeedbackWords:
        keep_rules(_unfit(self.model_dump(mode="json"), ()))
        return self

    def gaps(self, facets: Collection[str]) -> Iterator[Broken]:
        """Facets of the construct map without words, and words for what is no facet of it."""
        for facet in facets:
            if facet not in self.facets:
                yield ("facet", facet), "is missing: the construct map has this facet"
        for facet in self.facets:
            if facet not in facets:
                yield ("facet", facet), "is not a facet of the construct map"


def _in_words(words: tuple[str, ...], n: int) -> str:
    return words[min(n, len(words)) - 1]


def _unfit(node: object, location: Location) -> Iterator[Broken]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _unfit(value, (*location, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _unfit(value, (*location, index))
    elif isinstance(node, str) and (found := NOT_FOR_APPLICANTS.search(node)):
        yield location, f'holds "{found[0]}"; the report has no figures, scoring terms or comparisons with other people'
