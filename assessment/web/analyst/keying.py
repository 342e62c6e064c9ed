"""Scores of an own item, on a page of their own: items carry none, and readers answer before they may see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Item, units
from assessment.bank.drafts import finished_item
from assessment.bank.review.drafted import with_item
from assessment.bank.review.texts import source_texts
from assessment.errors import BadInput, Refusal
from assessment.services.items.item_readings import must_answer_first
from assessment.services.items.own_items import find_item
from assessment.services.items.own_keys import METHODS, KeyedElsewhere, earlier_entries, item_key, save_item_key, usual_weight
from assessment.web.access import ANALYST, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE, shipped_bank
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS


@analyst.get("/bank/own/<code>/<int:number>/key")
@seen_by(ANALYST)
def own_item_key(code: str, number: int) -> ResponseReturnValue:
    return _page(code, number, None)


@analyst.post("/bank/own/<code>/<int:number>/key")
@seen_by(ANALYST)
def save_own_item_key(code: str, number: int) -> ResponseReturnValue:
    facets = tuple(shipped_bank().facets)
    try:
        with database().write() as store:
            version_id = find_item(store, staff().organisation_id, code, number).id
            known: dict[str, Any] = {"actor": staff(), "now": now(), "facets": facets}
            warnings = save_item_key(store, version_id=version_id, typed=request.form, seen=_seen(), **known)
    except (BadInput, KeyedElsewhere) as refusal:
        return _page(code, number, refusal)
    flash("The scores are kept. They count when a form with this item is published.", "done")
    for warning in warnings:
        flash(f"{warning.where}: {warning.message}.", "look")
    return redirect(url_for("analyst.own_item_key", code=code, number=number), 303)


def _seen() -> datetime | None:
    try:
        return datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        return None


def _page(code: str, number: int, refusal: Refusal | None) -> ResponseReturnValue:
    with database().read() as store:
        version = find_item(store, staff().organisation_id, code, number)
        blind = must_answer_first(store, version, staff())
        key = item_key(store, version)
        entries = key.entries if key else earlier_entries(store, version)
    if blind:
        flash("Read the item first: scores are shown to those who have answered it.", "look")
        return redirect(url_for("analyst.own_item", code=code, number=number))
    item = finished_item(version.content)
    if item is None:
        flash("Scores are given to finished options. Mend the errors first.", "look")
        return redirect(url_for("analyst.own_item", code=code, number=number))
    page = render_template(
        "analyst/own_item_key.html",
        version=version,
        parts=_parts(item),
        values=request.form if refusal else _values(entries),
        carried=bool(entries) and key is None,
        seen=key.saved_at.isoformat() if key else "",
        refusal=refusal,
        faults=refusal.faults if isinstance(refusal, BadInput) else (),
        errors={fault.where: fault.message for fault in refusal.faults} if isinstance(refusal, BadInput) else {},
        here=HERE,
        words=WORDS,
    )
    return page, refusal.status if refusal else 200


def _parts(item: Item) -> list[dict[str, Any]]:
    """Each scored part with its words: what is asked, and the options in the author's order."""
    asked = {question.code: question for question in source_texts(with_item(shipped_bank(), item, {}), item).questions}
    found = []
    for unit in units(item):
        part: dict[str, Any] = {"unit": unit, "methods": METHODS[unit.format], "weight": usual_weight(unit)}
        question = asked.get(unit.code)
        if question is not None:
            part["ask"] = question.ask.words if question.ask else ""
            part["options"] = [(option.id, option.words) for option in question.options]
        else:
            part["statement"] = item.task.text if item.task else ""
        found.append(part)
    return found


def _values(entries: Mapping[str, Any]) -> Mapping[str, Any]:
    """Stored scores as the fields of the page."""
    found: dict[str, Any] = {}
    for unit, entry in entries.items():
        found |= {f"{unit}:{name}": entry[name] for name in ("method", "direction", "why") if name in entry}
        for option, scored in entry.get("option", {}).items():
            found |= {f"{unit}:{option}:score": f"{scored['score']:g}", f"{unit}:{option}:why": scored["why"]}
    return found
