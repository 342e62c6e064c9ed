"""Asking for more time or another way to answer, and reading what was decided."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from assessment.errors import BadInput
from assessment.services.accommodations import Grant, Wish, list_own, request_accommodation
from assessment.services.delivery import SittingClosed, find_standing
from assessment.web.access import APPLICANT, database, invitation_id, now, seen_by
from assessment.web.applicant.arriving import place_of
from assessment.web.applicant.blueprint import ASKED_HERE, applicant, asked_here


@applicant.get("/adjustment")
@seen_by(APPLICANT)
def adjustment() -> ResponseReturnValue:
    return _adjustment(None, None)


@applicant.post("/adjustment")
@seen_by(APPLICANT)
def ask_for_adjustment() -> ResponseReturnValue:
    wish = Wish(
        time=request.form.get("time") or None,
        assistive_technology=request.form.get("assistive_technology") == "yes",
        words=request.form.get("words", ""),
    )
    try:
        with database().write() as store:
            request_accommodation(store, invitation_id=invitation_id(), wish=wish, now=now())
        session[ASKED_HERE] = True
    except BadInput as refusal:
        return _adjustment(wish, refusal), refusal.status
    except SittingClosed:
        pass  # the page says so
    return redirect(url_for("applicant.adjustment"), 303)


def _adjustment(typed: Wish | None, refusal: BadInput | None) -> str:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        asked = list_own(store, invitation_id=invitation_id()) if asked_here() else []
    waiting = asked[0] if asked and asked[0].decision is None else None
    choices = _choices()
    return render_template(
        "applicant/adjustment.html",
        standing=standing,
        asked=asked,
        asked_here=asked_here(),
        waiting=waiting,
        typed=typed or (waiting.wish if waiting else Wish()),
        choices=choices,
        minutes={time: Grant(time).minutes_of(standing.minutes_limit) for time in choices},
        ended=place_of(standing) == url_for("applicant.done"),
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        refusal=refusal,
        simulated=standing.simulated,
    )


def _choices() -> dict[str, str]:
    """The times that can be asked for, in words."""
    return {
        "1.25": _("A quarter more"),
        "1.5": _("Half as much again"),
        "2": _("Twice the time"),
        "none": _("No time limit"),
    }
