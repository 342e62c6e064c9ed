"""Author: the question bank as it stands in the repository, to read."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from assessment.bank import Attitude, Bank, Facet, read_bank
from assessment.errors import NotFound
from assessment.web.access import ANALYST, APPROVER, seen_by
from assessment.web.analyst.blueprint import analyst


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
    return render_template("analyst/bank_item.html", item=shown, measures=construct.name if construct else "Storyline")


def _bank() -> Bank:
    return read_bank(current_app.extensions["settings"].questions)
