"""The audit log: what happened, chained by hash so that an edit, a deletion or a new order is found.

The hash of an event is SHA-256 over its canonical JSON and the hash of the event before it. `record_event` belongs in
the same transaction as the change it records.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from assessment.records.audit import AuditEvent

BEGINNING = "0" * 64
CHAIN_LOCK = 0x61_75_64_69_74  # "audit", the advisory lock that makes writers on PostgreSQL take turns


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds. `first_broken` is the number of the first event that does not fit, None if all do."""

    n_events: int
    first_broken: int | None
    head: str

    @property
    def holds(self) -> bool:
        return self.first_broken is None


def record_event(
    session: Session,
    *,
    organisation_id: int | None,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Append an event. `actor` and `subject` are pseudonyms or object names ("vacancy 3"), never names of people."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    session.flush()
    last = session.execute(select(AuditEvent.id, AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)).first()
    number, previous = (last.id + 1, last.hash) if last else (1, BEGINNING)
    event = AuditEvent(
        id=number,
        organisation_id=organisation_id,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        detail=dict(detail or {}),
        previous_hash=previous,
    )
    event.hash = _hash_of(event)
    session.add(event)
    session.flush()


def verify_chain(session: Session) -> Verification:
    """Walk the whole log and recompute every hash."""
    previous, expected, broken = BEGINNING, 1, None
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=1000)):
        fits = event.id == expected and event.previous_hash == previous and event.hash == _hash_of(event)
        if broken is None and not fits:
            broken = event.id
        previous, expected = event.hash, event.id + 1
    count = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    return Verification(count, broken, previous)


def recent_events(session: Session, organisation_id: int, *, limit: int = 200, subject: str | None = None) -> list[AuditEvent]:
    """The organisation's newest events, newest first; only those about `subject` when it is given."""
    query = select(AuditEvent).where(AuditEvent.organisation_id == organisation_id)
    if subject is not None:
        query = query.where(AuditEvent.subject == subject)
    return list(session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)))


def _hash_of(event: AuditEvent) -> str:
    body = {
        "id": event.id,
        "organisation": event.organisation_id,
        "at": event.at.isoformat(),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "detail": event.detail,
    }
    text_form = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256((event.previous_hash + text_form).encode()).hexdigest()
