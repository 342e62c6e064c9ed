"""From the link to the first situation: welcome, notice, consent, practice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.wrappers import Response

from assessment.errors import BadInput, Fault, Words
from assessment.services.accommodations import Grant, granted_to
from assessment.services.delivery import (
    GRACE,
    LanguageNotOffered,
    SittingClosed,
    Standing,
    begin_questionnaire,
    choose_language,
    find_standing,
    give_consent,
    notice_for,
    open_invitation,
    practice_page,
    start_sitting,
)
from assessment.services.sitting.response_values import read_answer
from assessment.services.sitting.timing import learnt_minutes
from assessment.web.access import ANYONE, APPLICANT, database, invitation_id, now, seen_by
from assessment.web.applicant.blueprint import ASKED_HERE, applicant, asked_here
from assessment.web.applicant.viewing import media_of
from assessment.web.languages import LANGUAGES, page_language
from assessment.web.moves import Move, pressed_move
from assessment.web.questions import posted_value, question_of, typed_value
from assessment.web.session import DatabaseSessions

LONGEST_TOKEN = 100
PAGES_BEFORE_THE_START = ("welcome", "notice", "practice")


@applicant.get("/<token>")
@seen_by(ANYONE)
def open_link(token: str) -> ResponseReturnValue:
    """Open an invitation. The token leaves the address at once, and straight for the page: on a phone each detour is a wait."""
    with database().write() as store:
        opened = open_invitation(store, token[:LONGEST_TOKEN], now()).id
        standing = find_standing(store, invitation_id=opened)
    interface = current_app.session_interface
    assert isinstance(interface, DatabaseSessions)
    same_person = g.opened is not None and g.opened.invitation_id == opened
    interface.begin(session, invitation_id=opened, values={ASKED_HERE: True} if same_person and asked_here() else None)
    return redirect(place_of(standing))


@applicant.get("/")
@seen_by(APPLICANT)
def home() -> ResponseReturnValue:
    """To the exact place where the applicant is."""
    with database().read() as store:
        return redirect(place_of(find_standing(store, invitation_id=invitation_id())))


@applicant.get("/welcome")
@seen_by(APPLICANT)
def welcome() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
    if standing.sitting is not None:
        return redirect(place_of(standing))
    return _welcome(standing)


@applicant.post("/consent")
@seen_by(APPLICANT)
def consent() -> ResponseReturnValue:
    try:
        with database().write() as store:
            if request.form.get("consent") != "yes":
                raise BadInput(Words("Nothing was started."), [Fault("consent", Words("Tick the box if you agree to take part."))])
            give_consent(store, invitation_id=invitation_id(), now=now(), notice_hash=request.form.get("notice", ""))
            start_sitting(store, invitation_id=invitation_id(), now=now())
    except BadInput as refusal:
        with database().read() as store:
            return _welcome(find_standing(store, invitation_id=invitation_id()), refusal), refusal.status
    except SittingClosed:
        pass  # the last page says so
    return redirect(url_for("applicant.home"), 303)


@applicant.post("/language")
@seen_by(APPLICANT)
def language() -> ResponseReturnValue:
    """Have everything in another language, until the questionnaire begins."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise LanguageNotOffered()
    with database().write() as store:
        choose_language(store, invitation_id=invitation_id(), language=wanted, now=now())
    back = request.form.get("back")
    return redirect(url_for(f"applicant.{back}" if back in PAGES_BEFORE_THE_START else "applicant.home"), 303)


@applicant.get("/practice")
@seen_by(APPLICANT)
def practice() -> ResponseReturnValue:
    return _practice(None, None)


@applicant.post("/practice")
@seen_by(APPLICANT)
def practice_done() -> ResponseReturnValue:
    """What was chosen is checked, so that the controls can be learnt, and forgotten."""
    with database().read() as store:
        standing, _item, unit = practice_page(store, invitation_id=invitation_id())
    if place_of(standing) != url_for("applicant.practice"):
        return redirect(url_for("applicant.home"), 303)
    move = pressed_move(request.form)
    try:
        value = posted_value(unit, request.form)
        read_answer(unit, value)
        if move is not None:
            return _practice(value, None, move)
    except BadInput as refusal:
        page = _practice(typed_value(unit, request.form), refusal.faults[0].message)
        return current_app.make_response((page, refusal.status))
    assert standing.sitting is not None
    with database().write() as store:
        begin_questionnaire(store, sitting_id=standing.sitting.id, now=now(), language=page_language())
    return redirect(url_for("applicant.home"), 303)


def place_of(standing: Standing) -> str:
    """The address of the page on which an applicant is."""
    sitting = standing.sitting
    if sitting is None:
        return url_for("applicant.welcome")
    if sitting.state != "active" or (sitting.deadline_at is not None and sitting.deadline_at < now() - GRACE):
        return url_for("applicant.done")
    if not standing.agreed:
        return url_for("applicant.agree")
    if sitting.started_at is None:
        return url_for("applicant.practice")
    return url_for("applicant.page", place=sitting.place)


def _welcome(standing: Standing, refusal: BadInput | None = None) -> str:
    with database().read() as store:
        learnt = learnt_minutes(store, form_version_id=standing.vacancy.form_version_id)
    return render_template(
        "applicant/welcome.html",
        standing=standing,
        notice=notice_for(standing.organisation, str(get_locale() or "en")),
        learnt_minutes=learnt,
        grant=_grant(),
        simulated=standing.simulated,
        refusal=refusal,
    )


def _practice(value: Any, error: str | None, move: Move | None = None) -> str | Response:
    with database().read() as store:
        standing, item, unit = practice_page(store, invitation_id=invitation_id(), language=page_language())
    here = place_of(standing)
    if here != url_for("applicant.practice"):
        return redirect(here)
    question = question_of(unit, item["task"], value, sequence=0, locked=False)
    question = replace(question, error=error, landing=question.landing_after(move) if move else None)
    return render_template(
        "applicant/practice.html",
        item=item,
        media=media_of(item, None),
        questions=[question],
        standing=standing,
        grant=_grant(),
        simulated=standing.simulated,
    )


def _grant() -> Grant:
    with database().read() as store:
        return granted_to(store, invitation_id=invitation_id())
