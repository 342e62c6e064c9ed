"""What is wrong with an own item beside the shipped items and the organisation's other ones, and which warnings stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assessment.bank import Bank, Translation
from assessment.bank.draft_fields import clean_text
from assessment.bank.drafts import finished_item
from assessment.bank.review import Finding
from assessment.bank.review.drafted import draft_findings, with_item
from assessment.bank.review.register import Recorded, recorded_as
from assessment.errors import BadInput, Fault, Refusal
from assessment.records.own_item import AcceptedWarning, OwnItem, OwnItemVersion
from assessment.services.items.own_items import find_own_version, note_event
from assessment.services.people.actors import Actor

LONGEST_REASON = 600


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found of a version: errors, warnings that are open, and warnings that stand with who said why."""

    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, AcceptedWarning], ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Errors and open warnings."""
        return self.errors + self.warnings


def check_version(session: Session, version: OwnItemVersion, *, bank: Bank, root: Path) -> Checked:
    """Every check that needs no scores, made of one version beside all other items that the organisation can use."""
    findings = draft_findings(
        version.content,
        bank_with_own(session, bank, version.item.organisation_id, without=version.own_item_id),
        root,
        translations=translations_of(version.translations),
        recorded=_recorded(session, version, bank),
    )
    standing = {(row.check_code, row.place): row for row in accepted_warnings(session, version)}
    warnings = [finding for finding in findings if finding.severity == "warning"]
    return Checked(
        errors=tuple(finding for finding in findings if finding.severity == "error"),
        warnings=tuple(finding for finding in warnings if (finding.check, finding.place) not in standing),
        accepted=tuple(
            (finding, standing[finding.check, finding.place]) for finding in warnings if (finding.check, finding.place) in standing
        ),
    )


def bank_with_own(session: Session, bank: Bank, organisation_id: int, *, without: int | None = None) -> Bank:
    """The shipped bank with the organisation's items, each at its version in use."""
    for version in versions_in_use(session, organisation_id, without=without):
        item = finished_item(version.content)
        assert item is not None  # versions_in_use gives no other
        bank = with_item(bank, item, translations_of(version.translations))
    return bank


def versions_in_use(
    session: Session, organisation_id: int, *, without: int | None = None, to_pin: bool = False
) -> list[OwnItemVersion]:
    """Of each item that is in use the newest approved version, else the newest that is complete; `to_pin` holds writers off."""
    query = (
        select(OwnItemVersion)
        .join(OwnItem)
        .where(OwnItem.organisation_id == organisation_id, OwnItem.retired_at.is_(None), OwnItem.id != (without or 0))
        .order_by(OwnItem.code, OwnItemVersion.status != "approved", OwnItemVersion.number.desc())
    )
    taken: dict[int, OwnItemVersion] = {}
    for version in session.scalars(query.with_for_update(of=OwnItemVersion) if to_pin else query):
        if version.own_item_id not in taken and finished_item(version.content) is not None:
            taken[version.own_item_id] = version
    return list(taken.values())


def translations_of(stored: Mapping[str, Any]) -> dict[str, Translation]:
    """Stored translations as objects; one that is broken is left out."""
    found = {}
    for locale, words in stored.items():
        try:
            found[locale] = Translation.model_validate(words)
        except ValidationError:
            continue
    return found


def accept_warning(
    session: Session, *, version_id: int, check: str, place: str, reason: str, actor: Actor, now: datetime
) -> OwnItemVersion:
    """Let a warning stand for a written reason. Raises BadInput without one."""
    version = find_own_version(session, actor.organisation_id, version_id, to_change=True)
    if version.status not in ("draft", "in_review"):
        raise Refusal(f"Version {version.number} is {version.status}; its warnings are settled.")
    reason, place = " ".join(clean_text(reason).split()), clean_text(place)
    if not 10 <= len(reason) <= LONGEST_REASON:
        message = f"Say in a sentence why the warning may stand, {LONGEST_REASON} characters at most"
        raise BadInput("The warning was not accepted.", [Fault("reason", message)])
    check = clean_text(check)[:4]
    same = (AcceptedWarning.own_item_version_id == version.id, AcceptedWarning.check_code == check)
    session.execute(delete(AcceptedWarning).where(*same, AcceptedWarning.place == place[:200]))
    row = AcceptedWarning(own_item_version_id=version.id, check_code=check, place=place[:200], reason=reason)
    row.accepted_by, row.accepted_at = actor.subject, now
    session.add(row)
    session.flush()
    note_event(session, version, "warning accepted", actor, now, {"check": check})
    return version


def accepted_warnings(session: Session, version: OwnItemVersion) -> list[AcceptedWarning]:
    """The warnings of a version that somebody let stand."""
    return list(session.scalars(select(AcceptedWarning).where(AcceptedWarning.own_item_version_id == version.id)))


def _recorded(session: Session, version: OwnItemVersion, bank: Bank) -> Recorded | None:
    """The version before as a register would hold it, so that no option's id comes to mean something else."""
    query = select(OwnItemVersion).where(OwnItemVersion.own_item_id == version.own_item_id, OwnItemVersion.number < version.number)
    before = session.scalar(query.order_by(OwnItemVersion.number.desc()).limit(1))
    item = finished_item(before.content) if before else None
    return recorded_as(bank, item) if item else None
