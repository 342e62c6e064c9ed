"""Writing an own item in another language: every text beside the words that it says in the item's own."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import NotFound
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_translations import languages_of, texts_to_say, translate_item
from assessment.services.items.own_items import NotADraft, SavedElsewhere, find_item, require_draft
from assessment.web.access import ANALYST, database, now, seen_by, staff
from assessment.web.analyst.authoring import HERE
from assessment.web.analyst.blueprint import analyst
from assessment.web.languages import LANGUAGES

OTHERS = {locale: word for locale, word in LANGUAGES.items() if locale != "en"}


@analyst.get("/bank/own/<code>/<int:number>/words/<locale>")
@seen_by(ANALYST)
def translate(code: str, number: int, locale: str) -> ResponseReturnValue:
    version = _version(code, number, locale)
    try:
        require_draft(version)
    except NotADraft as refusal:
        flash(str(refusal), "look")
        return redirect(url_for("analyst.own_item", code=code, number=number))
    return _page(version, locale, None)


@analyst.post("/bank/own/<code>/<int:number>/words/<locale>")
@seen_by(ANALYST)
def save_translation(code: str, number: int, locale: str) -> ResponseReturnValue:
    version = _version(code, number, locale)
    sent = request.form.get("sequence", "")
    sequence = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0
    words = {name.removeprefix("words."): text for name, text in request.form.items() if name.startswith("words.")}
    try:
        with database().write() as store:
            known = {"actor": staff(), "now": now()}
            translate_item(store, version_id=version.id, locale=locale, sequence=sequence, words=words, **known)  # type: ignore[arg-type]
    except (SavedElsewhere, NotADraft) as refusal:
        return _page(version, locale, refusal), refusal.status
    flash("Saved.", "done")
    return redirect(url_for("analyst.translate", code=code, number=number, locale=locale), 303)


def _version(code: str, number: int, locale: str) -> OwnItemVersion:
    if locale not in OTHERS:
        raise NotFound
    with database().read() as store:
        return find_item(store, staff().organisation_id, code, number)


def _page(version: OwnItemVersion, locale: str, refusal: SavedElsewhere | NotADraft | None) -> str:
    return render_template(
        "analyst/item_translation.html",
        version=version,
        locale=locale,
        language_name=OTHERS[locale],
        texts=texts_to_say(version, locale),
        state=next((language.state for language in languages_of(version) if language.locale == locale), "none"),
        typed=request.form if refusal else {},
        refusal=refusal,
        here=HERE,
    )
