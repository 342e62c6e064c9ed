"""Leaving and returning, reviewing, finishing, withdrawing."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, Fault, Words
from assessment.services.accommodations import list_own
from assessment.services.delivery import SittingClosed, find_standing, review_sitting, submit_sitting, withdraw_consent
from assessment.services.reports.feedback_reading import feedback_on
from assessment.web.access import APPLICANT, database, invitation_id, now, seen_by
from assessment.web.applicant.arriving import place_of
from assessment.web.applicant.blueprint import applicant, asked_here
from assessment.web.session import DatabaseSessions


@applicant.get("/leave")
@seen_by(APPLICANT)
def leave() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
    return render_template("applicant/leave.html", standing=standing, simulated=standing.simulated)


@applicant.post("/leave")
@seen_by(APPLICANT)
def leave_device() -> ResponseReturnValue:
    """End the session on this device; the link opens it again anywhere."""
    interface = current_app.session_interface
    assert isinstance(interface, DatabaseSessions)
    interface.end(session)
    return render_template("applicant/left.html")


@applicant.get("/review")
@seen_by(APPLICANT)
def review() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        here = place_of(standing)
        elsewhere = here in (url_for("applicant.done"), url_for("applicant.agree"))
        if standing.sitting is None or standing.sitting.started_at is None or elsewhere:
            return redirect(here)
        plan, missing = review_sitting(store, sitting_id=standing.sitting.id)
    return render_template("applicant/review.html", plan=plan, missing=missing, standing=standing, simulated=standing.simulated)


@applicant.post("/submit")
@seen_by(APPLICANT)
def submit() -> ResponseReturnValue:
    with database().write() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        sitting = standing.sitting
        if sitting is None or not standing.agreed:
            return redirect(url_for("applicant.home"), 303)
        try:
            submit_sitting(store, sitting_id=sitting.id, now=now())
        except SittingClosed:
            return redirect(url_for("applicant.done"), 303)
    return redirect(url_for("applicant.done"), 303)


@applicant.get("/done")
@seen_by(APPLICANT)
def done() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        asked = asked_here() and bool(list_own(store, invitation_id=invitation_id()))
        feedback = feedback_on(store, standing.sitting, organisation=standing.organisation)
    here = place_of(standing)
    if here != url_for("applicant.done"):
        return redirect(here)
    assert standing.sitting is not None
    state = "overdue" if standing.sitting.state == "active" else standing.sitting.state
    return render_template(
        "applicant/done.html", standing=standing, state=state, asked=asked, feedback=feedback, simulated=standing.simulated
    )


@applicant.get("/withdraw")
@seen_by(APPLICANT)
def withdraw() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
    if standing.sitting is not None and standing.sitting.state == "withdrawn":
        return redirect(url_for("applicant.done"))
    return _withdraw(None)


@applicant.post("/withdraw")
@seen_by(APPLICANT)
def withdraw_now() -> ResponseReturnValue:
    if request.form.get("withdraw") != "yes":
        refusal = BadInput(Words("Nothing was changed."), [Fault("withdraw", Words("Tick the box if you want to withdraw."))])
        return _withdraw(refusal), refusal.status
    with database().write() as store:
        withdraw_consent(store, invitation_id=invitation_id(), now=now())
    return redirect(url_for("applicant.home"), 303)


def _withdraw(refusal: BadInput | None) -> str:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
    return render_template("applicant/withdraw.html", standing=standing, simulated=standing.simulated, refusal=refusal)
