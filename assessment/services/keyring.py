"""The keyring: every version of every scoring key, and which of them is in force for a form.

Versions never change and are never removed. Which one is in force is the newest release; rolling back is a release too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, NotFound, Refusal
from assessment.keys import (
    KeyHead,
    Model,
    Provenance,
    ScaleKey,
    ScoringKey,
    component_hashes,
    content_hash,
    key_from_json,
    key_to_dict,
)
from assessment.records.form import FormVersion
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.organisation import Organisation
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.scores.composing import require_fit
from assessment.services.scores.item_scoring import scale_means
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import Pinned, form_of, read_form

Reason = Literal["adopted", "published", "rolled_back"]
NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


class NoKeyInForce(Refusal):
    """The form has no key yet, so its answers are kept and not scored."""

    def __init__(self, form_code: str) -> None:
        super().__init__(f"No scoring key is in force for the form {form_code}. Its answers are kept; adopt a key to score them.")


def adopt_key(session: Session, *, key: ScoringKey, form_code: str, actor: Actor, now: datetime) -> KeyVersion:
    """Store a first key for a form and put it in force. The same key again, while in force, changes nothing.

    Raises `KeyDoesNotFit` if it cannot score the form, `Refusal` if another key is in force already: that one is changed
    by a proposal, not by adopting over it.
    """
    take_turns(session, actor.organisation_id)
    held = _release_in_force(session, actor.organisation_id, form_code)
    if held is not None:
        version = session.get_one(KeyVersion, held.key_version_id)
        if version.content_hash == content_hash(key):
            return version
        raise Refusal(f"The form {form_code} has key version {version.version} in force. A new key is proposed, not adopted.")
    version = add_key_version(
        session,
        key=key,
        form_code=form_code,
        parent_id=None,
        author=actor.subject,
        now=now,
        organisation_id=actor.organisation_id,
    )
    release_key(
        session, key_version_id=version.id, reason="adopted", proposal_id=None, released_by=actor.subject, actor=actor, now=now
    )
    return version


def add_key_version(
    session: Session,
    *,
    key: ScoringKey,
    form_code: str,
    parent_id: int | None,
    author: str,
    now: datetime,
    organisation_id: int,
) -> KeyVersion:
    """Store a key as the form's next version, not in force. The same content again gives the version that exists.

    The version number is the key's own where that is free and higher than all before it, else the next. Raises
    `KeyDoesNotFit` if it cannot score the newest version of the form, `NotFound` if there is no such form.
    """
    form = newest_form(session, organisation_id, form_code)
    require_fit(key, form_of(form))
    take_turns(session, organisation_id)
    versions = select(KeyVersion).where(KeyVersion.organisation_id == organisation_id, KeyVersion.form_code == form_code)
    hashed = content_hash(key)
    existing = session.scalar(versions.where(KeyVersion.content_hash == hashed))
    if existing is not None:
        return existing
    if parent_id is not None:
        find_key_version(session, organisation_id, parent_id)
    latest = session.scalar(versions.with_only_columns(func.max(KeyVersion.version))) or 0
    version = KeyVersion(
        organisation_id=organisation_id,
        form_code=form_code,
        version=max(key.version, latest + 1),
        grade=key.grade,
        content=key_to_dict(key),
        content_hash=hashed,
        component_hashes=component_hashes(key),
        parent_id=parent_id,
        author=author,
        created_at=now,
    )
    session.add(version)
    session.flush()
    record_event(
        session,
        organisation_id=organisation_id,
        actor=author,
        action="key version added",
        subject=f"key {version.id}",
        detail={"form": form_code, "version": version.version, "grade": version.grade, "content_hash": hashed},
        now=now,
    )
    return version


def release_key(
    session: Session,
    *,
    key_version_id: int,
    reason: Reason,
    proposal_id: int | None,
    released_by: str,
    actor: Actor,
    now: datetime,
) -> KeyRelease:
    """Put a key version in force from now on. Scores made with other versions stay as they are."""
    version = find_key_version(session, actor.organisation_id, key_version_id)
    release = KeyRelease(
        organisation_id=version.organisation_id,
        form_code=version.form_code,
        key_version_id=version.id,
        reason=reason,
        proposal_id=proposal_id,
        released_by=released_by,
        released_at=now,
    )
    session.add(release)
    session.flush()
    record_event(
        session,
        organisation_id=version.organisation_id,
        actor=actor.subject,
        action=f"key {reason.replace('_', ' ')}",
        subject=f"key {version.id}",
        detail={"form": version.form_code, "version": version.version, "content_hash": version.content_hash},
        now=now,
    )
    return release


def key_in_force(session: Session, organisation_id: int, form_code: str) -> KeyVersion:
    """The key version that scores a form now. Raises `NoKeyInForce`."""
    release = _release_in_force(session, organisation_id, form_code)
    if release is None:
        raise NoKeyInForce(form_code)
    return session.get_one(KeyVersion, release.key_version_id)


def find_key_version(session: Session, organisation_id: int, key_version_id: int) -> KeyVersion:
    """One key version of the organisation, or `NotFound`."""
    version = session.get(KeyVersion, key_version_id)
    if version is None or version.organisation_id != organisation_id:
        raise NotFound()
    return version


def key_history(session: Session, organisation_id: int, form_code: str) -> list[tuple[KeyRelease, KeyVersion]]:
    """Every release of a form's keys with the version released, newest first: the first pair is in force."""
    query = (
        select(KeyRelease, KeyVersion)
        .join(KeyVersion, KeyVersion.id == KeyRelease.key_version_id)
        .where(KeyRelease.organisation_id == organisation_id, KeyRelease.form_code == form_code)
        .order_by(KeyRelease.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def scoring_key(version: KeyVersion) -> ScoringKey:
    """The key of a stored version as an object."""
    return _read_once(Pinned(version.content_hash, version.content))


def newest_form(session: Session, organisation_id: int, form_code: str) -> FormVersion:
    """The newest published version of a form, or `NotFound`."""
    form = session.scalar(
        select(FormVersion)
        .where(FormVersion.organisation_id == organisation_id, FormVersion.code == form_code)
        .order_by(FormVersion.version.desc())
        .limit(1)
    )
    if form is None:
        raise NotFound(f"There is no published form called {form_code}.")
    return form


def provisional_linear_key(*, content: Mapping[str, Any], form_code: str, sheet: ResponseSheet, now: datetime) -> ScoringKey:
    """A first key for an imported form: every scale counts the same, upward, standardised by the people in `sheet`.

    Which end of a scale is good, and which option of a blind item, nobody knows; the key says so. Scales on which the
    people do not vary are left out. Raises `BadInput` if no scale is left.
    """
    scales = {}
    for scale in read_form(content).scales:
        plain = ScaleKey(items=scale.items, reversed=scale.reversed, low=scale.low, high=scale.high, mean=0.0, sd=1.0, weight=1.0)
        means = scale_means(sheet, plain)
        known = means[~np.isnan(means)]
        if known.size > 1 and np.ptp(known) > 0:
            scales[scale.code] = plain.model_copy(update={"mean": float(known.mean()), "sd": float(known.std(ddof=1))})
    if not scales:
        raise BadInput("This form has no scale on which people differ, so that no first key can be made. The answers are kept.")
    form = form_code if NAME.fullmatch(form_code) else None
    return ScoringKey(
        key=KeyHead(schema=1, id="provisional", version=1, grade="provisional", form=form),
        provenance=Provenance(
            method="equal weights on every scale",
            by="Attune",
            on=now.date(),
            n=sheet.n,
            note="The options are blind and the polarity of the scales is unknown: nobody can say which end of a scale is good. "
            "Every scale counts +1 as a starting point for a study. It is not a recommendation about anybody.",
        ),
        model=Model(kind="linear", sign="free"),
        scale=scales,
    )


def take_turns(session: Session, organisation_id: int) -> None:
    """Two changes of an organisation's keys at once take turns; SQLite's writers do so anyway."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))


def _release_in_force(session: Session, organisation_id: int, form_code: str) -> KeyRelease | None:
    return session.scalar(
        select(KeyRelease)
        .where(KeyRelease.organisation_id == organisation_id, KeyRelease.form_code == form_code)
        .order_by(KeyRelease.id.desc())
        .limit(1)
    )


@lru_cache(maxsize=64)
def _read_once(pinned: Pinned) -> ScoringKey:
    return key_from_json(pinned.content)
