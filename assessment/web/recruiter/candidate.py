"""One candidate, and the decision about them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank.vocabulary import LANGUAGE_NAMES
from assessment.errors import BadInput, Fault
from assessment.services.deciding import OUTCOMES, REASONS, record_decision
from assessment.services.ranking import CandidateReport, candidate
from assessment.services.reports.interviewing import interview_guide
from assessment.services.requests.request_queue import requests_about
from assessment.web.access import database, now, seen_by, staff
from assessment.web.recruiter import words
from assessment.web.recruiter.axes import distribution_path, score_axis
from assessment.web.recruiter.blueprint import HERE, OUTCOME_WORDS, READERS, STAGE_WORDS, recruiter, settings


@recruiter.get("/jobs/<int:vacancy_id>/candidates/<int:applicant_id>")
@seen_by(*READERS)
def candidate_page(vacancy_id: int, applicant_id: int) -> ResponseReturnValue:
    return _page(vacancy_id, applicant_id, {}, ())


@recruiter.post("/jobs/<int:vacancy_id>/candidates/<int:applicant_id>/decision")
@seen_by(*READERS)
def decide(vacancy_id: int, applicant_id: int) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "")[:10_000] for name in ("outcome", "reason", "note")}
    try:
        with database().write() as store:
            record_decision(
                store,
                vacancy_id=vacancy_id,
                applicant_id=applicant_id,
                reference=request.form.get("reference"),
                actor=staff(),
                now=now(),
                **typed,
            )
    except BadInput as refusal:
        return _page(vacancy_id, applicant_id, typed, refusal.faults), 422
    flash(f"Recorded: {OUTCOMES[typed['outcome']].lower()}.", "done")
    return redirect(url_for("recruiter.candidate_page", vacancy_id=vacancy_id, applicant_id=applicant_id))


def _page(vacancy_id: int, applicant_id: int, typed: Mapping[str, str], faults: tuple[Fault, ...]) -> str:
    with database().read() as store:
        report = candidate(store, vacancy_id=vacancy_id, applicant_id=applicant_id, actor=staff())
        asked = requests_about(store, vacancy_id=vacancy_id, applicant_id=applicant_id, actor=staff(), now=now())
    guide = interview_guide(settings().questions)
    return render_template(
        "recruiter/candidate.html",
        report=report,
        asked=asked,
        vacancy=report.vacancy,
        score=report.current,
        evidence_note=words.grade_words(report.version) if report.form.origin == "imported" else "",
        finding=words.finding(report.current) if report.current else "",
        facet_rows=[(row, guide[row.code]) for row in report.facets if row.code in guide],
        interview=[(guide[row.code], words.verdict(row)) for row in words.in_order_of_need(report.facets) if row.code in guide],
        history=words.history_lines(report),
        language=LANGUAGE_NAMES.get(report.language or "", report.language),
        outcome_words=OUTCOME_WORDS,
        stage_words=STAGE_WORDS,
        outcomes=OUTCOMES,
        reasons=REASONS,
        typed=typed,
        faults=faults,
        errors={fault.where: fault.message for fault in faults},
        simulated=report.vacancy.simulated,
        here=HERE,
        **_picture(report),
    )


def _picture(report: CandidateReport) -> dict[str, object]:
    """The axes of the page: the score among the others, and the facets."""
    score = report.current
    if score is None:
        return {"axis": None, "facet_axis": None, "path": ""}
    error = score.standard_error
    axis = score_axis(score.scale, [*(s - error for s in score.counts), *(s + error for s in score.counts)])
    ends = [end for row in report.facets if row.figure for end in (row.figure.low, row.figure.high)]
    return {"axis": axis, "facet_axis": score_axis(score.scale, ends), "path": distribution_path(score.counts, axis)}
