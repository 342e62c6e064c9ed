"""The shape of a ranked list: bands of candidates, those without a score, and what the numbers rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assessment.keys import Norms
from assessment.records.form import FormVersion
from assessment.records.key import KeyVersion
from assessment.records.vacancy import Vacancy
from assessment.services.scores.current_scores import BandRange
from assessment.services.scores.score_figures import FacetFigure
from assessment.services.scores.unscored import Unscored


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored person. `low` to `high` is the 68 % interval; all whole numbers. `status` is `new` or the last outcome.

    `score`, `low` and `high` are None, and `facets` empty, where the policy hides the order inside a band.
    """

    applicant_id: int
    name: str
    reference: str
    score: int | None
    low: int | None
    high: int | None
    band: str
    facets: Mapping[str, FacetFigure]
    read_notes: bool
    status: str
    n_answered: int
    n_units: int


@dataclass(frozen=True, slots=True)
class Band:
    """A band with its scores, how many people are in it, how many of them are in this view, and those on this page."""

    letter: str
    low: int
    high: int
    n: int
    n_in_view: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ListedFacet:
    """A facet of the form in the list's order; `shown` if it is measured well enough for a number."""

    code: str
    shown: bool
    reliability: float | None


@dataclass(frozen=True, slots=True)
class RankedList:
    """What a recruiter sees of a vacancy. `scale` is `t` or `percent`, None while nobody is scored.

    `n_scored` people have a score, `n_in_view` of them meet the filters; `bands` holds those of the page. `average` is the
    reference line: 50, or the mean percentage. `provisional` says whether the interval rests on planning values. Everybody in
    the list answered in `language`; `languages` says how many have a score in each, and is empty where there is one only.
    """

    vacancy: Vacancy
    form: FormVersion
    version: KeyVersion | None
    in_force_since: datetime | None
    bands: tuple[Band, ...]
    all_bands: tuple[BandRange, ...]
    unscored: tuple[Unscored, ...]
    n_unscored: int
    n_scored: int
    n_in_view: int
    page: int
    n_pages: int
    scale: Literal["t", "percent"] | None
    norms: Norms | None
    standard_error: float | None
    reliability: float | None
    reliability_basis: str
    provisional: bool
    average: float | None
    facets: tuple[ListedFacet, ...]
    order_hidden: bool
    export_held: bool
    language: str
    languages: Mapping[str, int]
