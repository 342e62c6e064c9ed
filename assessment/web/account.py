"""Signing in and out, and the first page of each role."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from assessment.services.people.accounts import CannotSignIn, forget_failures, note_failure
from assessment.services.people.accounts import sign_in as check_sign_in
from assessment.web.access import ANYONE, STAFF, database, now, seen_by, staff
from assessment.web.session import DatabaseSessions

account = Blueprint("account", __name__)

FIRST_PAGES = {
    "recruiter": "recruiter.vacancies",
    "analyst": "analyst.home",
    "approver": "analyst.proposals",
    "administrator": "admin.home",
}


@account.get("/")
@seen_by(ANYONE)
def front() -> ResponseReturnValue:
    if g.opened is not None and g.opened.staff is not None:
        return redirect(url_for(FIRST_PAGES[g.opened.staff.role]))
    return render_template("front.html")


@account.get("/sign-in")
@seen_by(ANYONE)
def sign_in() -> ResponseReturnValue:
    return render_template("account/sign_in.html", next=local_path(request.args.get("next", "")), email="", error=None)


@account.post("/sign-in")
@seen_by(ANYONE)
def sign_in_post() -> ResponseReturnValue:
    email, password = request.form.get("email", "")[:254], request.form.get("password", "")[:256]
    address = request.remote_addr or "unknown"
    following = local_path(request.form.get("next", ""))
    try:
        with database().read() as store:
            member = check_sign_in(store, email=email, password=password, address=address, now=now())
            member_id, role = member.id, member.role
        with database().write() as store:
            forget_failures(store, email=email)
    except CannotSignIn as refusal:
        with database().write() as store:
            note_failure(store, email=email, address=address, now=now())
        return render_template("account/sign_in.html", next=following, email=email, error=str(refusal)), 403
    interface = current_app.session_interface
    assert isinstance(interface, DatabaseSessions)
    interface.begin(session, staff_member_id=member_id)
    return redirect(following or url_for(FIRST_PAGES[role]))


@account.post("/sign-out")
@seen_by(*STAFF)
def sign_out() -> ResponseReturnValue:
    interface = current_app.session_interface
    assert isinstance(interface, DatabaseSessions)
    interface.end(session)
    return redirect(url_for("account.sign_in"))


@account.get("/me")
@seen_by(*STAFF)
def me() -> ResponseReturnValue:
    return render_template("account/me.html", member=staff())


def local_path(address: str) -> str:
    """`address` if it is a path on this server, else an empty string: never another host, however it is spelt."""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or any(ord(c) < 33 for c in address):
        return ""
    return address
