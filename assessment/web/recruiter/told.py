"""What a candidate was told: the report in words, as the candidate reads it."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from assessment.services.reports.candidate_feedback import told_candidate
from assessment.web.access import database, seen_by, staff
from assessment.web.languages import LANGUAGES
from assessment.web.recruiter.blueprint import HERE, READERS, recruiter


@recruiter.get("/jobs/<int:vacancy_id>/candidates/<int:applicant_id>/report")
@seen_by(*READERS)
def told_page(vacancy_id: int, applicant_id: int) -> ResponseReturnValue:
    with database().read() as store:
        told = told_candidate(store, vacancy_id=vacancy_id, applicant_id=applicant_id, actor=staff())
    doc = told.feedback.document(request.args.get("language", "en")) if told.feedback and told.feedback.shared else None
    return render_template(
        "recruiter/told.html",
        told=told,
        doc=doc,
        languages=[(locale, LANGUAGES.get(locale, locale)) for locale in told.feedback.documents] if told.feedback and doc else [],
        simulated=told.vacancy.simulated,
        here=HERE,
    )
