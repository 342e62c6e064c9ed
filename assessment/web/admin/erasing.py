"""Erasing a person: what goes, what holds it back, and the password again."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, Fault
from assessment.services.people.accounts import CannotSignIn
from assessment.services.people.confirming import confirm_password, note_failed_confirmation
from assessment.services.requests.erasing import erase_person, foresee_erasure
from assessment.services.requests.retention import RecordsMustBeKept
from assessment.web.access import ADMINISTRATOR, database, now, seen_by, staff
from assessment.web.admin.blueprint import admin


@admin.get("/people/<int:applicant_id>/erase")
@seen_by(ADMINISTRATOR)
def erase_form(applicant_id: int) -> ResponseReturnValue:
    return _page(applicant_id, "", None)


@admin.post("/people/<int:applicant_id>/erase")
@seen_by(ADMINISTRATOR)
def erase(applicant_id: int) -> ResponseReturnValue:
    typed, address = request.form.get("confirmation", "")[:300], request.remote_addr or "unknown"
    try:
        with database().read() as store:
            foresee_erasure(store, applicant_id=applicant_id, actor=staff(), now=now())
            confirm_password(store, actor=staff(), password=request.form.get("password", "")[:256], address=address, now=now())
        with database().write() as store:
            erase_person(store, applicant_id=applicant_id, confirmation=typed, actor=staff(), now=now())
    except CannotSignIn:
        with database().write() as store:
            note_failed_confirmation(store, actor=staff(), address=address, now=now())
        refusal = BadInput("Nothing was erased.", [Fault("password", "This is not your password, or there were too many tries.")])
        return _page(applicant_id, typed, refusal), 422
    except BadInput as refusal:
        return _page(applicant_id, typed, refusal), refusal.status
    except RecordsMustBeKept as refusal:
        flash(str(refusal), "look")
        return redirect(url_for("admin.erase_form", applicant_id=applicant_id), 303)
    _tell_what_is_left(database().drop_traces())
    return redirect(url_for("requests.queue"), 303)


def _tell_what_is_left(dropped: bool) -> None:
    later = "" if dropped else " The database's log still holds traces, until it is next emptied."
    flash(f"Erased. Nothing here names or describes the person.{later} Keep the list of erasures beside your backups.", "done")


def _page(applicant_id: int, typed: str, refusal: BadInput | None) -> str:
    with database().read() as store:
        outlook = foresee_erasure(store, applicant_id=applicant_id, actor=staff(), now=now())
    return render_template(
        "admin/erase.html",
        outlook=outlook,
        typed=typed,
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        refusal=refusal,
        simulated=outlook.simulated,
    )
