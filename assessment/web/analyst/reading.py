"""Reading an own item for review: answered blind, as an applicant would, then judged in a role."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank.drafts import finished_item
from assessment.errors import BadInput, Refusal
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_readings import Judgement, NotYourReading, answer_blind, judge_item, may_read, own_reading
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS
from assessment.web.analyst.trying import Tried, own_version, try_own
from assessment.web.moves import pressed_move
from assessment.web.questions import Question


@analyst.get("/bank/own/<code>/<int:number>/reading")
@seen_by(ANALYST, APPROVER)
def read_item(code: str, number: int) -> ResponseReturnValue:
    version = own_version(code, number)
    if not may_read(version, staff()):
        return redirect(url_for("analyst.own_item", code=code, number=number))
    return _reading(version, None, None)


@analyst.post("/bank/own/<code>/<int:number>/reading/answer")
@seen_by(ANALYST, APPROVER)
def answer_item(code: str, number: int) -> ResponseReturnValue:
    version = own_version(code, number)
    tried = _next_unread(version)
    if tried is not None:
        question = tried.question(asked=request.form)
        if question.error:
            return _reading(version, question, None), 422
        if pressed_move(request.form) is not None:
            return _reading(version, question, None)
        planned = tried.page.units[0]
        with database().write() as store:
            answer_blind(store, version_id=version.id, planned=planned, value=question.value, actor=staff(), now=now())
    return redirect(url_for("analyst.read_item", code=code, number=number), 303)


@analyst.post("/bank/own/<code>/<int:number>/reading")
@seen_by(ANALYST, APPROVER)
def judge(code: str, number: int) -> ResponseReturnValue:
    version = own_version(code, number)
    judgement = Judgement(
        role=request.form.get("role", ""),
        verdict=request.form.get("verdict", ""),
        note=request.form.get("note", "").replace("\r\n", "\n"),
        independent={"yes": True, "no": False}.get(request.form.get("independent", "")),
    )
    if finished_item(version.content) is None:
        raise NotYourReading("The item is not complete, so that it is not read now.")
    units = try_own(version).plan.units
    try:
        with database().write() as store:
            judge_item(store, version_id=version.id, judgement=judgement, units=units, actor=staff(), now=now())
    except BadInput as refusal:
        return _reading(version, None, refusal), refusal.status
    return redirect(url_for("analyst.own_item", code=code, number=number), 303)


def _next_unread(version: OwnItemVersion) -> Tried | None:
    """The first page that the reader has not answered, or None when all are."""
    with database().read() as store:
        reading = own_reading(store, version, staff())
    first = try_own(version, step=1)
    answered = set(reading.answers) if reading else set()
    open_pages = [page for page in first.plan.pages if page.units[0].code not in answered]
    return replace(first, page=open_pages[0]) if open_pages else None


def _reading(version: OwnItemVersion, question: Question | None, refusal: Refusal | None) -> str:
    tried = _next_unread(version)
    faults = refusal.faults if isinstance(refusal, BadInput) else ()
    return render_template(
        "analyst/item_reading.html",
        version=version,
        tried=tried,
        media=tried.media() if tried else ([], []),
        questions=[question or tried.question()] if tried else [],
        refusal=refusal,
        faults=faults,
        errors={fault.where: fault.message for fault in faults},
        typed=request.form,
        words=WORDS,
        here=HERE,
    )
