"""Voluntary self-identification, on a page of its own after the questionnaire.

A blueprint apart from the applicant's other pages: those have no path to writing in the demographic store. What is chosen
goes in and does not come out here: the page says only whether something is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from assessment.errors import BadInput
from assessment.notices import prose
from assessment.services.self_identification import find_asking, identify_oneself, remove_self_identification
from assessment.web.access import APPLICANT, database, invitation_id, now, seen_by

voluntary = Blueprint("voluntary", __name__, url_prefix="/take")

SAID = ("kept", "nothing", "removed")


@voluntary.get("/about-you")
@seen_by(APPLICANT)
def about_you() -> ResponseReturnValue:
    return _about_you({}, None)


@voluntary.post("/about-you")
@seen_by(APPLICANT)
def identify() -> ResponseReturnValue:
    answers = {name: value for name, value in request.form.items() if value}
    try:
        with database().write() as store:
            identify_oneself(store, invitation_id=invitation_id(), answers=answers, now=now())
            kept = find_asking(store, invitation_id=invitation_id(), now=now()).has_answered
    except BadInput as refusal:
        return _about_you(answers, refusal)
    return redirect(url_for("voluntary.about_you", said="kept" if kept else "nothing"), 303)


@voluntary.post("/about-you/remove")
@seen_by(APPLICANT)
def remove() -> ResponseReturnValue:
    with database().write() as store:
        remove_self_identification(store, invitation_id=invitation_id(), now=now())
    return redirect(url_for("voluntary.about_you", said="removed"), 303)


def _about_you(typed: Mapping[str, str], refusal: BadInput | None) -> ResponseReturnValue:
    with database().read() as store:
        asking = find_asking(store, invitation_id=invitation_id(), now=now())
    said = request.args.get("said")
    if not asking.asks and not asking.has_answered and said != "removed":
        return redirect(url_for("applicant.home"))
    page = render_template(
        "applicant/about_you.html",
        asking=asking,
        words=prose(str(get_locale() or "en")),
        typed=typed,
        said=said if said in SAID else None,
        refusal=refusal,
        errors={fault.where for fault in refusal.faults} if refusal else set(),
        simulated=asking.simulated,
    )
    return page, refusal.status if refusal else 200
