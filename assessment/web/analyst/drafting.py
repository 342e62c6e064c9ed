"""Writing: a draft field by field, with what the checks find beside each, and the draft as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Bank
from assessment.bank.draft_fields import field_names, fields_by_place, fields_of, with_fields
from assessment.bank.review import Finding
from assessment.bank.vocabulary import ChoiceFormat
from assessment.errors import BadInput
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_checks import Checked, check_version
from assessment.services.items.item_readings import must_answer_first
from assessment.services.items.item_review import file_of
from assessment.services.items.own_items import NotADraft, SavedElsewhere, begin_next_version, find_item, require_draft, save_draft
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE, item_file, questions, shipped_bank
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.item_words import WORDS

Fields = Sequence[tuple[str, str]]


@analyst.get("/bank/own/<code>/<int:number>/edit")
@seen_by(ANALYST)
def edit_item(code: str, number: int) -> ResponseReturnValue:
    bank = shipped_bank()
    with database().read() as store:
        version = find_item(store, staff().organisation_id, code, number)
        try:
            require_draft(version)
        except NotADraft as refusal:
            flash(str(refusal), "look")
            return redirect(url_for("analyst.own_item", code=code, number=number))
        checked = check_version(store, version, bank=bank, root=questions())
    return _page(version, version.content, bank, checked)


@analyst.post("/bank/own/<code>/<int:number>/edit")
@seen_by(ANALYST)
def save_item(code: str, number: int) -> ResponseReturnValue:
    """Save what the page holds, add or remove a line, or go on. What another tab saved meanwhile is never overwritten."""
    fields = [(name, text) for name in request.form for text in request.form.getlist(name)]
    do = request.form.get("do", "save")
    with database().read() as store:
        version_id = find_item(store, staff().organisation_id, code, number).id
    try:
        version = _save(version_id, fields, do)
    except SavedElsewhere as elsewhere:
        return _conflict(elsewhere, code, number, fields), elsewhere.status
    except NotADraft as refusal:
        return _kept(refusal, code, number, fields), refusal.status
    except BadInput as refusal:
        _save(version_id, fields, "save")
        flash(f"{refusal} Everything you typed is saved.", "look")
        return redirect(url_for("analyst.edit_item", code=code, number=number), 303)
    if do == "preview":
        return redirect(url_for("analyst.preview_item", code=code, number=number), 303)
    at = _where_to_go_on(do, version.content)
    if not at:
        flash("Saved.", "done")
    address = url_for("analyst.edit_item", code=code, number=number, at=at or "checks")
    return redirect(f"{address}#{(at or 'checks').replace('.', '-')}", 303)


@analyst.get("/bank/own/<code>/<int:number>/item.toml")
@seen_by(ANALYST, APPROVER)
def own_item_file(code: str, number: int) -> ResponseReturnValue:
    with database().read() as store:
        version = find_item(store, staff().organisation_id, code, number)
        if not must_answer_first(store, version, staff()):
            return item_file(code, file_of(store, version))
    flash("Read the item first: its file holds notes and other readings.", "look")
    return redirect(url_for("analyst.own_item", code=code, number=number))


@analyst.post("/bank/own/<code>/<int:number>/next")
@seen_by(ANALYST)
def next_version(code: str, number: int) -> ResponseReturnValue:
    with database().write() as store:
        version_id = find_item(store, staff().organisation_id, code, number).id
        following = begin_next_version(store, version_id=version_id, actor=staff(), now=now()).number
    return redirect(url_for("analyst.edit_item", code=code, number=following), 303)


def _save(version_id: int, fields: Fields, do: str) -> OwnItemVersion:
    with database().write() as store:
        return save_draft(store, version_id=version_id, sequence=_sequence(), fields=fields, actor=staff(), now=now(), do=do)


def _sequence() -> int:
    sent = request.form.get("sequence", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def _where_to_go_on(do: str, content: Mapping[str, Any]) -> str:
    """The field to stand in after a line came or went; empty after a plain save."""
    action, _, place = do.partition(":")
    if action not in ("add", "remove"):
        return ""
    rows = place if action == "add" else place.rpartition(".")[0]
    names = [name for name in field_names(content) if name.startswith(f"{rows}.")]
    last = f"{rows}.{max((int(name.removeprefix(f'{rows}.').split('.')[0]) for name in names), default=0)}"
    return next((name for name in names if name == last or name.startswith(f"{last}.")), f"add-{rows}")


def _conflict(elsewhere: SavedElsewhere, code: str, number: int, fields: Fields) -> str:
    bank = shipped_bank()
    with database().read() as store:
        stored = find_item(store, staff().organisation_id, code, number)
        checked = check_version(store, stored, bank=bank, root=questions())
    typed = with_fields(stored.content, fields)
    return _page(stored, typed, bank, checked, differences=_differences(stored.content, typed), refusal=str(elsewhere))


def _kept(refusal: NotADraft, code: str, number: int, fields: Fields) -> str:
    """The page of a draft that is none any more: what was typed can be read and copied."""
    typed = [(name, text) for name, text in fields if name not in ("csrf_token", "sequence", "do") and text]
    return render_template("analyst/item_kept.html", refusal=refusal, code=code, number=number, typed=typed, here=HERE)


def _differences(stored: Mapping[str, Any], typed: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Fields that are not the same: name, what is stored, what was typed."""
    there, here = _by_name(stored), _by_name(typed)
    return [
        (name, there.get(name, ""), here.get(name, ""))
        for name in dict.fromkeys((*there, *here))
        if there.get(name) != here.get(name)
    ]


def _by_name(document: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in fields_of(document):
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _page(
    version: OwnItemVersion,
    content: Mapping[str, Any],
    bank: Bank,
    checked: Checked,
    *,
    differences: Sequence[tuple[str, str, str]] = (),
    refusal: str | None = None,
) -> str:
    values: dict[str, list[str]] = {}
    for name, text in fields_of(content):
        values.setdefault(name, []).append(text)
    places = fields_by_place(content)
    listed = [(finding, places.get(finding.place)) for finding in checked.findings]
    return render_template(
        "analyst/item_edit.html",
        version=version,
        content=content,
        values=values,
        listed=listed,
        errors=_by_field(listed),
        n_errors=len(checked.errors),
        n_warnings=len(checked.warnings),
        differences=differences,
        refusal=refusal,
        at=request.args.get("at", ""),
        facets={facet.id: facet.name for facet in bank.facets.values()},
        attitudes={attitude.id: attitude.name for attitude in bank.attitudes.values()},
        step_formats={format: WORDS["formats"][format] for format in get_args(ChoiceFormat)},
        words=WORDS,
        here=HERE,
    )


def _by_field(listed: Sequence[tuple[Finding, str | None]]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding, name in listed:
        if name is not None:
            found.setdefault(name, []).append(finding)
    return found
