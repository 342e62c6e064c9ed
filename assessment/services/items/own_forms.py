"""Own forms: put together from shipped and own items, checked like shipped ones, and published with a first key of their own.

A published form keeps its items for ever. Other items make another form, with another code: its scores are not the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.bank import Bank, Form, Item, PublishedItem, form_items, read_snapshot, section_items
from assessment.bank.draft_fields import clean_text
from assessment.bank.faults import faults_in, place
from assessment.bank.references import form_references
from assessment.bank.review import Finding
from assessment.bank.review.formed import form_findings, modelled_minutes, planned_reliability
from assessment.bank.review.refused import refusals
from assessment.bank.vocabulary import Name
from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.keys import ScoringKey
from assessment.records.form import FormVersion
from assessment.records.organisation import Organisation
from assessment.records.own_item import OwnForm, OwnItem, OwnItemVersion
from assessment.services.audit import record_event
from assessment.services.authoring import publish_form
from assessment.services.items.item_checks import bank_with_own, versions_in_use
from assessment.services.items.own_items import note_event
from assessment.services.items.own_keys import first_key
from assessment.services.keyring import adopt_key
from assessment.services.people.actors import Actor

_CODE: TypeAdapter[str] = TypeAdapter(Name)
LONGEST_MINUTES = 240


class FormSavedElsewhere(Refusal):
    """The form was changed in another tab after the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            "This form was changed elsewhere after you opened the page. Look at it as it is now, and repeat your change."
        )


@dataclass(frozen=True, slots=True)
class FormItem:
    """An item as it stands in a form. `confirmed` is whether its version is approved, None for a shipped item."""

    code: str
    version: int
    format: str
    constructs: tuple[str, ...]
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class FormOnDesk:
    """An own form with what it comes to: its items by section, the findings, and its version once it is published."""

    form: OwnForm
    sections: tuple[tuple[Mapping[str, Any], tuple[FormItem, ...]], ...]
    findings: tuple[Finding, ...]
    published: FormVersion | None

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")


def copy_form(session: Session, *, bank: Bank, source: str, code: str, title: str, actor: Actor, now: datetime) -> OwnForm:
    """Begin a form from a shipped or an own one. What the other draws from a pool stands item by item in the copy."""
    code, source, title = clean_text(code), clean_text(source), " ".join(clean_text(title).split())
    faults = _faults_of_head(session, bank, code, title, actor.organisation_id)
    if faults:
        raise BadInput("The form was not begun.", faults)
    content = _content_of(session, bank, source, actor.organisation_id)
    head = {**content["form"], "id": code, "version": 1, "title": title, "locales": ["en"]}
    head.pop("sibling_of", None)
    form = OwnForm(organisation_id=actor.organisation_id, code=code, content={**content, "form": head}, sequence=1)
    form.author, form.created_at, form.saved_at = actor.subject, now, now
    session.add(form)
    session.flush()
    _note(session, form, "own form begun", actor, now)
    return form


def list_own_forms(session: Session, organisation_id: int) -> list[OwnForm]:
    """The organisation's forms, by code."""
    return list(session.scalars(select(OwnForm).where(OwnForm.organisation_id == organisation_id).order_by(OwnForm.code)))


def find_own_form(session: Session, organisation_id: int, code: str, *, to_change: bool = False) -> OwnForm:
    """One form of the organisation, or `NotFound`."""
    query = select(OwnForm).where(OwnForm.organisation_id == organisation_id, OwnForm.code == code)
    form = session.scalar(query.with_for_update() if to_change else query)
    if form is None:
        raise NotFound()
    return form


def look_at_form(session: Session, *, bank: Bank, form: OwnForm) -> FormOnDesk:
    """An own form as it was published, or beside the items that the organisation can use now."""
    published = published_version(session, form)
    approved = _approved(session, form.organisation_id)

    def entry(item: Item | PublishedItem) -> FormItem:
        named = (item.facet, item.attitude, *(step.facet for step in item.steps))
        constructs = tuple(dict.fromkeys(name for name in named if name))
        return FormItem(item.id, item.version, item.format, constructs, approved.get((item.id, item.version)))

    if published is not None:
        pinned = {section.id: section.items for section in read_snapshot(published.content).sections}
        sections = tuple((section, tuple(map(entry, pinned[section["id"]]))) for section in form.content["section"])
        return FormOnDesk(form, sections, (), published)
    beside = bank_with_own(session, bank, form.organisation_id)
    sections = tuple(
        (section, tuple(entry(beside.items[name]) for name in section.get("items", ()) if name in beside.items))
        for section in form.content["section"]
    )
    return FormOnDesk(form, sections, tuple(_findings(form, beside)), None)


def _approved(session: Session, organisation_id: int) -> dict[tuple[str, int], bool]:
    """Which versions of the organisation's items were approved, retired ones too."""
    query = select(OwnItem.code, OwnItemVersion.number, OwnItemVersion.approved_at).join(OwnItem)
    found = session.execute(query.where(OwnItem.organisation_id == organisation_id))
    return {(row.code, row.number): row.approved_at is not None for row in found}


def change_form(
    session: Session,
    *,
    bank: Bank,
    code: str,
    sequence: int,
    title: str,
    intros: Mapping[str, str],
    items: Mapping[str, Sequence[str]],
    actor: Actor,
    now: datetime,
) -> OwnForm:
    """Save title, introductions and the items of each section; minutes and planned reliability follow from the items."""
    form = find_own_form(session, actor.organisation_id, code, to_change=True)
    _require_open(session, form)
    if form.sequence != sequence:
        raise FormSavedElsewhere()
    title = " ".join(clean_text(title).split())
    if not title or len(title) > 120:
        raise BadInput("The form was not saved.", [Fault("title", "Give it a title of at most 120 characters")])
    beside = bank_with_own(session, bank, form.organisation_id)
    sections = [
        section
        | {
            "intro": clean_text(intros.get(section["id"], section["intro"])),
            "items": list(map(clean_text, items.get(section["id"], section["items"]))),
        }
        for section in form.content["section"]
    ]
    chosen = [beside.items[name] for section in sections for name in section["items"] if name in beside.items]
    minutes = max(1, min(LONGEST_MINUTES, round(modelled_minutes(beside, tuple(chosen)))))
    reliability = min(0.99, max(0.01, round(planned_reliability(chosen), 2)))
    head = form.content["form"] | {"title": title, "minutes": float(minutes), "provisional_reliability": reliability}
    form.content = {**form.content, "form": head, "section": sections}
    form.sequence, form.saved_at = form.sequence + 1, now
    session.flush()
    _note(session, form, "own form saved", actor, now)
    return form


def publish_own_form(
    session: Session, *, bank: Bank, code: str, shipped_key: ScoringKey, actor: Actor, now: datetime
) -> FormVersion:
    """Publish the form and put its first key in force, in one step. Its own items are pinned: their words never change.

    Raises `Refusal` while the form has errors, BadInput naming every item without scores.
    """
    form = find_own_form(session, actor.organisation_id, code, to_change=True)
    _require_open(session, form)
    in_use = versions_in_use(session, form.organisation_id, to_pin=True)
    beside = bank_with_own(session, bank, form.organisation_id)
    errors = [finding for finding in _findings(form, beside) if finding.severity == "error"]
    if errors:
        raise Refusal(f"The form was not published: {errors[0].place} {errors[0].message}.")
    read = Form.model_validate(form.content)
    beside = replace(beside, forms={**beside.forms, code: read})
    items = form_items(beside, read)
    own = [version for version in in_use if version.item.code in {item.id for item in items}]
    key = first_key(session, form_code=code, items=items, own=own, shipped=shipped_key, actor=actor, now=now)
    published = publish_form(session, bank=beside, form_id=code, actor=actor, now=now)
    adopt_key(session, key=key, form_code=code, actor=actor, now=now)
    for version in own:
        version.pinned_at = version.pinned_at or now
        note_event(session, version, "item pinned", actor, now, {"form": code})
    return published


def published_version(session: Session, form: OwnForm) -> FormVersion | None:
    """What was published of the form, if anything."""
    return session.scalar(
        select(FormVersion).where(FormVersion.organisation_id == form.organisation_id, FormVersion.code == form.code)
    )


def _require_open(session: Session, form: OwnForm) -> None:
    if published_version(session, form) is not None:
        raise Refusal("This form is published and keeps its items. Copy it to give other items; the copy is a form of its own.")


def _faults_of_head(session: Session, bank: Bank, code: str, title: str, organisation_id: int) -> list[Fault]:
    faults = []
    try:
        _CODE.validate_python(code)
    except ValidationError:
        faults.append(Fault("code", "Use lower-case letters and digits joined by - or _, 60 characters at most"))
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))
    own = session.scalar(select(OwnForm.id).where(OwnForm.organisation_id == organisation_id, OwnForm.code == code))
    known = select(FormVersion.id).where(FormVersion.organisation_id == organisation_id, FormVersion.code == code)
    if code in bank.forms or own is not None or session.scalar(known.limit(1)) is not None:
        faults.append(Fault("code", f"{code} is the code of a form already; choose another"))
    if not title or len(title) > 120:
        faults.append(Fault("title", "Give it a title of at most 120 characters"))
    return faults


def _content_of(session: Session, bank: Bank, source: str, organisation_id: int) -> dict[str, Any]:
    """The other form's content, draws settled."""
    if source not in bank.forms:
        return find_own_form(session, organisation_id, source).content
    form = bank.forms[source]
    content = form.model_dump(mode="json", exclude_defaults=True)
    sections = [
        {"shuffle_items": section.shuffle_items, "shuffle_options": section.shuffle_options}
        | {"id": section.id, "instruction": section.instruction, "intro": section.intro.strip()}
        | {"items": [item.id for item in items]}
        for section, items in section_items(bank, form)
    ]
    return {"form": {"schema": 1, **content["form"]}, "section": sections}


def _findings(form: OwnForm, bank: Bank) -> list[Finding]:
    name = f"forms/{form.code}.toml"
    try:
        read = Form.model_validate(form.content)
    except ValidationError as error:
        return refusals(faults_in(error, name, form.content))
    broken = [Fault(f"{name}: {place(form.content, where)}", message) for where, message in form_references(read, bank, ())]
    if broken:
        return refusals(broken)
    alone = replace(bank, forms={form.code: read})
    return [finding for finding in form_findings(alone) if finding.item == form.code]


def _note(session: Session, form: OwnForm, action: str, actor: Actor, now: datetime) -> None:
    record_event(
        session,
        organisation_id=form.organisation_id,
        actor=actor.subject,
        action=action,
        subject=f"own form {form.id}",
        detail={"code": form.code, "sequence": form.sequence},
        now=now,
    )
