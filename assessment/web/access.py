"""Who may open which page. A view without an audience cannot be registered, so nothing is open by being forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from assessment.errors import NotAllowed
from assessment.records.database import Database
from assessment.services.people.accounts import OpenSession
from assessment.services.people.actors import Actor
from assessment.web.session import StoredSession

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"
APPLICANT = "applicant"
RECRUITER = "recruiter"
ANALYST = "analyst"
APPROVER = "approver"
ADMINISTRATOR = "administrator"
STAFF = (RECRUITER, ANALYST, APPROVER, ADMINISTRATOR)


def seen_by(*audience: str) -> Callable[[View], View]:
    """Declare who may open a view: roles of staff, `applicant` (an open invitation), or `anyone`."""

    def mark(view: View) -> View:
        view.audience = frozenset(audience)  # type: ignore[attr-defined]  # a mark on the function itself, read below
        return view

    return mark


def audience_of(app: Flask, endpoint: str) -> frozenset[str]:
    """The declared audience of an endpoint; empty if none was declared."""
    return getattr(app.view_functions.get(endpoint), "audience", frozenset())


def guard(app: Flask) -> None:
    """Check every request against the audience of its view before the view runs."""
    setattr(app.view_functions["static"], "audience", frozenset({ANYONE}))  # noqa: B010 (the mark that seen_by puts on our own views)

    @app.before_request
    def _check() -> Response | None:
        if request.endpoint is None:
            return None
        audience = audience_of(app, request.endpoint)
        if ANYONE in audience:
            return None
        opened: OpenSession | None = g.get("opened")
        if APPLICANT in audience:
            if opened is not None and opened.invitation_id is not None:
                return None
            abort(401)
        if opened is None or opened.staff is None:
            if request.method == "GET":
                return redirect(url_for("account.sign_in", next=request.full_path.rstrip("?")))
            abort(401)
        if opened.staff.role not in audience:
            raise NotAllowed(f"This page is for: {', '.join(sorted(audience))}. You are signed in as {opened.staff.role}.")
        return None


def database() -> Database:
    """The application's database."""
    found = current_app.extensions["database"]
    assert isinstance(found, Database)
    return found


def staff() -> Actor:
    """The signed-in staff member; only for views whose audience is staff."""
    assert g.opened is not None
    assert g.opened.staff is not None
    actor: Actor = g.opened.staff
    return actor


def invitation_id() -> int:
    """The invitation whose link opened this applicant's session; only for views whose audience is the applicant."""
    assert g.opened is not None
    assert g.opened.invitation_id is not None
    found: int = g.opened.invitation_id
    return found


def session_hash() -> str | None:
    """The web session of this request as the database knows it, for a service that must be sure that it still runs."""
    assert isinstance(session, StoredSession)
    return session.hash


def now() -> datetime:
    """The server's clock, aware and UTC. The applicant's clock is never asked."""
    return datetime.now(UTC)
