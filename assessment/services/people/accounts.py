"""Staff accounts: signing in and out, and the sessions that live on the server.

Passwords are hashed with Argon2id (19 MiB, two passes; the OWASP minimum, about 40 ms here). An unknown address costs the
same time as a wrong password. Failed attempts are counted in the database by account and by address, so that every
worker sees them; a locked account hears the same words as a wrong password.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.records.database import Database, json_of, moment_of, vault_of
from assessment.records.organisation import Organisation, Role, SignInAttempt, StaffMember, WebSession
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
NOBODY = HASHER.hash(secrets.token_hex(16))
FEWEST_CHARACTERS = 12
COMMON = frozenset({"password1234", "123456789012", "qwertyuiop12", "passwordpassword", "iloveyou1234", "adminadmin12"})
IDLE = timedelta(hours=8)
LONGEST = timedelta(days=7)
ANONYMOUS = timedelta(hours=1)
FAILURES_ALLOWED = 10
FAILURES_PER_ADDRESS = 100
WINDOW = timedelta(minutes=15)

_SESSION = 'SELECT staff_member_id, invitation_id, "values", seen_at, expires_at FROM web_session WHERE token_hash = :token_hash'


class CannotSignIn(Refusal):
    """The same words for an unknown address, a wrong password, a disabled account and too many attempts."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "That e-mail address and password do not match an account, or there were too many tries. "
            "Check both; after ten tries wait fifteen minutes."
        )


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as the web sees it: who it belongs to (nobody, a staff member or an invitation) and its values."""

    staff: Actor | None
    organisation_name: str
    organisation_simulated: bool
    invitation_id: int | None
    values: dict[str, Any]
    seen_at: datetime
    expires_at: datetime


def add_organisation(session: Session, *, slug: str, name: str, now: datetime, simulated: bool = False) -> Organisation:
    """Create an organisation. `slug` is unique."""
    if session.scalar(select(Organisation.id).where(Organisation.slug == slug)):
        raise BadInput(f"There is an organisation called {slug} already.", [Fault("slug", "choose another")])
    organisation = Organisation(slug=slug, name=name, simulated=simulated, policy={}, created_at=now)
    session.add(organisation)
    session.flush()
    record_event(
        session,
        organisation_id=organisation.id,
        actor="system",
        action="organisation added",
        subject=f"organisation {organisation.id}",
        now=now,
    )
    return organisation


def find_organisation(session: Session, slug: str | None) -> Organisation:
    """The organisation with this slug; without one, the only organisation there is."""
    found = list(session.scalars(select(Organisation).where(Organisation.slug == slug) if slug else select(Organisation).limit(2)))
    if len(found) == 1:
        return found[0]
    if slug:
        raise NotFound(f"There is no organisation called {slug}.")
    raise BadInput("Say which organisation." if found else "There is no organisation yet. Make one with `flask organisation add`.")


def add_staff_member(
    session: Session, *, organisation_id: int, name: str, email: str, role: str, password: str, added_by: str, now: datetime
) -> StaffMember:
    """Give a person a sign-in. Raises `BadInput` for a weak password, an unknown role or an address in use."""
    faults = []
    if role not in {r.value for r in Role}:
        faults.append(Fault("role", "must be recruiter, analyst, approver or administrator"))
    if "@" not in email or len(email) > 254:
        faults.append(Fault("email", "is not an e-mail address"))
    if not FEWEST_CHARACTERS <= len(password) <= 256:
        faults.append(Fault("password", f"must have {FEWEST_CHARACTERS} to 256 characters; any characters will do"))
    elif password.casefold() in COMMON:
        faults.append(Fault("password", "is one of the most used passwords"))
    vault = vault_of(session)
    token = vault.token("staff e-mail", email)
    if session.scalar(select(StaffMember.id).where(StaffMember.email_token == token)):
        faults.append(Fault("email", "belongs to an account already"))
    if faults:
        raise BadInput("The account was not made.", faults)
    subject = secrets.token_hex(16)
    member = StaffMember(
        organisation_id=organisation_id,
        subject=subject,
        name=name,
        email_token=token,
        email_sealed=vault.seal("staff_member.email", subject, email),
        role=role,
        password_hash=HASHER.hash(password),
        created_at=now,
    )
    session.add(member)
    session.flush()
    record_event(
        session,
        organisation_id=organisation_id,
        actor=added_by,
        action="staff member added",
        subject=f"staff {subject}",
        detail={"role": role},
        now=now,
    )
    return member


def disable_staff_member(session: Session, member_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a person's sign-in away. Every session of theirs ends at once."""
    member = session.scalar(
        select(StaffMember).where(StaffMember.id == member_id, StaffMember.organisation_id == actor.organisation_id)
    )
    if member is None:
        raise NotFound()
    member.disabled_at = now
    session.execute(delete(WebSession).where(WebSession.staff_member_id == member.id))
    record_event(
        session,
        organisation_id=actor.organisation_id,
        actor=actor.subject,
        action="staff member disabled",
        subject=f"staff {member.subject}",
        now=now,
    )


def disable_by_email(session: Session, email: str, *, actor: Actor, now: datetime) -> None:
    """Take the sign-in with this e-mail address away."""
    token = vault_of(session).token("staff e-mail", email)
    member_id = session.scalar(
        select(StaffMember.id).where(StaffMember.email_token == token, StaffMember.organisation_id == actor.organisation_id)
    )
    if member_id is None:
        raise NotFound("No account of this organisation has that e-mail address.")
    disable_staff_member(session, member_id, actor=actor, now=now)


def list_staff(session: Session, organisation_id: int) -> list[StaffMember]:
    """Everyone with a sign-in, by name; disabled ones too."""
    return list(
        session.scalars(select(StaffMember).where(StaffMember.organisation_id == organisation_id).order_by(StaffMember.name))
    )


def sign_in(session: Session, *, email: str, password: str, address: str, now: datetime) -> StaffMember:
    """The staff member with this e-mail and password, or `CannotSignIn`. Reads alone: hashing takes 40 ms, and nobody waits for it.

    The caller then writes, in a transaction of its own: `forget_failures` after a success, `note_failure` after a refusal.
    """
    vault = vault_of(session)
    token = vault.token("staff e-mail", email)
    locked = (
        _failures(session, f"account {token}", now) >= FAILURES_ALLOWED
        or _failures(session, f"address {address}", now) >= FAILURES_PER_ADDRESS
    )
    member = session.scalar(select(StaffMember).where(StaffMember.email_token == token, StaffMember.disabled_at.is_(None)))
    try:
        HASHER.verify(member.password_hash if member else NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        raise CannotSignIn from None
    if member is None or locked:
        raise CannotSignIn
    return member


def forget_failures(session: Session, *, email: str) -> None:
    """Clear the count of an account whose owner has just signed in."""
    token = vault_of(session).token("staff e-mail", email)
    session.execute(delete(SignInAttempt).where(SignInAttempt.bucket == f"account {token}"))


def note_failure(session: Session, *, email: str, address: str, now: datetime) -> None:
    """Count a failed sign-in against the account and the network address."""
    token = vault_of(session).token("staff e-mail", email)
    for bucket in (f"account {token}", f"address {address}"):
        attempt = session.get(SignInAttempt, bucket)
        if attempt is None:
            session.add(SignInAttempt(bucket=bucket, failures=1, window_ends_at=now + WINDOW))
        elif attempt.window_ends_at <= now:
            attempt.failures, attempt.window_ends_at = 1, now + WINDOW
        else:
            attempt.failures += 1


def open_session(
    session: Session,
    *,
    now: datetime,
    staff_member_id: int | None = None,
    invitation_id: int | None = None,
    values: dict[str, Any] | None = None,
) -> str:
    """Begin a session and return its token, the only copy there is."""
    token = secrets.token_urlsafe(32)
    known = staff_member_id is not None or invitation_id is not None
    session.add(
        WebSession(
            token_hash=hash_token(token),
            staff_member_id=staff_member_id,
            invitation_id=invitation_id,
            values=values or {},
            created_at=now,
            seen_at=now,
            expires_at=now + (LONGEST if known else ANONYMOUS),
        )
    )
    return token


def find_session(database: Database, token: str, *, now: datetime) -> OpenSession | None:
    """The session with this token if it still runs: not past its end, not idle too long, its owner not disabled.

    Every page asks: hence one prebuilt statement.
    """
    row = database.look_up(_SESSION, token_hash=hash_token(token))
    if row is None:
        return None
    staff_member_id, invitation_id, values, seen_at, expires_at = row
    seen, ends = moment_of(seen_at), moment_of(expires_at)
    if ends <= now:
        return None
    if staff_member_id is None:
        return OpenSession(None, "", False, invitation_id, json_of(values), seen, ends)
    if seen + IDLE <= now:
        return None
    with database.read() as session:
        found = session.execute(
            select(StaffMember, Organisation)
            .join(Organisation, Organisation.id == StaffMember.organisation_id)
            .where(StaffMember.id == staff_member_id, StaffMember.disabled_at.is_(None))
        ).first()
    if found is None:
        return None
    member, organisation = found
    actor = Actor(organisation.id, member.subject, member.name, member.role, member.id)
    return OpenSession(actor, organisation.name, organisation.simulated, None, json_of(values), seen, ends)


def keep_session(session: Session, token: str, *, values: dict[str, Any] | None, now: datetime) -> None:
    """Store a session's values (None leaves them) and that it was seen."""
    changes: dict[str, Any] = {"seen_at": now}
    if values is not None:
        changes["values"] = values
    session.execute(update(WebSession).where(WebSession.token_hash == hash_token(token)).values(**changes))


def end_session(session: Session, token: str) -> None:
    """End a session. Its cookie opens nothing from now on."""
    session.execute(delete(WebSession).where(WebSession.token_hash == hash_token(token)))


def hash_token(token: str) -> str:
    """SHA-256 of a random token; tokens have 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _failures(session: Session, bucket: str, now: datetime) -> int:
    attempt = session.get(SignInAttempt, bucket)
    return attempt.failures if attempt is not None and attempt.window_ends_at > now else 0
