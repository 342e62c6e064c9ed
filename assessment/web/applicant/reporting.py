"""The report in words that stands here after a questionnaire."""

from __future__ import annotations

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from assessment.services.delivery import find_standing
from assessment.services.reports.feedback_reading import feedback_on
from assessment.web.access import APPLICANT, database, invitation_id, seen_by
from assessment.web.applicant.arriving import place_of
from assessment.web.applicant.blueprint import applicant


@applicant.get("/report")
@seen_by(APPLICANT)
def report() -> ResponseReturnValue:
    """The report that stands now. Before the end it leads to where the applicant is, after a withdrawal to the last page."""
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        feedback = feedback_on(store, standing.sitting, organisation=standing.organisation)
    if feedback is None:
        return redirect(place_of(standing))
    return render_template(
        "applicant/report.html",
        standing=standing,
        feedback=feedback,
        doc=feedback.document(str(get_locale() or "en")),
        simulated=standing.simulated,
    )
