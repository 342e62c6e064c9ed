"""Asking for the password again before something that cannot be undone, with the same limits as signing in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from assessment.errors import NotAllowed
from assessment.records.database import vault_of
from assessment.records.organisation import StaffMember
from assessment.services.people.accounts import note_failure, sign_in
from assessment.services.people.actors import Actor


def confirm_password(session: Session, *, actor: Actor, password: str, address: str, now: datetime) -> None:
    """Raises `CannotSignIn` if this is not the actor's password. Reads alone: after a refusal call `note_failed_confirmation`."""
    sign_in(session, email=_email_of(session, actor), password=password, address=address, now=now)


def note_failed_confirmation(session: Session, *, actor: Actor, address: str, now: datetime) -> None:
    """Count a wrong password, as a wrong password at the sign-in is counted."""
    note_failure(session, email=_email_of(session, actor), address=address, now=now)


def _email_of(session: Session, actor: Actor) -> str:
    member = session.get(StaffMember, actor.staff_member_id) if actor.staff_member_id is not None else None
    if member is None:
        raise NotAllowed("Only somebody with a sign-in can confirm this.")
    return vault_of(session).open("staff_member.email", member.subject, member.email_sealed)
