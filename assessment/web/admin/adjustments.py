"""What applicants asked to have otherwise: the queue, and the decision on each."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput
from assessment.services.accommodations import (
    TIMES,
    AlreadyDecided,
    Case,
    Decision,
    RequestChanged,
    decide_accommodation,
    find_accommodation,
    list_accommodations,
)
from assessment.web.access import ADMINISTRATOR, database, now, seen_by, staff
from assessment.web.admin.blueprint import admin


@admin.get("/adjustments")
@seen_by(ADMINISTRATOR)
def adjustments() -> ResponseReturnValue:
    with database().read() as store:
        waiting, decided = list_accommodations(store, actor=staff(), now=now())
    return render_template("admin/adjustments.html", waiting=waiting, decided=decided)


@admin.get("/adjustments/<int:accommodation_id>")
@seen_by(ADMINISTRATOR)
def adjustment(accommodation_id: int) -> ResponseReturnValue:
    return _adjustment(accommodation_id, None, None)


@admin.post("/adjustments/<int:accommodation_id>")
@seen_by(ADMINISTRATOR)
def decide(accommodation_id: int) -> ResponseReturnValue:
    decision = Decision(
        granted=request.form.get("decide") == "grant",
        time=request.form.get("time") or None,
        assistive_technology=request.form.get("assistive_technology") == "yes",
        message=request.form.get("message", ""),
    )
    try:
        with database().write() as store:
            case = decide_accommodation(
                store,
                accommodation_id=accommodation_id,
                asked_at=_moment(request.form.get("asked_at", "")),
                decision=decision,
                actor=staff(),
                now=now(),
            )
    except BadInput as refusal:
        return _adjustment(accommodation_id, decision, refusal), refusal.status
    except (AlreadyDecided, RequestChanged) as refusal:
        flash(str(refusal), "look")
        return redirect(url_for("admin.adjustment", accommodation_id=accommodation_id), 303)
    flash(_what_it_did(case), "done")
    return redirect(url_for("admin.adjustments"), 303)


def _adjustment(accommodation_id: int, typed: Decision | None, refusal: BadInput | None) -> str:
    with database().read() as store:
        case = find_accommodation(store, accommodation_id=accommodation_id, actor=staff(), now=now())
    return render_template(
        "admin/adjustment.html",
        case=case,
        times=TIMES,
        typed=typed or case.asked.wish,
        message=typed.message if typed else "",
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        refusal=refusal,
        simulated=case.simulated,
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RequestChanged() from None


def _what_it_did(case: Case) -> str:
    decision = case.asked.decision
    assert decision is not None
    if not decision.granted:
        return f"Declined. {case.name} reads your reason on their page."
    if case.progress == "ended":
        return f"Granted. The questionnaire of {case.name} had ended and was not opened again."
    if case.progress == "not started":
        return f"Granted. It holds for {case.name} from the first question."
    if case.minutes_limit is None or decision.time is None:
        return f"Granted. {case.name} reads it on their page."
    if case.deadline_at is None:
        return f"Granted. {case.name} has no time limit any more."
    return f"Granted. The time of {case.name} ends at {case.deadline_at:%H:%M} UTC."
