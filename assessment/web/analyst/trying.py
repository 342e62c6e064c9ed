"""Trying an item out, a shipped or an own one: as applicants would see it, in every language it has. Nothing is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Bank, Item
from assessment.bank.drafts import finished_item
from assessment.bank.review.drafted import with_item
from assessment.errors import BadInput, NotFound
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_checks import translations_of
from assessment.services.items.item_preview import preview_item as plan_preview
from assessment.services.items.media import bank_medium
from assessment.services.items.own_items import find_item
from assessment.services.sitting.languages import Languages
from assessment.services.sitting.paging import FormPlan, Page
from assessment.services.sitting.response_values import read_answer
from assessment.services.sitting.viewing import media_at
from assessment.web.access import ANALYST, APPROVER, database, seen_by, staff
from assessment.web.analyst.authoring import HERE, questions, shipped_bank
from assessment.web.analyst.blueprint import analyst
from assessment.web.languages import LANGUAGES
from assessment.web.media import ShownMedium, media_response, shown_media
from assessment.web.moves import pressed_move
from assessment.web.questions import Question, posted_value, question_of, typed_value

LARGEST_SEED = 10**9
_ENDPOINTS = {
    "own": {
        "item": "analyst.own_item",
        "preview": "analyst.preview_item",
        "frame": "analyst.preview_frame",
        "try": "analyst.try_item",
        "medium": "analyst.own_medium",
    },
    "shipped": {
        "item": "analyst.bank_item",
        "preview": "analyst.preview_shipped",
        "frame": "analyst.shipped_frame",
        "try": "analyst.try_shipped",
        "medium": "analyst.medium",
    },
}


@dataclass(frozen=True, slots=True)
class Tried:
    """An item on trial: its pages under one seed, the page asked for, and the language it is shown in.

    `whose` and `named` are how its addresses begin: `own` with code and number, `shipped` with its id.
    """

    code: str
    whose: str
    named: Mapping[str, Any]
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

    def address(self, what: str, **values: Any) -> str:
        """Where the item's `item`, `preview`, `frame`, `try` or `medium` is."""
        return url_for(_ENDPOINTS[self.whose][what], **self.named, **values)

    def media(self) -> tuple[list[ShownMedium], list[ShownMedium]]:
        """What is seen and heard on the page: with the situation, and with the steps up to this one."""

        def address(medium: Mapping[str, Any], part: str) -> str:
            return self.address("medium", medium_id=medium["id"], part=part)

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
        question, move = replace(question, value=answer), pressed_move(asked)
        if move is not None:
            return replace(question, landing=question.landing_after(move))
        return replace(question, error=None if complete else "Answer all of it to go on.")


@analyst.get("/bank/own/<code>/<int:number>/preview")
@seen_by(ANALYST, APPROVER)
def preview_item(code: str, number: int) -> ResponseReturnValue:
    version = own_version(code, number)
    if finished_item(version.content) is None:
        return render_template("analyst/item_no_preview.html", code=code, number=number, here=HERE)
    return _preview(try_own(version))


@analyst.get("/bank/own/<code>/<int:number>/frame")
@seen_by(ANALYST, APPROVER)
def preview_frame(code: str, number: int) -> ResponseReturnValue:
    return _first_look(try_own(own_version(code, number)))


@analyst.post("/bank/own/<code>/<int:number>/frame")
@seen_by(ANALYST, APPROVER)
def try_item(code: str, number: int) -> ResponseReturnValue:
    return _answered(try_own(own_version(code, number)))


@analyst.get("/bank/shipped/<item_id>/preview")
@seen_by(ANALYST, APPROVER)
def preview_shipped(item_id: str) -> ResponseReturnValue:
    return _preview(_try_shipped(item_id))


@analyst.get("/bank/shipped/<item_id>/frame")
@seen_by(ANALYST, APPROVER)
def shipped_frame(item_id: str) -> ResponseReturnValue:
    return _first_look(_try_shipped(item_id))


@analyst.post("/bank/shipped/<item_id>/frame")
@seen_by(ANALYST, APPROVER)
def try_shipped(item_id: str) -> ResponseReturnValue:
    return _answered(_try_shipped(item_id))


@analyst.get("/bank/own/<code>/<int:number>/media/<medium_id>/<part>")
@seen_by(ANALYST, APPROVER)
def own_medium(code: str, number: int, medium_id: str, part: str) -> ResponseReturnValue:
    """A file that the item shows. It may still change, so that no browser keeps it."""
    item = finished_item(own_version(code, number).content)
    if item is None:
        raise NotFound
    return media_response(bank_medium(questions(), item.media, medium_id, part), lasting=False)


def own_version(code: str, number: int) -> OwnItemVersion:
    """A version of an own item."""
    with database().read() as store:
        return find_item(store, staff().organisation_id, code, number)


def try_own(version: OwnItemVersion, *, step: int | None = None) -> Tried:
    """A version on trial, as the address of the request asks for it or at a step."""
    item = finished_item(version.content)
    if item is None:
        raise NotFound("The item has errors, so that it cannot be shown yet.")
    bank = with_item(shipped_bank(), item, translations_of(version.translations))
    return _try(bank, item, "own", {"code": version.item.code, "number": version.number}, step)


def _try_shipped(item_id: str) -> Tried:
    bank = shipped_bank()
    if item_id not in bank.items:
        raise NotFound
    return _try(bank, bank.items[item_id], "shipped", {"item_id": item_id}, None)


def _try(bank: Bank, item: Item, whose: str, named: Mapping[str, Any], step: int | None) -> Tried:
    seed = _whole("seed", 1, LARGEST_SEED)
    plan = plan_preview(bank, item, seed)
    locales = ("en", *plan.form.items[0].texts)
    locale = request.args.get("locale", "en")
    page = plan.page(step or _whole("step", 1, len(plan.pages)))
    return Tried(item.id, whose, named, plan, page, seed, locale if locale in locales else "en", locales)


def _preview(tried: Tried) -> str:
    g.shows_frames = True
    return render_template(
        "analyst/item_preview.html",
        tried=tried,
        languages={locale: LANGUAGES.get(locale, locale) for locale in tried.locales},
        next_seed=secrets.randbelow(LARGEST_SEED),
        here=HERE,
    )


def _first_look(tried: Tried) -> str:
    _speak(tried)
    return _frame(tried, tried.question())


def _answered(tried: Tried) -> ResponseReturnValue:
    """Look at an answer as the questionnaire would, and keep nothing of it."""
    _speak(tried)
    question = tried.question(asked=request.form)
    if question.error:
        return _frame(tried, question), 422
    moved = pressed_move(request.form) is not None
    if moved or tried.page.place == len(tried.plan.pages):
        return _frame(tried, question, done=not moved)
    return redirect(tried.address("frame", seed=tried.seed, locale=tried.locale, step=tried.page.place + 1), 303)


def _whole(name: str, least: int, most: int) -> int:
    sent = request.args.get(name, "")
    return min(max(int(sent), least), most) if sent.isascii() and sent.isdigit() and len(sent) < 12 else least


def _speak(tried: Tried) -> None:
    """Let the page that follows speak the language of the item. The first word said settles it, so that this comes first."""
    g.languages, g.stands_in_frame = Languages((tried.locale,), tried.locale, True), True


def _frame(tried: Tried, question: Question, *, done: bool = False) -> str:
    return render_template("analyst/item_frame.html", tried=tried, media=tried.media(), questions=[question], done=done)
