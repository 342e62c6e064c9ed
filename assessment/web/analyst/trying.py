"""Trying an item out: as applicants would see it, in every language it has; and answering it blind to read it for review."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Bank
from assessment.bank.drafts import finished_item
from assessment.bank.review.drafted import with_item
from assessment.errors import BadInput, NotFound, Refusal
from assessment.records.own_item import OwnItemVersion
from assessment.services.item_checks import translations_of
from assessment.services.item_preview import preview_item as plan_preview
from assessment.services.item_readings import Judgement, NotYourReading, answer_blind, judge_item, may_read, own_reading
from assessment.services.languages import Languages
from assessment.services.media import bank_medium
from assessment.services.own_items import find_item
from assessment.services.paging import FormPlan, Page
from assessment.services.response_values import read_answer
from assessment.services.viewing import media_at
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE, questions, shipped_bank
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS
from assessment.web.languages import LANGUAGES
from assessment.web.media import ShownMedium, media_response, shown_media
from assessment.web.questions import Question, posted_value, question_of, typed_value

LARGEST_SEED = 10**9


@dataclass(frozen=True, slots=True)
class Tried:
    """An item on trial: its pages under one seed, the page asked for, and the language it is shown in."""

    code: str
    number: int
    plan: FormPlan
    page: Page
    seed: int
    locale: str
    locales: tuple[str, ...]

    @property
    def item(self) -> dict[str, Any]:
        return self.page.items[0].shown(self.locale)

    @property
    def reveals(self) -> list[Any]:
        """Everything that has been told in the steps up to this one."""
        if self.page.step is None:
            return []
        return [line for step in self.item["step"][: self.page.step + 1] for line in step.get("reveals", ())]

    def media(self) -> tuple[list[ShownMedium], list[ShownMedium]]:
        """What is seen and heard on the page: with the situation, and with the steps up to this one."""

        def address(medium: Mapping[str, Any], part: str) -> str:
            return url_for("analyst.own_medium", code=self.code, number=self.number, medium_id=medium["id"], part=part)

        with_situation, with_steps = media_at(self.item, self.page.step)
        return shown_media(with_situation, address), shown_media(with_steps, address)

    def question(self, value: Any = None, *, asked: Mapping[str, str] | None = None) -> Question:
        """The question of the page; `asked` are the fields that were sent for it."""
        planned = self.page.units[0]
        task = self.item["task"] if self.page.step is None else self.item["step"][self.page.step]
        question = question_of(planned, task, value, sequence=0, locked=False)
        if asked is None:
            return question
        try:
            answer = posted_value(planned, asked)
            complete = read_answer(planned, answer).complete
        except BadInput as refusal:
            return replace(question, value=typed_value(planned, asked), error=refusal.faults[0].message)
        return replace(question, value=answer, error=None if complete else "Answer all of it to go on.")


@analyst.get("/bank/own/<code>/<int:number>/preview")
@seen_by(ANALYST, APPROVER)
def preview_item(code: str, number: int) -> ResponseReturnValue:
    version = _version(code, number)
    if finished_item(version.content) is None:
        return render_template("analyst/item_no_preview.html", code=code, number=number, here=HERE)
    tried = _tried(version)
    g.shows_frames = True
    return render_template(
        "analyst/item_preview.html",
        tried=tried,
        languages={locale: LANGUAGES.get(locale, locale) for locale in tried.locales},
        next_seed=secrets.randbelow(LARGEST_SEED),
        here=HERE,
    )


@analyst.get("/bank/own/<code>/<int:number>/frame")
@seen_by(ANALYST, APPROVER)
def preview_frame(code: str, number: int) -> ResponseReturnValue:
    tried = _in_its_language(_tried(_version(code, number)))
    return _frame(tried, tried.question())


@analyst.post("/bank/own/<code>/<int:number>/frame")
@seen_by(ANALYST, APPROVER)
def try_item(code: str, number: int) -> ResponseReturnValue:
    """Look at an answer as the questionnaire would, and keep nothing of it."""
    tried = _in_its_language(_tried(_version(code, number)))
    question = tried.question(asked=request.form)
    if question.error or tried.page.place == len(tried.plan.pages):
        return _frame(tried, question, done=question.error is None), 422 if question.error else 200
    address = url_for("analyst.preview_frame", code=code, number=number, seed=tried.seed, locale=tried.locale)
    return redirect(f"{address}&step={tried.page.place + 1}", 303)


@analyst.get("/bank/own/<code>/<int:number>/media/<medium_id>/<part>")
@seen_by(ANALYST, APPROVER)
def own_medium(code: str, number: int, medium_id: str, part: str) -> ResponseReturnValue:
    """A file that the item shows. It may still change, so that no browser keeps it."""
    item = finished_item(_version(code, number).content)
    if item is None:
        raise NotFound
    return media_response(bank_medium(questions(), item.media, medium_id, part), lasting=False)


@analyst.get("/bank/own/<code>/<int:number>/reading")
@seen_by(ANALYST, APPROVER)
def read_item(code: str, number: int) -> ResponseReturnValue:
    version = _version(code, number)
    if not may_read(version, staff()):
        return redirect(url_for("analyst.own_item", code=code, number=number))
    return _reading(version, None, None)


@analyst.post("/bank/own/<code>/<int:number>/reading/answer")
@seen_by(ANALYST, APPROVER)
def answer_item(code: str, number: int) -> ResponseReturnValue:
    version = _version(code, number)
    tried = _next_unread(version)
    if tried is not None:
        question = tried.question(asked=request.form)
        if question.error:
            return _reading(version, question, None), 422
        planned = tried.page.units[0]
        with database().write() as store:
            answer_blind(store, version_id=version.id, planned=planned, value=question.value, actor=staff(), now=now())
    return redirect(url_for("analyst.read_item", code=code, number=number), 303)


@analyst.post("/bank/own/<code>/<int:number>/reading")
@seen_by(ANALYST, APPROVER)
def judge(code: str, number: int) -> ResponseReturnValue:
    version = _version(code, number)
    judgement = Judgement(
        role=request.form.get("role", ""),
        verdict=request.form.get("verdict", ""),
        note=request.form.get("note", "").replace("\r\n", "\n"),
        independent={"yes": True, "no": False}.get(request.form.get("independent", "")),
    )
    if finished_item(version.content) is None:
        raise NotYourReading("The item is not complete, so that it is not read now.")
    units = _tried(version).plan.units
    try:
        with database().write() as store:
            judge_item(store, version_id=version.id, judgement=judgement, units=units, actor=staff(), now=now())
    except BadInput as refusal:
        return _reading(version, None, refusal), refusal.status
    return redirect(url_for("analyst.own_item", code=code, number=number), 303)


def _version(code: str, number: int) -> OwnItemVersion:
    with database().read() as store:
        return find_item(store, staff().organisation_id, code, number)


def _tried(version: OwnItemVersion, *, step: int | None = None) -> Tried:
    item = finished_item(version.content)
    if item is None:
        raise NotFound("The item has errors, so that it cannot be shown yet.")
    bank: Bank = with_item(shipped_bank(), item, translations_of(version.translations))
    seed = _whole("seed", 1, LARGEST_SEED)
    plan = plan_preview(bank, item, seed)
    locales = ("en", *plan.form.items[0].texts)
    locale = request.args.get("locale", "en")
    place = step or _whole("step", 1, len(plan.pages))
    shown_in = locale if locale in locales else "en"
    return Tried(version.item.code, version.number, plan, plan.page(place), seed, shown_in, locales)


def _whole(name: str, least: int, most: int) -> int:
    sent = request.args.get(name, "")
    return min(max(int(sent), least), most) if sent.isascii() and sent.isdigit() and len(sent) < 12 else least


def _in_its_language(tried: Tried) -> Tried:
    """Let the page that follows speak the language of the item. The first word said settles it, so that this comes first."""
    g.languages, g.stands_in_frame = Languages((tried.locale,), tried.locale, True), True
    return tried


def _frame(tried: Tried, question: Question, *, done: bool = False) -> str:
    return render_template("analyst/item_frame.html", tried=tried, media=tried.media(), questions=[question], done=done)


def _next_unread(version: OwnItemVersion) -> Tried | None:
    """The first page that the reader has not answered, or None when all are."""
    with database().read() as store:
        reading = own_reading(store, version, staff())
    first = _tried(version, step=1)
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
