"""Author: the question bank as it stands in the repository, to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from assessment.bank import Attitude, Bank, Facet, Item, read_bank
from assessment.errors import NotFound
from assessment.services.media import bank_medium
from assessment.web.access import ANALYST, APPROVER, seen_by
from assessment.web.analyst.blueprint import analyst
from assessment.web.media import media_response, shown_media


@analyst.get("/questions")
@seen_by(ANALYST, APPROVER)
def bank() -> ResponseReturnValue:
    found = _bank()
    groups = []
    constructs: list[Facet | Attitude] = [*found.facets.values(), *found.attitudes.values()]
    for construct in constructs:
        members = [i for i in found.items.values() if construct.id in (i.head.facet, i.head.attitude)]
        rows = [
            {
                "id": i.id,
                "format": i.format,
                "channel": i.head.channel,
                "trouble": i.head.trouble,
                "status": i.head.status,
                "readings": f"{len(i.review.readers)} desk" if i.review.readers else "none",
            }
            for i in sorted(members, key=lambda i: (i.format == "likert", i.id))
        ]
        if rows:
            question = construct.question if isinstance(construct, Facet) else construct.description
            groups.append({"name": construct.name, "question": question, "items": rows})
    n_draft = sum(item.head.status != "approved" for item in found.items.values())
    return render_template("analyst/bank.html", groups=groups, n_draft=n_draft, n_items=len(found.items))


@analyst.get("/questions/<item_id>")
@seen_by(ANALYST, APPROVER)
def bank_item(item_id: str) -> ResponseReturnValue:
    found = _bank()
    if item_id not in found.items:
        raise NotFound
    item = found.items[item_id]
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


@analyst.get("/questions/<item_id>/media/<medium_id>/<part>")
@seen_by(ANALYST, APPROVER)
def medium(item_id: str, medium_id: str, part: str) -> ResponseReturnValue:
    """A file as it lies in the bank now. It may still change, so that no browser keeps it."""
    item = _bank().items.get(item_id)
    if item is None:
        raise NotFound
    file = bank_medium(current_app.extensions["settings"].questions, item.media, medium_id, part)
    return media_response(file, lasting=False)


def _media_by_place(item: Item) -> list[tuple[str, list[dict[str, Any]]]]:
    """The media of an item by where they stand: with the situation, or with a part of it."""
    places = {item.id: "With the situation"} | {step.id: f"With part {n}" for n, step in enumerate(item.steps, start=1)}
    found = [(words, [m.model_dump(mode="json") for m in item.media if m.at == at]) for at, words in places.items()]
    return [(words, media) for words, media in found if media]


def _bank() -> Bank:
    return read_bank(current_app.extensions["settings"].questions)
