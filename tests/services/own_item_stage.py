"""A small world for the tests of own items: an organisation with two analysts and an approver, beside the shipped bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assessment.bank import Bank, read_bank
from assessment.bank.draft_fields import fields_of
from assessment.records.database import Database
from assessment.records.own_item import OwnItemVersion
from assessment.services.items.item_preview import preview_item
from assessment.services.items.item_readings import Judgement, answer_blind, judge_item
from assessment.services.items.item_review import approve_item, send_to_review
from assessment.services.items.item_translations import drop_translation
from assessment.services.items.own_items import copy_item, find_item, save_draft
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor

QUESTIONS = Path(__file__).parents[2] / "questions"
SOURCE = "exit-fee-shared-home"
SHIPPED = read_bank(QUESTIONS)


@dataclass(frozen=True)
class Desk:
    """People of one organisation who write and read items."""

    database: Database
    now: datetime
    author: Actor
    colleague: Actor
    approver: Actor
    bank: Bank = SHIPPED

    @property
    def organisation_id(self) -> int:
        return self.author.organisation_id

    def copy(self, code: str = "a-fee-to-leave", name: str = "Zenon") -> OwnItemVersion:
        """A draft without findings: a shipped item's words with another name in it."""
        with self.database.write() as session:
            begun = copy_item(session, bank=self.bank, source=SOURCE, code=code, actor=self.author, now=self.now)
            drop_translation(session, version_id=begun.id, locale="es", actor=self.author, now=self.now)
        return self.change(begun, "Emil", name)

    def change(self, version: OwnItemVersion, old: str, new: str, *, actor: Actor | None = None) -> OwnItemVersion:
        """Replace a word of the setting and save the draft."""
        fields = [(name, text.replace(old, new)) for name, text in fields_of(version.content)]
        with self.database.write() as session:
            return save_draft(
                session,
                version_id=version.id,
                sequence=version.sequence,
                fields=fields,
                actor=actor or self.author,
                now=self.now,
            )

    def send(self, version: OwnItemVersion) -> OwnItemVersion:
        with self.database.write() as session:
            return send_to_review(session, version_id=version.id, bank=self.bank, root=QUESTIONS, actor=self.author, now=self.now)

    def read(self, version: OwnItemVersion, reader: Actor, role: str, verdict: str = "keep") -> None:
        """Answer the item's one question, then judge it."""
        item = self.bank.items[SOURCE]
        planned = next(iter(preview_item(self.bank, item, 1).units.values()))
        with self.database.write() as session:
            known = {"version_id": version.id, "actor": reader, "now": self.now}
            answer_blind(session, planned=planned, value="a", **known)
            judgement = Judgement(role, verdict, "Clear enough, and hard enough.", independent=True)
            judge_item(session, judgement=judgement, units={planned.code: planned}, **known)

    def approve(self, version: OwnItemVersion) -> OwnItemVersion:
        with self.database.write() as session:
            return approve_item(session, version_id=version.id, bank=self.bank, root=QUESTIONS, actor=self.approver, now=self.now)

    def approved(self, code: str = "a-fee-to-leave") -> OwnItemVersion:
        version = self.send(self.copy(code))
        self.read(version, self.colleague, "agent")
        self.read(version, self.approver, "supervisor")
        return self.approve(version)

    def find(self, code: str = "a-fee-to-leave", number: int | None = None) -> OwnItemVersion:
        with self.database.read() as session:
            return find_item(session, self.organisation_id, code, number)


def set_desk(database: Database, now: datetime, slug: str = "acme") -> Desk:
    with database.write() as session:
        organisation_id = add_organisation(session, slug=slug, name=slug.title(), now=now).id
    people = [
        Actor(organisation_id, f"{slug}-{name}", name.title(), role)
        for name, role in (("author", "analyst"), ("colleague", "analyst"), ("approver", "approver"))
    ]
    return Desk(database, now, *people)
