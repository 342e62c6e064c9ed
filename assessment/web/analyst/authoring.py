"""The question bank: shipped items and the organisation's own, to find, to read, and to begin new ones from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Bank, Item, bank_as_known
from assessment.bank.toml_writing import to_toml
from assessment.errors import BadInput, NotFound
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.media import bank_medium
from assessment.services.items.own_items import copy_item, document_of, list_own_items, take_in_item, write_item
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS
from assessment.web.media import media_response, shown_media

LARGEST_FILE = 1024 * 1024
HERE = "Questions"


@dataclass(frozen=True, slots=True)
class Row:
    """An item in the list of the bank."""

    code: str
    own: bool
    format: str
    constructs: tuple[str, ...]
    channel: str | None
    trouble: str | None
    status: str
    version: int


@analyst.get("/bank")
@seen_by(ANALYST, APPROVER)
def bank() -> ResponseReturnValue:
    shipped = shipped_bank()
    wanted = {name: request.args.get(name, "") for name in ("whose", "construct", "format", "status")}
    with database().read() as store:
        own = [_own_row(version) for version in list_own_items(store, staff().organisation_id)]
    rows = own + [_shipped_row(item) for item in shipped.items.values()]
    found = [row for row in rows if _fits(row, wanted)]
    constructs = {facet.id: facet.name for facet in shipped.facets.values()}
    constructs |= {attitude.id: attitude.name for attitude in shipped.attitudes.values()}
    return render_template(
        "analyst/bank.html",
        rows=found,
        n_items=len(rows),
        n_own=len(own),
        wanted=wanted,
        constructs=constructs,
        words=WORDS,
    )


@analyst.get("/bank/shipped/<item_id>")
@seen_by(ANALYST, APPROVER)
def bank_item(item_id: str) -> ResponseReturnValue:
    found = shipped_bank()
    item = _shipped(found, item_id)
    construct = found.facets.get(item.head.facet or "") or found.attitudes.get(item.head.attitude or "")
    shown = {
        "id": item.id,
        "version": item.version,
        "status": item.head.status,
        "format": item.format,
        "channel": item.head.channel,
        "trouble": item.head.trouble,
        "scenario": item.scenario,
        "task": item.task,
        "review": item.review,
    }

    def address(medium: Mapping[str, Any], part: str) -> str:
        return url_for("analyst.medium", item_id=item_id, medium_id=medium["id"], part=part)

    media = [(place, shown_media(found, address)) for place, found in _media_by_place(item)]
    return render_template("analyst/bank_item.html", item=shown, measures=construct.name if construct else "Storyline", media=media)


@analyst.get("/bank/shipped/<item_id>/media/<medium_id>/<part>")
@seen_by(ANALYST, APPROVER)
def medium(item_id: str, medium_id: str, part: str) -> ResponseReturnValue:
    """A file as it lies in the bank now. It may still change, so that no browser keeps it."""
    item = _shipped(shipped_bank(), item_id)
    file = bank_medium(questions(), item.media, medium_id, part)
    return media_response(file, lasting=False)


def _media_by_place(item: Item) -> list[tuple[str, list[dict[str, Any]]]]:
    """The media of an item by where they stand: with the situation, or with a part of it."""
    places = {item.id: "With the situation"} | {step.id: f"With part {n}" for n, step in enumerate(item.steps, start=1)}
    found = [(words, [m.model_dump(mode="json") for m in item.media if m.at == at]) for at, words in places.items()]
    return [(words, media) for words, media in found if media]


@analyst.get("/bank/shipped/<item_id>/item.toml")
@seen_by(ANALYST, APPROVER)
def bank_item_file(item_id: str) -> ResponseReturnValue:
    return item_file(item_id, document_of(_shipped(shipped_bank(), item_id)))


@analyst.get("/bank/new")
@seen_by(ANALYST)
def begin_item() -> ResponseReturnValue:
    return _begin_page({"source": request.args.get("copy", "")}, None), 200


@analyst.post("/bank/new/write")
@seen_by(ANALYST)
def write_new_item() -> ResponseReturnValue:
    def begin(store: Any, typed: Mapping[str, str]) -> OwnItemVersion:
        code, format = typed["code"], typed["format"]
        return write_item(store, bank=shipped_bank(), code=code, format=format, actor=staff(), now=now())

    return _begun("write", begin)


@analyst.post("/bank/new/copy")
@seen_by(ANALYST)
def copy_existing_item() -> ResponseReturnValue:
    def begin(store: Any, typed: Mapping[str, str]) -> OwnItemVersion:
        code, source = typed["code"], typed["source"]
        return copy_item(store, bank=shipped_bank(), code=code, source=source, actor=staff(), now=now())

    return _begun("copy", begin)


@analyst.post("/bank/new/file")
@seen_by(ANALYST)
def take_in_item_file() -> ResponseReturnValue:
    file = request.files.get("file")
    data = file.read(LARGEST_FILE + 1) if file else b""
    data = data or request.form.get("text", "").replace("\r\n", "\n").encode()
    return _begun("file", lambda store, _: take_in_item(store, bank=shipped_bank(), data=data, actor=staff(), now=now()))


def shipped_bank() -> Bank:
    """The bank that the application came with."""
    return bank_as_known(questions())


def questions() -> Path:
    """Where the shipped bank lies."""
    found: Path = current_app.extensions["settings"].questions
    return found


def item_file(code: str, document: dict[str, Any]) -> Response:
    """An item as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{code}.toml"'}
    return Response(to_toml(document), mimetype="application/toml", headers=headers)


def _shipped(bank: Bank, item_id: str) -> Item:
    if item_id not in bank.items:
        raise NotFound
    return bank.items[item_id]


def _begun(way: str, begin: Callable[[Any, Mapping[str, str]], OwnItemVersion]) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip()[:200_000] for name in ("code", "format", "source", "text")}
    try:
        with database().write() as store:
            version = begin(store, typed)
            code, number = version.item.code, version.number
    except NotFound:
        refusal = BadInput("The item was not begun.")
    except BadInput as error:
        refusal = error
    else:
        flash("Begun. It is a draft: only your organisation sees it, and nobody is given it.", "done")
        return redirect(url_for("analyst.edit_item", code=code, number=number), 303)
    return _begin_page(typed | {"way": way}, refusal), refusal.status


def _begin_page(typed: dict[str, str], refusal: BadInput | None) -> str:
    shipped = shipped_bank()
    with database().read() as store:
        own = [version.item.code for version in list_own_items(store, staff().organisation_id)]
    return render_template(
        "analyst/item_begin.html",
        typed=typed,
        refusal=refusal,
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        sources=[*own, *shipped.items],
        words=WORDS,
        here=HERE,
    )


def _own_row(version: OwnItemVersion) -> Row:
    head = version.content["item"]
    named = [head.get("facet"), head.get("attitude"), *(step.get("facet") for step in version.content.get("step", []))]
    constructs = tuple(dict.fromkeys(name for name in named if name))
    tags = (head["format"], constructs, head.get("channel"), head.get("trouble"))
    return Row(version.item.code, True, *tags, version.status, version.number)


def _shipped_row(item: Item) -> Row:
    return Row(item.id, False, item.format, item.constructs, item.head.channel, item.head.trouble, item.status, item.version)


def _fits(row: Row, wanted: dict[str, str]) -> bool:
    return (
        (not wanted["whose"] or row.own == (wanted["whose"] == "own"))
        and (not wanted["construct"] or wanted["construct"] in row.constructs)
        and wanted["format"] in ("", row.format)
        and wanted["status"] in ("", row.status)
    )
