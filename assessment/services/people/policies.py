"""An organisation's policy: what it decided and stated about its applicants' data. Administrators set it; notices tell of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotAllowed, Refusal
from assessment.notices import JURISDICTIONS, Jurisdiction
from assessment.records.organisation import Organisation
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor
from assessment.services.people.policy_fields import FREE_WORDS, read_fields

NOTICE_DAYS = 10
"""Working days between the publication of a notice and the first use, where the law asks for that."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for the applicants of an organisation. Empty texts and None are what was not stated."""

    jurisdiction: str = "general"
    contact: str = ""
    keep_months: int | None = None
    controller: str = ""
    legal_basis: str = ""
    hosting: str = ""
    authority: str = ""
    audit_address: str = ""
    audited_on: date | None = None
    notice_posted_on: date | None = None
    self_identification: bool = False
    share_feedback: bool = True
    reply_days: int = 30

    @property
    def profile(self) -> Jurisdiction:
        return JURISDICTIONS[self.jurisdiction]

    @property
    def asks(self) -> tuple[str, ...]:
        """The groups that applicants are asked about, voluntarily; none unless it was switched on where it may be."""
        return self.profile.asks if self.self_identification else ()

    @property
    def opens_on(self) -> date | None:
        """The first day on which anybody may start; None where no law sets one."""
        if self.notice_posted_on is None or "notice_posted_on" not in self.profile.needs:
            return None
        day, left = self.notice_posted_on, NOTICE_DAYS
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < 5
        return day

    @property
    def audit_ends_on(self) -> date | None:
        """The last day on which the bias audit is less than a year old; None where no law asks for one."""
        if self.audited_on is None or "audited_on" not in self.profile.needs:
            return None
        return self.audited_on + timedelta(days=364)

    @property
    def stored(self) -> dict[str, Any]:
        """The policy as it stands in the organisation's row."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}

    @property
    def digest(self) -> str:
        """What a page that shows this policy carries, so that a change in between is noticed."""
        return hashlib.sha256(json.dumps(self.stored, sort_keys=True).encode()).hexdigest()[:32]


class PolicyChanged(Refusal):
    """Somebody else has saved the policy since the page was loaded."""

    def __init__(self) -> None:
        super().__init__("The policy was changed since you opened the page. Nothing was saved. Compare, and repeat.")


def policy_of(organisation: Organisation) -> Policy:
    """The policy that holds. What is stored under another name, or cannot be read, is left out."""
    stored = {field.name: organisation.policy[field.name] for field in fields(Policy) if field.name in organisation.policy}
    for name in ("audited_on", "notice_posted_on"):
        if stored.get(name):
            stored[name] = date.fromisoformat(stored[name])
    if stored.get("jurisdiction") not in JURISDICTIONS:
        stored.pop("jurisdiction", None)
    return Policy(**{name: value for name, value in stored.items() if value is not None})


def find_policy(session: Session, *, actor: Actor) -> tuple[Organisation, Policy]:
    """The actor's organisation and its policy. For administrators alone."""
    _only_administrators(actor)
    organisation = session.get_one(Organisation, actor.organisation_id)
    return organisation, policy_of(organisation)


def read_policy(typed: Mapping[str, str], today: date) -> Policy:
    """The policy that a form holds. Raises `BadInput` with every field that cannot be used."""
    values, faults = read_fields(typed, today)
    policy = replace(Policy(), **values)
    faults += _contradictions(policy, {fault.where for fault in faults})
    if faults:
        raise BadInput("Nothing was saved yet.", sorted(faults, key=lambda fault: _ORDER.index(fault.where)))
    return policy


def set_policy(session: Session, *, policy: Policy, seen: str, actor: Actor, now: datetime) -> None:
    """Save a policy that `read_policy` made. `seen` is the digest of the one it was made from.

    Raises `NotAllowed`, and `PolicyChanged` if another one was saved since. The same policy again changes nothing.
    """
    _only_administrators(actor)
    organisation = session.scalars(select(Organisation).where(Organisation.id == actor.organisation_id).with_for_update()).one()
    session.refresh(organisation)
    before = policy_of(organisation)
    if before == policy:
        return
    if before.digest != seen:
        raise PolicyChanged()
    kept = {name: value for name, value in organisation.policy.items() if name not in _ORDER}
    organisation.policy = kept | policy.stored
    session.flush()
    record_event(
        session,
        organisation_id=organisation.id,
        actor=actor.subject,
        action="policy changed",
        subject=f"organisation {organisation.id}",
        detail=_difference(before.stored, policy.stored),
        now=now,
    )


def _contradictions(policy: Policy, wrong: set[str]) -> list[Fault]:
    """What the jurisdiction asks for and the policy lacks, other than in fields that are wrong already."""
    if "jurisdiction" in wrong:
        return []
    profile = policy.profile
    faults = [
        Fault(name, f"is needed for “{profile.name}”.") for name in profile.needs if name not in wrong and not getattr(policy, name)
    ]
    if policy.keep_months is not None and policy.keep_months < profile.least_months:
        faults.append(Fault("keep_months", f"must be {profile.least_months} or more for “{profile.name}”."))
    if policy.self_identification and not profile.asks:
        faults.append(Fault("self_identification", f"cannot be asked under “{profile.name}”. {profile.why_not}"))
    if policy.reply_days > profile.longest_reply_days and "reply_days" not in wrong:
        faults.append(Fault("reply_days", f"can be {profile.longest_reply_days} at most for “{profile.name}”."))
    return faults


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What changed. Of free words, which may name a person, only that they did."""
    changed = [name for name in before if before[name] != after[name]]
    told = [name for name in changed if name not in FREE_WORDS]
    return {
        "before": {name: before[name] for name in told},
        "after": {name: after[name] for name in told},
        "changed": [name for name in changed if name in FREE_WORDS],
    }


def _only_administrators(actor: Actor) -> None:
    if actor.role != "administrator":
        raise NotAllowed("Only administrators set the policy.")


_ORDER = [field.name for field in fields(Policy)]
