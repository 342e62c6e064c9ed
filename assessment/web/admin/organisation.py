"""The organisation, its people, and the audit log."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput
from assessment.services.accommodations import count_undecided
from assessment.services.audit import recent_events, verify_chain
from assessment.services.people.accounts import add_staff_member, disable_staff_member, list_staff
from assessment.services.requests.request_queue import count_waiting
from assessment.web.access import ADMINISTRATOR, database, now, seen_by, staff
from assessment.web.admin.blueprint import admin

ROLES = ("recruiter", "analyst", "approver", "administrator")


@admin.get("/organisation")
@seen_by(ADMINISTRATOR)
def home() -> ResponseReturnValue:
    return _organisation_page({}, [], 200)


@admin.post("/organisation/staff")
@seen_by(ADMINISTRATOR)
def add_person() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip() for name in ("name", "email", "role")}
    try:
        with database().write() as store:
            add_staff_member(
                store,
                organisation_id=staff().organisation_id,
                password=request.form.get("password", ""),
                added_by=staff().subject,
                now=now(),
                **typed,
            )
    except BadInput as error:
        return _organisation_page(typed, list(error.faults), 422)
    flash(f"{typed['name']} can sign in now.", "done")
    return redirect(url_for("admin.home"))


@admin.post("/organisation/staff/<int:member_id>/disable")
@seen_by(ADMINISTRATOR)
def disable_person(member_id: int) -> ResponseReturnValue:
    if member_id == staff().staff_member_id:
        raise BadInput("You cannot take away your own sign-in. Ask another administrator.")
    with database().write() as store:
        disable_staff_member(store, member_id, actor=staff(), now=now())
    flash("The sign-in is gone, and every session of that person has ended.", "done")
    return redirect(url_for("admin.home"))


@admin.get("/audit")
@seen_by(ADMINISTRATOR)
def audit_log() -> ResponseReturnValue:
    with database().read() as store:
        return render_template(
            "admin/audit.html",
            events=recent_events(store, staff().organisation_id),
            verification=verify_chain(store),
            names={m.subject: m.name for m in list_staff(store, staff().organisation_id)},
        )


def _organisation_page(typed: dict[str, str], faults: list[object], status: int) -> ResponseReturnValue:
    with database().read() as store:
        page = render_template(
            "admin/home.html",
            people=list_staff(store, staff().organisation_id),
            requests=count_waiting(store, actor=staff(), now=now()),
            adjustments=count_undecided(store, actor=staff()),
            roles=ROLES,
            typed=typed,
            faults=faults,
        )
    return page, status
