"""Applicants: people known to one organisation. Names and addresses are sealed and found again by keyed hashes."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault
from assessment.records.applicant import Applicant, ApplicantNameToken
from assessment.records.database import vault_of
from assessment.records.vault import Vault

REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that are read for another
LONGEST_BEGINNING = 12
WORD = re.compile(r"\w+")


def add_applicant(
    session: Session,
    *,
    organisation_id: int,
    reference: str | None,
    name: str | None,
    email: str | None,
    simulated: bool,
    now: datetime,
) -> Applicant:
    """Add a person. Without a `reference` (the name used in files) a random one of eight letters and digits is made.

    Raises `BadInput` if the reference or the e-mail address belongs to another applicant of the organisation.
    """
    vault = vault_of(session)
    faults = []
    if reference is None:
        reference = new_reference(session, organisation_id)
    elif find_applicant(session, organisation_id, reference) is not None:
        faults.append(Fault("reference", f"{reference} belongs to another applicant"))
    if email is not None and find_applicant_by_email(session, organisation_id, email) is not None:
        faults.append(Fault("email", "belongs to another applicant"))
    if not 0 < len(reference) <= 200:
        faults.append(Fault("reference", "must have 1 to 200 characters"))
    if faults:
        raise BadInput("The applicant was not added.", faults)
    subject = secrets.token_hex(16)
    applicant = Applicant(
        organisation_id=organisation_id,
        subject=subject,
        reference=reference,
        name_sealed=vault.seal("applicant.name", subject, name) if name else None,
        email_sealed=vault.seal("applicant.email", subject, email) if email else None,
        email_token=email_token(vault, organisation_id, email) if email else None,
        simulated=simulated,
        created_at=now,
    )
    session.add(applicant)
    session.flush()
    if name:
        session.add_all(ApplicantNameToken(applicant_id=applicant.id, token=t) for t in name_tokens(vault, organisation_id, name))
        session.flush()
    return applicant


def change_name(session: Session, applicant: Applicant, name: str) -> None:
    """Give a person another name; searches find the new one and no longer the old one."""
    vault = vault_of(session)
    applicant.name_sealed = vault.seal("applicant.name", applicant.subject, name)
    session.execute(delete(ApplicantNameToken).where(ApplicantNameToken.applicant_id == applicant.id))
    tokens = name_tokens(vault, applicant.organisation_id, name)
    session.add_all(ApplicantNameToken(applicant_id=applicant.id, token=token) for token in tokens)
    session.flush()


def change_email(session: Session, applicant: Applicant, email: str) -> None:
    """Give a person another address. Raises `BadInput` if it belongs to another applicant of the organisation."""
    holder = find_applicant_by_email(session, applicant.organisation_id, email)
    if holder is not None and holder.id != applicant.id:
        raise BadInput("The address was not changed.", [Fault("email", "This address belongs to another applicant here.")])
    vault = vault_of(session)
    applicant.email_sealed = vault.seal("applicant.email", applicant.subject, email)
    applicant.email_token = email_token(vault, applicant.organisation_id, email)
    session.flush()


def new_reference(session: Session, organisation_id: int) -> str:
    """A random reference that nobody in the organisation has."""
    while True:
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))
        if find_applicant(session, organisation_id, reference) is None:
            return reference


def find_applicant(session: Session, organisation_id: int, reference: str) -> Applicant | None:
    """The organisation's applicant with this reference."""
    return session.scalar(select(Applicant).where(Applicant.organisation_id == organisation_id, Applicant.reference == reference))


def find_applicant_by_email(session: Session, organisation_id: int, email: str) -> Applicant | None:
    """The organisation's applicant with this address, whatever the case it is written in."""
    token = email_token(vault_of(session), organisation_id, email)
    return session.scalar(select(Applicant).where(Applicant.organisation_id == organisation_id, Applicant.email_token == token))


def applicant_name(session: Session, applicant: Applicant) -> str:
    """The person's name, or their reference when no name is known."""
    if applicant.name_sealed is None:
        return applicant.reference
    return vault_of(session).open("applicant.name", applicant.subject, applicant.name_sealed)


def applicant_email(session: Session, applicant: Applicant) -> str | None:
    """The person's address, None when it is not known."""
    if applicant.email_sealed is None:
        return None
    return vault_of(session).open("applicant.email", applicant.subject, applicant.email_sealed)


def email_token(vault: Vault, organisation_id: int, email: str) -> str:
    """The keyed hash by which an address is found; another organisation's hash of the same address differs."""
    return vault.token(f"applicant e-mail {organisation_id}", email)


def name_tokens(vault: Vault, organisation_id: int, name: str) -> set[str]:
    """Keyed hashes of the beginnings (2 to 12 characters, or the whole of a shorter word) of every word of a name."""
    beginnings = {word[:n] for word in _words(name) for n in range(min(2, len(word)), min(len(word), LONGEST_BEGINNING) + 1)}
    return {vault.token(f"applicant name {organisation_id}", beginning) for beginning in beginnings}


def search_tokens(vault: Vault, organisation_id: int, text: str) -> set[str]:
    """The tokens that all belong to an applicant whose name has a word beginning with each word of `text`."""
    return {vault.token(f"applicant name {organisation_id}", word[:LONGEST_BEGINNING]) for word in _words(text)}


def _words(text: str) -> list[str]:
    """Words without case and accents, so that jose finds José."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return WORD.findall(plain)
