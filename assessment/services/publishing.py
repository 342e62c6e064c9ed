"""Publishing: a new key is proposed by one person, decided by another, put in force, and can be taken back in one step.

Every step is in the audit log. A key that is published scores everybody again beside the old scores; a past decision keeps
the score that stood before it. Taking a key back puts the earlier version in force at once, and with it the scores that it
made; only people who finished in between are scored for the first time with it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import BadInput, Fault, NotAllowed, NotFound, Refusal
from assessment.keys import ScoringKey, key_from_json
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.organisation import Role
from assessment.records.study import Proposal, Study
from assessment.services.audit import record_event
from assessment.services.keyring import (
    add_key_version,
    key_history,
    key_in_force,
    release_key,
    scoring_key,
    take_turns,
)
from assessment.services.norms import norm_group
from assessment.services.ordering import order_work
from assessment.services.people.actors import Actor
from assessment.services.studies.proposed_keys import with_norms
from assessment.services.studying import find_study

SHORTEST_RATIONALE, LONGEST_RATIONALE = 20, 2000
OPEN = ("proposed", "approved")
STALE = (
    "Another key was put in force since this was worked out, so that its evidence compares with a key that is no longer in use. "
    "Run the comparison again."
)


class StaleEvidence(Refusal):
    """The evidence of a study or a proposal is about a key that is no longer in force."""

    def __init__(self) -> None:
        super().__init__(STALE)


def can_propose(session: Session, study: Study) -> str | None:
    """Why a study's key cannot be proposed now, in words; None if it can."""
    result = study.result
    if study.kind != "recalibration":
        return "only a comparison of weights brings a key"
    if study.state != "finished" or result is None:
        return "the comparison has no finished result"
    if result["proposed_key"] is None:
        return "the key in use is the recommendation; there is nothing to change"
    if not result["gate"]["passed"]:
        failed = [check["statement"] for check in result["gate"]["checks"] if check["state"] == "failed"]
        return f"the gate is not passed ({'; '.join(failed)})"
    form_code = study.declaration["form"]["code"]
    if key_in_force(session, study.organisation_id, form_code).id != study.key_version_id:
        return STALE
    waiting = open_proposal(session, study.organisation_id, form_code)
    if waiting is not None:
        return f"proposal {waiting.id} for this form is open; one at a time"
    return None


def propose_key(session: Session, *, study_id: int, rationale: str, actor: Actor, now: datetime) -> Proposal:
    """Put the key of a comparison forward. Refused unless the gate's checks on the data passed and the evidence is fresh."""
    author = _staff_member(actor, Role.ANALYST, "proposes keys")
    study = find_study(session, actor.organisation_id, study_id)
    reason = _rationale(rationale)
    take_turns(session, actor.organisation_id)
    why_not = can_propose(session, study)
    if why_not is not None:
        raise Refusal(f"No key was proposed: {why_not}.")
    assert study.result is not None  # can_propose saw to it
    result = study.result
    recommended = next(row for row in result["strategies"] if row["name"] == result["recommended"])
    return _propose(
        session,
        key=key_from_json(result["proposed_key"]),
        kind="weights",
        form_code=study.declaration["form"]["code"],
        study_id=study.id,
        strategy=result["recommended"],
        evidence={
            "declaration_hash": study.declaration_hash,
            "n": result["n"],
            "r": recommended["r"],
            "interval": recommended["interval"],
            "gate": result["gate"],
        },
        rationale=reason,
        author=author,
        actor=actor,
        now=now,
    )


def propose_norms(
    session: Session, *, form_code: str, rationale: str, actor: Actor, now: datetime, language: str = SOURCE_LOCALE
) -> Proposal:
    """Put a norm group forward: everybody who answered in a language and was scored with the key in force, which stays as it
    is otherwise. Needs 200 people."""
    author = _staff_member(actor, Role.ANALYST, "proposes norms")
    reason = _rationale(rationale)
    take_turns(session, actor.organisation_id)
    base = key_in_force(session, actor.organisation_id, form_code)
    waiting = open_proposal(session, actor.organisation_id, form_code)
    if waiting is not None:
        raise Refusal(f"No norms were proposed: proposal {waiting.id} for this form is open; one at a time.")
    group = norm_group(
        session, organisation_id=actor.organisation_id, form_code=form_code, key_version=base, now=now, language=language
    )
    figures = {"n": group.n, "mean": group.mean, "sd": group.sd, "reliability": group.reliability, "simulated": group.simulated}
    return _propose(
        session,
        key=with_norms(scoring_key(base), group.as_norms(), language=language),
        kind="norms",
        form_code=form_code,
        study_id=None,
        strategy="norms",
        evidence=figures | {"language": language},
        rationale=reason,
        author=author,
        actor=actor,
        now=now,
    )


def list_proposals(session: Session, organisation_id: int) -> list[Proposal]:
    """The organisation's proposals, newest first."""
    return list(session.scalars(select(Proposal).where(Proposal.organisation_id == organisation_id).order_by(Proposal.id.desc())))


def find_proposal(session: Session, organisation_id: int, proposal_id: int) -> Proposal:
    """One proposal of the organisation, or `NotFound`."""
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.organisation_id != organisation_id:
        raise NotFound()
    return proposal


def open_proposal(session: Session, organisation_id: int, form_code: str) -> Proposal | None:
    """The proposal for a form that is not decided, or approved and not published. There is at most one."""
    return session.scalar(
        select(Proposal).where(
            Proposal.organisation_id == organisation_id, Proposal.form_code == form_code, Proposal.state.in_(OPEN)
        )
    )


def approve_proposal(session: Session, *, proposal_id: int, rationale: str, actor: Actor, now: datetime) -> Proposal:
    """Approve as a second person. Refused for the author, for stale evidence, and for what is decided already."""
    return _decide(session, proposal_id, "approved", rationale, actor, now)


def refuse_proposal(session: Session, *, proposal_id: int, rationale: str, actor: Actor, now: datetime) -> Proposal:
    """Refuse as a second person. The key in force stays."""
    return _decide(session, proposal_id, "refused", rationale, actor, now)


def withdraw_proposal(session: Session, *, proposal_id: int, actor: Actor, now: datetime) -> Proposal:
    """Take one's own proposal back, before it is published."""
    author = _staff_member(actor, Role.ANALYST, "withdraws proposals")
    proposal = find_proposal(session, actor.organisation_id, proposal_id)
    if proposal.proposed_by_id != author:
        raise NotAllowed("A proposal is withdrawn by the person who made it.")
    return _move(session, proposal, OPEN, {"state": "withdrawn"}, "proposal withdrawn", actor, now)


def publish_key(session: Session, *, proposal_id: int, actor: Actor, now: datetime) -> KeyVersion:
    """Put an approved key in force and order new scores for everybody who finished. Refused if the evidence is stale."""
    if actor.role not in (Role.ANALYST, Role.APPROVER):
        raise NotAllowed("A key is published by an analyst or an approver.")
    take_turns(session, actor.organisation_id)
    proposal = find_proposal(session, actor.organisation_id, proposal_id)
    session.refresh(proposal)
    if proposal.state == "proposed":
        raise Refusal("This proposal is not approved yet. A second person decides first; the key in force stays.")
    if proposal.state in OPEN:
        _refuse_stale(session, proposal)
    _move(session, proposal, ("approved",), {"state": "published", "published_at": now}, "proposal published", actor, now)
    version = session.get_one(KeyVersion, proposal.key_version_id)
    release_key(
        session,
        key_version_id=version.id,
        reason="published",
        proposal_id=proposal.id,
        released_by=actor.subject,
        actor=actor,
        now=now,
    )
    _order_scores(session, version, actor, now)
    return version


def roll_back(session: Session, *, form_code: str, rationale: str, actor: Actor, now: datetime) -> KeyRelease:
    """Put the version that was in force before the present one back in force. Its scores stand again at once."""
    if actor.role not in (Role.ANALYST, Role.APPROVER):
        raise NotAllowed("A key is taken back by an analyst or an approver.")
    reason = _rationale(rationale)
    take_turns(session, actor.organisation_id)
    history = key_history(session, actor.organisation_id, form_code)
    earlier = [version for _, version in history[1:] if version.id != history[0][1].id]
    if not earlier:
        raise Refusal(f"No other key was in force for the form {form_code} before, so that there is nothing to go back to.")
    present, version = history[0][1], earlier[0]
    release = release_key(
        session,
        key_version_id=version.id,
        reason="rolled_back",
        proposal_id=None,
        released_by=actor.subject,
        actor=actor,
        now=now,
    )
    record_event(
        session,
        organisation_id=actor.organisation_id,
        actor=actor.subject,
        action="key taken back",
        subject=f"key {present.id}",
        detail={"form": form_code, "from": present.version, "to": version.version, "rationale": reason},
        now=now,
    )
    _order_scores(session, version, actor, now)
    return release


def _propose(
    session: Session,
    *,
    key: ScoringKey,
    kind: str,
    form_code: str,
    study_id: int | None,
    strategy: str,
    evidence: dict[str, Any],
    rationale: str,
    author: int,
    actor: Actor,
    now: datetime,
) -> Proposal:
    base = key_in_force(session, actor.organisation_id, form_code)
    version = add_key_version(
        session,
        key=with_norms(key, key.norms, version=_next_version(session, actor.organisation_id, form_code)),
        form_code=form_code,
        parent_id=base.id,
        author=actor.subject,
        now=now,
        organisation_id=actor.organisation_id,
    )
    proposal = Proposal(
        organisation_id=actor.organisation_id,
        form_code=form_code,
        kind=kind,
        study_id=study_id,
        base_key_version_id=base.id,
        key_version_id=version.id,
        strategy=strategy,
        evidence=evidence,
        state="proposed",
        rationale=rationale,
        proposed_by_id=author,
        proposed_at=now,
    )
    session.add(proposal)
    session.flush()
    _record(session, proposal, "key proposed", {"rationale": rationale, "strategy": strategy, "study": study_id}, actor, now)
    return proposal


def _next_version(session: Session, organisation_id: int, form_code: str) -> int:
    mine = (KeyVersion.organisation_id == organisation_id, KeyVersion.form_code == form_code)
    return (session.scalar(select(func.max(KeyVersion.version)).where(*mine)) or 0) + 1


def _decide(session: Session, proposal_id: int, state: str, rationale: str, actor: Actor, now: datetime) -> Proposal:
    decider = _staff_member(actor, Role.APPROVER, "decides about keys")
    reason = _rationale(rationale)
    take_turns(session, actor.organisation_id)
    proposal = find_proposal(session, actor.organisation_id, proposal_id)
    if proposal.proposed_by_id == decider:
        raise NotAllowed("Whoever proposes a key does not decide about it. A different person does.")
    if state == "approved" and proposal.state in OPEN:
        _refuse_stale(session, proposal)
    values = {"state": state, "decided_by_id": decider, "decision_rationale": reason, "decided_at": now}
    return _move(session, proposal, ("proposed",), values, f"proposal {state}", actor, now, {"rationale": reason})


def _move(
    session: Session,
    proposal: Proposal,
    before: tuple[str, ...],
    values: dict[str, Any],
    action: str,
    actor: Actor,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> Proposal:
    """Change a proposal's state, checked where it is written: of two people at once one succeeds."""
    moved = session.scalar(
        update(Proposal).where(Proposal.id == proposal.id, Proposal.state.in_(before)).values(**values).returning(Proposal.id)
    )
    session.refresh(proposal)
    if moved is None:
        raise Refusal(f"This proposal is {proposal.state} already. Nothing was changed.")
    _record(session, proposal, action, detail or {}, actor, now)
    return proposal


def _record(session: Session, proposal: Proposal, action: str, detail: dict[str, Any], actor: Actor, now: datetime) -> None:
    record_event(
        session,
        organisation_id=proposal.organisation_id,
        actor=actor.subject,
        action=action,
        subject=f"proposal {proposal.id}",
        detail={"form": proposal.form_code, "kind": proposal.kind, "key": proposal.key_version_id} | detail,
        now=now,
    )


def _refuse_stale(session: Session, proposal: Proposal) -> None:
    if key_in_force(session, proposal.organisation_id, proposal.form_code).id != proposal.base_key_version_id:
        raise StaleEvidence


def _order_scores(session: Session, version: KeyVersion, actor: Actor, now: datetime) -> None:
    """Have everybody who finished scored with a version; who has such a score already is passed over."""
    order_work(
        session,
        organisation_id=version.organisation_id,
        kind="rescore_form",
        subject_id=version.id,
        ordered_by=actor.subject,
        now=now,
    )


def _staff_member(actor: Actor, role: Role, does: str) -> int:
    if actor.role != role or actor.staff_member_id is None:
        raise NotAllowed(f"A person with the role {role} {does}. You are acting as {actor.name}, {actor.role}.")
    return actor.staff_member_id


def _rationale(text: str) -> str:
    reason = text.strip()
    if not SHORTEST_RATIONALE <= len(reason) <= LONGEST_RATIONALE:
        words = f"say why in {SHORTEST_RATIONALE} to {LONGEST_RATIONALE} characters; it is kept with the key"
        raise BadInput("Nothing was changed.", [Fault("rationale", words)])
    return reason
