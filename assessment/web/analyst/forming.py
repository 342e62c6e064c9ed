"""Forms put together from shipped and own items: copied, changed item by item, checked, and published with a first key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Bank, Item
from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.keys import ScoringKey, read_key
from assessment.services.authoring import list_forms
from assessment.services.items.item_checks import bank_with_own
from assessment.services.items.own_forms import (
    FormOnDesk,
    change_form,
    copy_form,
    find_own_form,
    list_own_forms,
    look_at_form,
    publish_own_form,
)
from assessment.services.items.own_items import list_own_items
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE, questions, shipped_bank
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS


@analyst.get("/bank/forms")
@seen_by(ANALYST, APPROVER)
def forms() -> ResponseReturnValue:
    return _forms_page({"source": request.args.get("copy", "")}, None), 200


@analyst.post("/bank/forms")
@seen_by(ANALYST)
def begin_form() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip()[:300] for name in ("source", "code", "title")}
    try:
        with database().write() as store:
            code = copy_form(store, bank=shipped_bank(), **typed, actor=staff(), now=now()).code
    except NotFound:
        return _forms_page(typed, BadInput("There is no form of that code to copy.")), 422
    except BadInput as refusal:
        return _forms_page(typed, refusal), refusal.status
    flash("Begun. Nobody is given it before it is published.", "done")
    return redirect(url_for("analyst.own_form", code=code), 303)


@analyst.get("/bank/forms/<code>")
@seen_by(ANALYST, APPROVER)
def own_form(code: str) -> ResponseReturnValue:
    return _form_page(code, None), 200


@analyst.post("/bank/forms/<code>")
@seen_by(ANALYST)
def save_form(code: str) -> ResponseReturnValue:
    """Save the page, and add, exchange or take out the item that its button names."""
    with database().read() as store:
        content = find_own_form(store, staff().organisation_id, code).content
    sections = [section["id"] for section in content["section"]]
    do, _, where = request.form.get("do", "save").partition(":")
    try:
        items = {name: _items(name, do, where) for name in sections}
        with database().write() as store:
            change_form(
                store,
                bank=shipped_bank(),
                code=code,
                sequence=_whole(request.form.get("sequence", "")),
                title=request.form.get("title", ""),
                intros={name: request.form.get(f"intro.{name}", "").replace("\r\n", "\n")[:2400] for name in sections},
                items=items,
                actor=staff(),
                now=now(),
            )
    except NotFound:
        raise
    except Refusal as refusal:
        return _form_page(code, refusal), refusal.status
    return redirect(url_for("analyst.own_form", code=code) + (f"#section-{where.partition(':')[0]}" if where else ""), 303)


@analyst.post("/bank/forms/<code>/publish")
@seen_by(ANALYST)
def publish_form_of_own(code: str) -> ResponseReturnValue:
    try:
        with database().write() as store:
            publish_own_form(store, bank=shipped_bank(), code=code, shipped_key=shipped_key(), actor=staff(), now=now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _form_page(code, refusal), refusal.status
    flash("Published, with its first key. Recruiters can open jobs with it now.", "done")
    return redirect(url_for("analyst.own_form", code=code), 303)


def shipped_key() -> ScoringKey:
    """The key that the application came with."""
    return read_key(questions() / "keys" / "provisional.toml")


def _items(section: str, do: str, where: str) -> list[str]:
    """The items of a section as the page holds them, after what its button does."""
    held = request.form.getlist(f"item.{section}")
    of, _, code = where.partition(":")
    if of != section or do not in ("add", "exchange", "remove"):
        return held
    if do == "remove":
        return [name for name in held if name != code]
    chosen = request.form.get(f"choice.{section}", "")
    if not chosen:
        raise BadInput("Nothing was changed.", [Fault(f"choice.{section}", "Choose an item first")])
    if do == "add":
        return [*held, chosen]
    out = request.form.get(f"out.{section}", "")
    if out not in held:
        raise BadInput("Nothing was changed.", [Fault(f"choice.{section}", "Mark the item that it takes the place of")])
    return [chosen if name == out else name for name in held]


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _forms_page(typed: Mapping[str, str], refusal: BadInput | None) -> str:
    shipped = shipped_bank()
    with database().read() as store:
        own = list_own_forms(store, staff().organisation_id)
        published = {form.code for form in list_forms(store, staff().organisation_id, "delivered")}
    return render_template(
        "analyst/forms.html",
        own=own,
        shipped=list(shipped.forms.values()),
        published=published,
        typed=typed,
        refusal=refusal,
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        here=HERE,
    )


def _form_page(code: str, refusal: Refusal | None) -> str:
    shipped = shipped_bank()
    with database().read() as store:
        desk = look_at_form(store, bank=shipped, form=find_own_form(store, staff().organisation_id, code))
        beside = bank_with_own(store, shipped, staff().organisation_id)
        own = {version.item.code: version.number for version in list_own_items(store, staff().organisation_id)}
    return render_template(
        "analyst/own_form.html",
        desk=desk,
        form=desk.form,
        head=desk.form.content["form"],
        own=own,
        choices={section["id"]: _choices(beside, desk, section, set(own)) for section, _ in desk.sections},
        constructs={facet.id: facet.name for facet in shipped.facets.values()}
        | {attitude.id: attitude.name for attitude in shipped.attitudes.values()},
        refusal=refusal,
        faults=refusal.faults if isinstance(refusal, BadInput) else (),
        typed=request.form if refusal else {},
        words=WORDS,
        here=HERE,
    )


def _choices(bank: Bank, desk: FormOnDesk, section: Mapping[str, Any], own: set[str]) -> list[Item]:
    """The items that could stand in a section, own ones first."""
    taken = {item.code for _, items in desk.sections for item in items}
    fits = [
        item
        for item in bank.items.values()
        if item.id not in taken
        and item.id not in bank.practice
        and item.status != "retired"
        and item.instruction == section["instruction"]
    ]
    return sorted(fits, key=lambda item: (item.id not in own, item.id))
