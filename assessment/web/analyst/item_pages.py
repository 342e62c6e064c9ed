"""An own item's page: where each version stands, what the checks find, who read it, and what can be done next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank.drafts import finished_item
from assessment.errors import BadInput, NotFound, Refusal
from assessment.services.audit import recent_events
from assessment.services.items.item_checks import accept_warning, check_version
from assessment.services.items.item_readings import must_answer_first, readings_of
from assessment.services.items.item_review import (
    approve_item,
    missing_for_approval,
    retire_item,
    send_back,
    send_to_review,
    take_back,
)
from assessment.services.items.item_translations import (
    drop_translation,
    languages_of,
    take_in_translation,
    translation_of,
    translation_to_fill,
)
from assessment.services.items.own_items import find_item, versions_of
from assessment.services.items.own_keys import item_key, thin_scores
from assessment.services.people.accounts import list_staff
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE, LARGEST_FILE, item_file, questions, shipped_bank
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS
from assessment.web.languages import LANGUAGES

Step = Callable[[Any, int], Any]


@analyst.get("/bank/own/<code>")
@seen_by(ANALYST, APPROVER)
def newest_own_item(code: str) -> ResponseReturnValue:
    with database().read() as store:
        number = find_item(store, staff().organisation_id, code).number
    return redirect(url_for("analyst.own_item", code=code, number=number))


@analyst.get("/bank/own/<code>/<int:number>")
@seen_by(ANALYST, APPROVER)
def own_item(code: str, number: int) -> ResponseReturnValue:
    return _page(code, number, None)


@analyst.post("/bank/own/<code>/<int:number>/send")
@seen_by(ANALYST)
def send_item(code: str, number: int) -> ResponseReturnValue:
    return _do(code, number, "In review. Somebody who has not written it reads it now.", _checked(send_to_review))


@analyst.post("/bank/own/<code>/<int:number>/take-back")
@seen_by(ANALYST)
def take_item_back(code: str, number: int) -> ResponseReturnValue:
    return _do(code, number, "Taken back. It is a draft again.", _plain(take_back))


@analyst.post("/bank/own/<code>/<int:number>/send-back")
@seen_by(ANALYST, APPROVER)
def send_item_back(code: str, number: int) -> ResponseReturnValue:
    return _do(code, number, "Sent back with your note.", _plain(send_back, note=request.form.get("note", "")))


@analyst.post("/bank/own/<code>/<int:number>/approve")
@seen_by(APPROVER)
def approve(code: str, number: int) -> ResponseReturnValue:
    return _do(code, number, "Approved. This version never changes now.", _checked(approve_item))


@analyst.post("/bank/own/<code>/<int:number>/retire")
@seen_by(ANALYST, APPROVER)
def retire(code: str, number: int) -> ResponseReturnValue:
    told = "Retired. Published forms keep it; no new form can take it."
    return _do(code, number, told, _plain(retire_item, reason=request.form.get("reason", "")))


@analyst.post("/bank/own/<code>/<int:number>/accept")
@seen_by(ANALYST, APPROVER)
def accept(code: str, number: int) -> ResponseReturnValue:
    sent = {name: request.form.get(name, "") for name in ("check", "place", "reason")}
    return _do(code, number, "The warning stands, with your reason beside it.", _plain(accept_warning, **sent))


@analyst.get("/bank/own/<code>/<int:number>/<locale>.toml")
@seen_by(ANALYST, APPROVER)
def own_item_translation(code: str, number: int, locale: str) -> ResponseReturnValue:
    with database().read() as store:
        document = translation_of(find_item(store, staff().organisation_id, code, number), locale)
    return item_file(f"{code}.{locale}", document)


@analyst.get("/bank/own/<code>/<int:number>/to-translate.toml")
@seen_by(ANALYST, APPROVER)
def item_to_translate(code: str, number: int) -> ResponseReturnValue:
    """The item's words, to be replaced one by one by those of another language."""
    locale = request.args.get("locale", "es")[:5]
    with database().read() as store:
        version = find_item(store, staff().organisation_id, code, number)
    return item_file(f"{code}.{locale}", translation_to_fill(version, locale, staff().name))


@analyst.post("/bank/own/<code>/<int:number>/languages")
@seen_by(ANALYST)
def take_in_language(code: str, number: int) -> ResponseReturnValue:
    file = request.files.get("translation")
    data = file.read(LARGEST_FILE + 1) if file else b""
    told = "Taken in. The preview shows the item in this language too."
    return _do(code, number, told, lambda store, version_id: take_in_translation(store, version_id=version_id, data=data, **_by()))


@analyst.post("/bank/own/<code>/<int:number>/languages/drop")
@seen_by(ANALYST)
def drop_language(code: str, number: int) -> ResponseReturnValue:
    return _do(code, number, "The language is out.", _plain(drop_translation, locale=request.form.get("locale", "")))


def _plain(act: Callable[..., Any], **values: str) -> Step:
    return lambda store, version_id: act(store, version_id=version_id, **_by(), **values)


def _checked(act: Callable[..., Any]) -> Step:
    return _plain(lambda store, **known: act(store, bank=shipped_bank(), root=questions(), **known))


def _do(code: str, number: int, told: str, step: Step) -> ResponseReturnValue:
    try:
        with database().write() as store:
            step(store, find_item(store, staff().organisation_id, code, number).id)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(code, number, refusal), refusal.status
    flash(told, "done")
    return redirect(url_for("analyst.own_item", code=code, number=number), 303)


def _page(code: str, number: int, refusal: Refusal | None) -> str:
    bank, actor = shipped_bank(), staff()
    with database().read() as store:
        version = find_item(store, actor.organisation_id, code, number)
        return render_template(
            "analyst/own_item.html",
            version=version,
            versions=versions_of(store, version),
            item=finished_item(version.content),
            checked=check_version(store, version, bank=bank, root=questions()),
            lacking=missing_for_approval(store, version, bank=bank, root=questions()) if version.status == "in_review" else [],
            readings=readings_of(store, version),
            key=item_key(store, version),
            thin=thin_scores(store, version, tuple(bank.facets)),
            languages=languages_of(version),
            language_names=LANGUAGES,
            blind=must_answer_first(store, version, actor),
            wrote=actor.subject in version.writers,
            events=recent_events(store, actor.organisation_id, subject=f"own item {version.own_item_id}"),
            names={member.subject: member.name for member in list_staff(store, actor.organisation_id)},
            refusal=refusal,
            faults=refusal.faults if isinstance(refusal, BadInput) else (),
            typed=request.form,
            words=WORDS,
            here=HERE,
        )


def _by() -> dict[str, Any]:
    return {"actor": staff(), "now": now()}
