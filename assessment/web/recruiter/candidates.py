"""The candidates of a job: the ranked list, and the same list as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank.vocabulary import LANGUAGE_NAMES
from assessment.integrations.exports import safe_file_name, write_csv
from assessment.services.inviting import Funnel, funnel, takes_applicants
from assessment.services.ranking import STATUSES, RankedList, export_candidates, rank_candidates
from assessment.services.reports.interviewing import interview_guide
from assessment.web.access import database, now, seen_by, staff
from assessment.web.recruiter.axes import score_axis
from assessment.web.recruiter.blueprint import HERE, OUTCOME_WORDS, READERS, STAGE_WORDS, recruiter, settings
from assessment.web.recruiter.jobs import whole
from assessment.web.recruiter.words import grade_words

STATUS_WORDS = OUTCOME_WORDS | STAGE_WORDS


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed by, as the address says it; `None` where it says nothing that there is."""

    search: str | None
    band: str | None
    status: str | None
    attention: bool
    language: str | None

    def as_query(self) -> dict[str, Any]:
        """The filters as they stand in an address."""
        query = {"q": self.search, "band": self.band, "status": self.status, "attention": "1" if self.attention else None}
        return {name: value for name, value in (query | {"language": self.language}).items() if value}

    def __bool__(self) -> bool:
        """Whether some people are left out. A language is another list, not a part of one."""
        return bool(self.as_query().keys() - {"language"})


@recruiter.get("/jobs/<int:vacancy_id>")
@seen_by(*READERS)
def candidates(vacancy_id: int) -> ResponseReturnValue:
    filters = asked()
    with database().read() as store:
        ranked = rank_candidates(
            store,
            vacancy_id=vacancy_id,
            actor=staff(),
            search=filters.search,
            band=filters.band,
            status=filters.status,
            attention=filters.attention,
            language=filters.language,
            page=whole(request.args.get("page", "1")) or 1,
        )
        counts = funnel(store, ranked.vacancy)
    return render_template(
        "recruiter/candidates.html",
        ranked=ranked,
        vacancy=ranked.vacancy,
        funnel=counts,
        shares=_shares(counts),
        filters=filters,
        axis=_axis(ranked),
        guide=interview_guide(settings().questions),
        status_words=STATUS_WORDS,
        stage_words=STAGE_WORDS,
        statuses=STATUSES,
        evidence=grade_words(ranked.version),
        takes_applicants=takes_applicants(ranked.vacancy, now()),
        page_links=_page_links(ranked, filters),
        language_names=LANGUAGE_NAMES,
        simulated=ranked.vacancy.simulated,
        here=HERE,
    )


@recruiter.get("/jobs/<int:vacancy_id>/candidates.csv")
@seen_by(*READERS)
def candidates_file(vacancy_id: int) -> ResponseReturnValue:
    filters = asked()
    with database().write() as store:  # the export is noted in the audit log
        ranked = export_candidates(
            store,
            vacancy_id=vacancy_id,
            actor=staff(),
            now=now(),
            search=filters.search,
            band=filters.band,
            status=filters.status,
            attention=filters.attention,
            language=filters.language,
        )
    columns = _columns(ranked)
    text = "".join(write_csv(columns, _rows(ranked), byte_order_mark=True))
    name = safe_file_name(f"{ranked.vacancy.code} candidates.csv")
    return Response(text, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def asked() -> Filters:
    """The filters of this request's address."""
    values = {name: request.args.get(name, "").strip()[:200] or None for name in ("q", "band", "status")}
    language = request.args.get("language")
    attention = request.args.get("attention") == "1"
    return Filters(values["q"], values["band"], values["status"], attention, language if language in LANGUAGE_NAMES else None)


def _axis(ranked: RankedList) -> object:
    error = ranked.standard_error or 0.0
    return score_axis(ranked.scale, [end for band in ranked.all_bands for end in (band.low - error, band.high + error)])


def _shares(counts: Funnel) -> dict[str, int]:
    def share(part: int, whole: int) -> int:
        return round(100 * part / whole) if whole else 0

    return {
        "started": share(counts.started, counts.invited),
        "finished": share(counts.finished, counts.started),
        "waiting": max(counts.finished - counts.decided, 0),
    }


def _page_links(ranked: RankedList, filters: Filters) -> dict[str, str]:
    def link(page: int) -> str:
        return url_for("recruiter.candidates", vacancy_id=ranked.vacancy.id, page=page, **filters.as_query())

    links = {}
    if ranked.page > 1:
        links["before"] = link(ranked.page - 1)
    if ranked.page < ranked.n_pages:
        links["after"] = link(ranked.page + 1)
    return links


def _columns(ranked: RankedList) -> list[str]:
    facets = [facet.code for facet in ranked.facets if facet.shown]
    columns = ["reference", "name", "band", "score", "low_68", "high_68", "scale", "norm_group", "key_version", "key_grade"]
    columns += [f"facet_{code}" for code in facets] + ["answered", "units", "attention", "status"]
    columns += ["language"] if ranked.languages else []
    return [*columns, "simulated"] if ranked.vacancy.simulated else columns


def _rows(ranked: RankedList) -> Iterator[list[object]]:
    facets = [facet.code for facet in ranked.facets if facet.shown]
    key = [ranked.version.version, ranked.version.grade] if ranked.version else [None, None]
    scale = [ranked.scale, ranked.norms.name if ranked.norms else "none"]
    language = [ranked.language] if ranked.languages else []
    simulated = [True] if ranked.vacancy.simulated else []
    for band in ranked.bands:
        for person in band.candidates:
            figures = [person.facets[code].score if code in person.facets else None for code in facets]
            numbers = [person.band, person.score, person.low, person.high]
            attention = "read response notes" if person.read_notes else ""
            tail = [person.n_answered, person.n_units, attention, STATUS_WORDS[person.status]]
            yield [person.reference, person.name, *numbers, *scale, *key, *figures, *tail, *language, *simulated]
    for left in ranked.unscored:
        words = STAGE_WORDS[left.stage] + (f"; {OUTCOME_WORDS[left.outcome]}" if left.outcome else "")
        blank = [None] * (4 + len(scale) + len(key) + len(facets) + 2)
        yield [left.reference, left.name, *blank, "", words, *([None] if language else []), *simulated]
