"""The questionnaire, a page at a time by form post."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, NotFound
from assessment.services.delivery import (
    PageNotReached,
    SittingClosed,
    SittingPage,
    StalePage,
    find_standing,
    move_to,
    sitting_page,
)
from assessment.web.access import APPLICANT, database, invitation_id, now, seen_by, session_hash
from assessment.web.applicant.arriving import place_of
from assessment.web.applicant.blueprint import answer_desk, applicant
from assessment.web.applicant.viewing import media_of
from assessment.web.moves import pressed_move
from assessment.web.questions import Question, posted_sequence, posted_value, question_of, typed_value


@applicant.get("/page/<int:place>")
@seen_by(APPLICANT)
def page(place: int) -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        try:
            shown = sitting_page(store, invitation_id=invitation_id(), place=place)
        except (PageNotReached, NotFound):
            return redirect(place_of(standing))
    if place_of(standing) in (url_for("applicant.done"), url_for("applicant.agree")):
        return redirect(place_of(standing))
    return _page(shown, _questions(shown))


@applicant.post("/page/<int:place>")
@seen_by(APPLICANT)
def save_page(place: int) -> ResponseReturnValue:
    """Save every answer on the page, then go where the button says. What cannot be saved is shown again."""
    with database().read() as store:
        shown = sitting_page(store, invitation_id=invitation_id(), place=place)
    try:
        questions = [_save(shown, number, request.form, now()) for number in range(len(shown.answers))]
        if any(question.error or question.elsewhere for question in questions):
            status = 409 if any(question.elsewhere for question in questions) else 422
            return _page(shown, questions), status
        move = pressed_move(request.form)
        if move is not None:
            landing = next(filter(None, (question.landing_after(move) for question in questions)), None)
            return redirect(url_for("applicant.page", place=place, _anchor=landing), 303)
        going = request.form.get("go", "next")
        if going in ("next", "back"):
            target = place + 1 if going == "next" else place - 1
            if target > len(shown.plan.pages):
                return redirect(url_for("applicant.review"), 303)
            with database().write() as store:
                move_to(store, sitting_id=shown.sitting.id, place=max(1, target), now=now())
            return redirect(url_for("applicant.page", place=max(1, target)), 303)
    except SittingClosed:
        return redirect(url_for("applicant.done"), 303)
    elsewhere = {"review": "applicant.review", "adjust": "applicant.adjustment"}
    return redirect(url_for(elsewhere.get(going, "applicant.leave")), 303)


def _save(shown: SittingPage, number: int, form: Mapping[str, str], moment: datetime) -> Question:
    """Save one of the page's answers if it was changed, and give the question as it is to be shown if not all went well."""
    planned, question = shown.answers[number].planned, _question(shown, number)
    if question.locked:
        return question
    sequence = posted_sequence(planned, form)
    try:
        value = posted_value(planned, form)
        question = replace(question, value=value)
        if value is not None and value != shown.answers[number].value:
            key = hashlib.sha256(json.dumps([planned.code, value, sequence], sort_keys=True).encode()).hexdigest()
            answer_desk(current_app).record_response(
                shown.sitting.id, planned.code, value, None, sequence, key, moment, session_hash()
            )
    except StalePage as stale:
        return replace(question, sequence=stale.sequence, elsewhere=question.in_words(stale.saved))
    except BadInput as refusal:
        return replace(question, value=typed_value(planned, form), sequence=sequence, error=_why(refusal))
    return question


def _why(refusal: BadInput) -> str:
    return refusal.faults[0].message if refusal.faults else refusal.words


def _questions(shown: SittingPage) -> list[Question]:
    return [_question(shown, number) for number in range(len(shown.answers))]


def _question(shown: SittingPage, number: int) -> Question:
    item, step, saved = shown.items[0], shown.page.step, shown.answers[number]
    task = shown.items[number]["task"] if step is None else item["step"][step]
    return question_of(saved.planned, task, saved.value, sequence=saved.sequence, locked=saved.locked)


def _page(shown: SittingPage, questions: list[Question]) -> str:
    step = shown.page.step
    reveals = [] if step is None else [line for past in shown.items[0]["step"][: step + 1] for line in past.get("reveals", ())]
    return render_template(
        "applicant/page.html",
        shown=shown,
        page=shown.page,
        item=shown.items[0],
        reveals=reveals,
        media=media_of(shown.items[0], step),
        questions=questions,
        saved=all(answer.complete for answer in shown.answers),
        simulated=shown.simulated,
    )
