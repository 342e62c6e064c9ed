"""Scores of own items: kept apart from the words, and put together with the shipped key into a form's first key."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank import Item, Unit, units
from assessment.bank.draft_fields import clean_text
from assessment.bank.drafts import finished_item
from assessment.errors import BadInput, Fault, Refusal
from assessment.keys import KeyErrors, ScoringKey, check_key, key_from_json, key_to_dict
from assessment.records.own_item import OwnItemKey, OwnItemVersion
from assessment.services.items.own_items import find_own_version, note_event
from assessment.services.people.actors import Actor

METHODS = {
    "pick_best": ("option_value",),
    "best_worst": ("best_worst",),
    "rank": ("rank_distance",),
    "rate": ("standardised_distance", "shape"),
    "likert": ("likert",),
}
Entries = dict[str, Any]


class KeyedElsewhere(Refusal):
    """Somebody else saved scores of the version after the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            "These scores were saved elsewhere after you opened the page. What you typed is kept: save again to keep it."
        )


def item_key(session: Session, version: OwnItemVersion) -> OwnItemKey | None:
    """The scores of a version, if somebody has given them."""
    return session.scalar(select(OwnItemKey).where(OwnItemKey.own_item_version_id == version.id))


def thin_scores(session: Session, version: OwnItemVersion, facets: Sequence[str]) -> list[Fault]:
    """Where the scores of a version fall short of what its formats ask (A15)."""
    item, key = finished_item(version.content), item_key(session, version)
    if item is None or key is None:
        return []
    try:
        return _check(item, key.entries, facets)
    except BadInput as error:  # the options have changed since they were scored
        return list(error.faults)


def earlier_entries(session: Session, version: OwnItemVersion) -> Entries:
    """The scores of the newest version before this one that has any: a start for who gives scores to this one."""
    query = (
        select(OwnItemKey.entries)
        .join(OwnItemVersion)
        .where(OwnItemVersion.own_item_id == version.own_item_id, OwnItemVersion.number < version.number)
    )
    return session.scalar(query.order_by(OwnItemVersion.number.desc()).limit(1)) or {}


def usual_weight(unit: Unit) -> float:
    """What a unit weighs in a first key: a step half a situation, a statement a quarter, an attitude nothing."""
    if unit.attitude is not None:
        return 0.0
    return 0.25 if unit.format == "likert" else 0.5 if unit.step else 1.0


def save_item_key(
    session: Session,
    *,
    version_id: int,
    typed: Mapping[str, str],
    seen: datetime | None,
    facets: Sequence[str],
    actor: Actor,
    now: datetime,
) -> list[Fault]:
    """Keep the scores of a version's options, each with its reason. What is thin about them comes back as warnings.

    `typed` holds fields such as `unit:method`, `unit:a:score` and `unit:a:why`; `seen` is when the scores on the page were
    saved. Raises BadInput, whose faults name fields, for scores that no key could hold.
    """
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    item = finished_item(version.content)
    if item is None:
        raise Refusal("The item has errors. Mend them first: scores are given to finished options.")
    known = item_key(session, version)
    if (known.saved_at if known else None) != seen:
        raise KeyedElsewhere()
    entries = _entries(item, typed)
    warnings = _check(item, entries, facets)
    if known is None:
        known = OwnItemKey(own_item_version_id=version.id)
        session.add(known)
    known.entries, known.author, known.saved_at = entries, actor.subject, now
    session.flush()
    note_event(session, version, "item keyed", actor, now)
    return warnings


def _entries(item: Item, typed: Mapping[str, str]) -> Entries:
    faults: list[Fault] = []
    found = {}
    for unit in units(item):
        about = {"attitudes": {unit.attitude: 1.0}} if unit.attitude else {"facets": {unit.facet: 1.0}}
        entry: dict[str, Any] = {"item_version": unit.item_version, "weight": usual_weight(unit), **about}
        wanted = typed.get(f"{unit.code}:method", "")
        entry["method"] = wanted if wanted in METHODS[unit.format] else METHODS[unit.format][0]
        if unit.format == "likert":
            entry |= _direction(unit, typed, faults)
        else:
            entry["option"] = {option: _score(f"{unit.code}:{option}", typed, faults) for option in unit.options}
        found[unit.code] = entry
    if faults:
        raise BadInput("The scores were not saved.", faults)
    return found


def _direction(unit: Unit, typed: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    direction, why = typed.get(f"{unit.code}:direction", ""), clean_text(typed.get(f"{unit.code}:why", ""))
    if direction not in ("plus", "minus"):
        faults.append(Fault(f"{unit.code}:direction", "Say which end of the scale speaks for the person"))
    if not why:
        faults.append(Fault(f"{unit.code}:why", "Say why"))
    return {"direction": direction, "why": why[:600]}


def _score(field: str, typed: Mapping[str, str], faults: list[Fault]) -> dict[str, Any]:
    text, why = typed.get(f"{field}:score", "").strip().replace(",", "."), clean_text(typed.get(f"{field}:why", ""))
    try:
        score = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        score = math.nan
    if not 1 <= score <= 5:
        faults.append(Fault(f"{field}:score", "Give a score from 1 to 5, such as 3.5"))
    if not why:
        faults.append(Fault(f"{field}:why", "Give the reason for this score"))
    elif len(why) > 600:
        faults.append(Fault(f"{field}:why", "600 characters at most"))
    return {"score": score, "why": why}


def _check(item: Item, entries: Entries, facets: Sequence[str]) -> list[Fault]:
    """Warnings of the format's rules. Raises BadInput where the key's own rules are broken."""
    document = {
        "key": {"schema": 1, "id": "provisional", "version": 1, "grade": "provisional"},
        "provenance": {"method": "rational", "by": "the author", "on": "2026-01-01", "n": 1},
        "facets": dict.fromkeys(facets, 1.0),
        "statements": {"max_share": 0.15},
        "model": {"kind": "weighted_sum"},
        "item": entries,
    }
    try:
        key = key_from_json(document)
    except KeyErrors as error:
        unit = units(item)[0]
        first = f"{unit.code}:{unit.options[0]}:score" if unit.options else f"{unit.code}:direction"
        raise BadInput("The scores were not saved.", [Fault(first, fault.message) for fault in error.faults]) from error
    errors, warnings = check_key(key, units(item), facets=facets)
    if errors:
        raise BadInput("The scores were not saved.", errors)
    return warnings


def first_key(
    session: Session,
    *,
    form_code: str,
    items: Sequence[Item],
    own: Sequence[OwnItemVersion],
    shipped: ScoringKey,
    actor: Actor,
    now: datetime,
) -> ScoringKey:
    """A provisional key for a form: the shipped key's entries for shipped items, the authors' scores for own ones.

    Raises BadInput naming every item without scores.
    """
    keys = {version.item.code: item_key(session, version) for version in own}
    entries: Entries = {}
    given = key_to_dict(shipped)
    unscored = []
    for item in items:
        key = keys.get(item.id)
        source = (key.entries if key else {}) if item.id in keys else given["item"]
        for unit in units(item):
            if unit.code in source:
                entries[unit.code] = source[unit.code]
            else:
                unscored.append(item.id)
    if unscored:
        faults = [Fault(code, "has no scores yet") for code in dict.fromkeys(unscored)]
        raise BadInput("The form was not published: some of its items have no scores.", faults)
    head = {"schema": 1, "id": "provisional", "version": 1, "grade": "provisional", "form": form_code}
    n_own = sum(item.id in keys for item in items)
    note = f"Authors' judgement: {n_own} of {len(items)} items are the organisation's own and keyed by their authors."
    provenance = {"method": "rational", "by": actor.name, "on": now.date().isoformat(), "n": 1, "note": note}
    parts = {name: given[name] for name in ("facets", "statements", "model")}
    return key_from_json({"key": head, "provenance": provenance, **parts, "item": entries})
