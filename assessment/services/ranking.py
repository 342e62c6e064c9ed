"""Ranking: the candidates of a vacancy in bands, best first, and below them those without a score and why.

The list is ordered by band, then by composite, in whole numbers. People in one band differ by no more than measurement
error; where the organisation's policy says so, the order inside a band is not shown at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, false, func, or_, select
from sqlalchemy.orm import Session, defer

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import Refusal
from assessment.records.applicant import Applicant, ApplicantNameToken
from assessment.records.database import vault_of
from assessment.records.key import KeyVersion
from assessment.records.organisation import Organisation
from assessment.records.score import Score
from assessment.records.sitting import Sitting
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import applicant_name, search_tokens
from assessment.services.reports.candidate_report import CandidateReport, candidate
from assessment.services.reports.ranked_list import Band, Candidate, ListedFacet, RankedList
from assessment.services.scores.current_scores import (
    BandRange,
    ScoreSet,
    bands_of,
    count_languages,
    count_scores,
    flagged_sittings,
    latest_decisions,
    score_set,
)
from assessment.services.scores.score_figures import facet_figure, interval, whole_number
from assessment.services.scores.unscored import list_unscored

__all__ = [
    "Band",
    "Candidate",
    "CandidateReport",
    "ExportHeld",
    "RankedList",
    "candidate",
    "export_candidates",
    "may_export",
    "rank_candidates",
]

PAGE = 100
NEW = "new"
DECIDED = ("interview", "hold", "decline", "hire")
UNSCORED = ("invited", "started", "waiting", "too_little", "withdrawn")
STATUSES = (NEW, *DECIDED, *UNSCORED)


class ExportHeld(Refusal):
    """The organisation's policy holds ranked exports back while the key is not validated."""

    def __init__(self) -> None:
        super().__init__(
            "Your organisation holds ranked exports back until the scores of this job are validated against work. "
            "The list on the page is unchanged."
        )


@dataclass(frozen=True, slots=True)
class _Row:
    score: Score
    applicant: Applicant
    outcome: str | None
    flagged: bool


def rank_candidates(
    session: Session,
    *,
    vacancy_id: int,
    actor: Actor,
    search: str | None = None,
    band: str | None = None,
    status: str | None = None,
    attention: bool = False,
    language: str | None = None,
    page: int = 1,
    page_size: int | None = PAGE,
) -> RankedList:
    """The candidates of a vacancy by band and score, those who answered in one language: others stand in another list.

    Parameters
    ----------
    search : beginnings of words of a name, or of a reference.
    band : a band's letter. status : one of `STATUSES`. attention : only people whose response notes ask to be read.
    language : one of the form's; without it, the one in which most people have a score.
    page, page_size : 1 and up; None for everybody in one page (exports). Pages beyond the last show the last.

    Raises `NotFound` for a vacancy of another organisation. Unknown bands and statuses match nobody.
    """
    languages = count_languages(session, actor.organisation_id, vacancy_id)
    most = max(languages, key=lambda name: (languages[name], name == SOURCE_LOCALE), default=SOURCE_LOCALE)
    scores = score_set(session, actor.organisation_id, vacancy_id, language or most)
    policy = session.get_one(Organisation, actor.organisation_id).policy
    hidden = bool(policy.get("hide_order_in_band"))
    counts = count_scores(session, scores) if scores.newest else {}
    bands = bands_of(counts, scores.newest.standard_error) if scores.newest else []
    conditions = list(_conditions(session, scores, search, bands, band, status, attention))
    in_view = count_scores(session, scores, *conditions) if conditions and counts else counts
    n_in_view = sum(in_view.values())
    size = page_size or max(n_in_view, 1)
    n_pages = max(1, -(-n_in_view // size))
    page = min(max(page, 1), n_pages)
    rows = _page(session, scores, conditions, bands, (page - 1) * size, size, hidden) if n_in_view else []
    unscored, n_unscored = (
        list_unscored(session, scores, matching=_matching(session, scores, search), status=status, limit=page_size)
        if band is None and not attention and (status is None or status in STATUSES)
        else ((), 0)
    )
    facets = _facets(scores)
    shown = [facet.code for facet in facets if facet.shown]
    return RankedList(
        vacancy=scores.vacancy,
        form=scores.form,
        version=scores.version,
        in_force_since=scores.in_force_since(session),
        bands=tuple(_bands(session, scores, rows, bands, in_view, shown, hidden)),
        all_bands=tuple(bands),
        unscored=tuple(unscored),
        n_unscored=n_unscored,
        n_scored=sum(counts.values()),
        n_in_view=n_in_view,
        page=page,
        n_pages=n_pages,
        scale=_scale(scores.newest),
        norms=scores.key.norms if scores.key else None,
        standard_error=scores.newest.standard_error if scores.newest else None,
        reliability=scores.newest.reliability if scores.newest else None,
        reliability_basis=scores.newest.reliability_basis if scores.newest else "",
        provisional=scores.newest is not None and "provisional" in scores.newest.reliability_basis,
        average=_average(scores, counts),
        facets=facets,
        order_hidden=hidden,
        export_held=not may_export(policy, scores.version),
        language=scores.language,
        languages=languages,
    )


def export_candidates(
    session: Session,
    *,
    vacancy_id: int,
    actor: Actor,
    now: datetime,
    search: str | None = None,
    band: str | None = None,
    status: str | None = None,
    attention: bool = False,
    language: str | None = None,
) -> RankedList:
    """The whole list as filtered, for a file that leaves the system; the audit log notes it. Raises `ExportHeld`."""
    ranked = rank_candidates(
        session,
        vacancy_id=vacancy_id,
        actor=actor,
        search=search,
        band=band,
        status=status,
        attention=attention,
        language=language,
        page_size=None,
    )
    if ranked.export_held:
        raise ExportHeld()
    record_event(
        session,
        organisation_id=actor.organisation_id,
        actor=actor.subject,
        action="candidates exported",
        subject=f"vacancy {vacancy_id}",
        detail={"people": ranked.n_in_view + len(ranked.unscored), "key": ranked.version.id if ranked.version else None},
        now=now,
    )
    return ranked


def may_export(policy: Mapping[str, Any], version: KeyVersion | None) -> bool:
    """False while the policy `hold_rank_export` holds exports back: until the key in force is validated."""
    return not policy.get("hold_rank_export") or (version is not None and version.grade == "validated")


def _conditions(
    session: Session,
    scores: ScoreSet,
    search: str | None,
    bands: Sequence[BandRange],
    letter: str | None,
    status: str | None,
    attention: bool,
) -> Iterator[ColumnElement[bool]]:
    matching = _matching(session, scores, search)
    if matching is not None:
        yield matching(Score.applicant_id)
    if letter is not None:
        chosen = next((band for band in bands if band.letter == letter), None)
        yield scores.whole.between(chosen.low, chosen.high) if chosen else false()
    if status is not None:
        decided = latest_decisions(scores)
        if status == NEW:
            yield Score.applicant_id.not_in(select(decided.c.applicant_id))
        elif status in DECIDED:
            yield Score.applicant_id.in_(select(decided.c.applicant_id).where(decided.c.outcome == status))
        else:
            yield false()
    if attention:
        yield Score.sitting_id.in_(flagged_sittings(scores))


def _matching(session: Session, scores: ScoreSet, search: str | None) -> Any:
    """A test of an applicant id column by name or reference; None when nothing is searched for."""
    words = (search or "").strip()[:200]
    if not words:
        return None
    if "\x00" in words:  # PostgreSQL has no such text
        return lambda column: false()
    organisation_id = scores.vacancy.organisation_id
    tokens = search_tokens(vault_of(session), organisation_id, words)
    named = (
        select(ApplicantNameToken.applicant_id)
        .where(ApplicantNameToken.token.in_(tokens))
        .group_by(ApplicantNameToken.applicant_id)
        .having(func.count() == len(tokens))
    )
    referred = select(Applicant.id).where(
        Applicant.organisation_id == organisation_id, Applicant.reference.istartswith(words, autoescape=True)
    )
    return lambda column: or_(column.in_(named) if tokens else false(), column.in_(referred))


def _page(
    session: Session,
    scores: ScoreSet,
    conditions: Sequence[ColumnElement[bool]],
    bands: Sequence[BandRange],
    offset: int,
    size: int,
    hidden: bool,
) -> list[_Row]:
    decided = latest_decisions(scores)
    query = (
        select(Score, Applicant, decided.c.outcome)
        .join(Sitting, Sitting.id == Score.sitting_id)
        .join(Applicant, Applicant.id == Score.applicant_id)
        .outerjoin(decided, decided.c.applicant_id == Score.applicant_id)
        .where(scores.counted, *conditions)
        .options(defer(Score.items))
    )
    if hidden:
        place = case(*[(scores.whole >= band.low, i) for i, band in enumerate(bands)])
        query = query.order_by(place, Applicant.reference)
    else:
        query = query.order_by(Score.composite.desc(), Score.id)
    found = session.execute(query.offset(offset).limit(size)).all()
    flagged = set(session.scalars(flagged_sittings(scores).where(Sitting.id.in_([row[0].sitting_id for row in found]))))
    return [_Row(row[0], row[1], row[2], row[0].sitting_id in flagged) for row in found]


def _bands(
    session: Session,
    scores: ScoreSet,
    rows: Sequence[_Row],
    bands: Sequence[BandRange],
    in_view: Mapping[int, int],
    shown: Sequence[str],
    hidden: bool,
) -> Iterator[Band]:
    for band in bands:
        here = [row for row in rows if band.low <= whole_number(row.score.composite) <= band.high]
        if here:
            n_in_view = sum(n for score, n in in_view.items() if band.low <= score <= band.high)
            people = tuple(_candidate(session, scores, row, band.letter, shown, hidden) for row in here)
            yield Band(band.letter, band.low, band.high, band.n, n_in_view, people)


def _candidate(session: Session, scores: ScoreSet, row: _Row, letter: str, shown: Sequence[str], hidden: bool) -> Candidate:
    score = row.score
    assert scores.newest is not None
    low, high = interval(score.composite, scores.newest.standard_error, score.scale)
    return Candidate(
        applicant_id=row.applicant.id,
        name=applicant_name(session, row.applicant),
        reference=row.applicant.reference,
        score=None if hidden else whole_number(score.composite),
        low=None if hidden else low,
        high=None if hidden else high,
        band=letter,
        facets={code: figure for code in shown if (figure := facet_figure(scores.newest, score, code))} if not hidden else {},
        read_notes=row.flagged,
        status=row.outcome or NEW,
        n_answered=score.n_answered,
        n_units=score.n_units,
    )


def _facets(scores: ScoreSet) -> tuple[ListedFacet, ...]:
    """The facets of the key in its order; none for an imported form, whose scales nobody has named."""
    if scores.newest is None or scores.key is None or scores.form.origin == "imported":
        return ()
    figures = scores.newest.facets
    return tuple(
        ListedFacet(code, bool(figures[code].get("shown")), figures[code].get("reliability"))
        for code in scores.key.facets
        if code in figures
    )


def _scale(newest: Score | None) -> Literal["t", "percent"] | None:
    if newest is None:
        return None
    return "t" if newest.scale == "t" else "percent"


def _average(scores: ScoreSet, counts: Mapping[int, int]) -> float | None:
    if not counts or scores.newest is None:
        return None
    if scores.newest.scale == "t":
        return 50.0
    return sum(score * n for score, n in counts.items()) / sum(counts.values())
