"""Notices: agreed to in exact words that are kept, asked for again when their meaning changes, and on days that the law allows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from assessment.records.applicant import Consent
from assessment.records.database import Database
from assessment.records.notice import NoticeText
from assessment.records.organisation import Organisation
from assessment.services.audit import recent_events
from assessment.services.delivery import (
    AuditDue,
    ConsentMissing,
    NotOpenYet,
    SittingWithdrawn,
    find_standing,
    open_invitation,
    start_sitting,
    submit_sitting,
)
from assessment.services.people.actors import Actor
from assessment.services.people.policies import Policy, policy_of, set_policy
from assessment.services.sitting.consent import agreed_text, find_consent, give_consent, withdraw_consent
from assessment.services.sitting.notice import notice_for, notice_under
from tests.services.stage import Stage, begun, set_stage

NEW_YORK = Policy(
    jurisdiction="us-nyc",
    contact="people@acme.example",
    keep_months=48,
    audit_address="https://acme.example/audit",
    audited_on=date(2026, 3, 1),
    notice_posted_on=date(2026, 10, 30),
)


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now)


def adopt(stage: Stage, now: datetime, **changes: Any) -> None:
    """Change the policy as an administrator does."""
    actor = Actor(stage.actor.organisation_id, "ada", "Ada", "administrator")
    with stage.database.write() as session:
        held = policy_of(session.get_one(Organisation, actor.organisation_id))
        set_policy(session, policy=replace(held, **changes), seen=held.digest, actor=actor, now=now)


def invited(stage: Stage, now: datetime) -> int:
    return invited_together(stage, now, 1)[0]


def invited_together(stage: Stage, now: datetime, n: int) -> list[int]:
    tokens = stage.invite(now, n)
    with stage.database.write() as session:
        return [open_invitation(session, token, now).id for token in tokens]


def agreed(session: Session, invitation_id: int) -> bool:
    return find_standing(session, invitation_id=invitation_id).agreed


def test_the_words_agreed_to_are_kept_as_they_were(stage: Stage, now: datetime) -> None:
    invitation = invited(stage, now)
    with stage.database.write() as session:
        organisation = session.get_one(Organisation, stage.actor.organisation_id)
        then = notice_for(organisation, "es")
        consent = give_consent(session, invitation_id=invitation, now=now, notice_hash=then.hash)
        assert (consent.language, consent.notice) == ("es", then.version)
    adopt(stage, now, contact="somebody@acme.example", keep_months=6)
    with stage.database.write() as session:
        session.get_one(Organisation, stage.actor.organisation_id).name = "Acme and Daughters"
    with stage.database.read() as session:
        found = find_consent(session, invitation)
        assert found is not None
        kept = agreed_text(session, consent=found)
        assert kept == then and kept.hash == found.notice_hash
        assert notice_for(session.get_one(Organisation, stage.actor.organisation_id), "es").sections != kept.sections


def test_words_that_many_agreed_to_are_kept_once(stage: Stage, now: datetime) -> None:
    other = set_stage(stage.database, now, slug="acme-too")
    with stage.database.write() as session:
        session.get_one(Organisation, other.actor.organisation_id).name = "Acme"
    for each, n in ((stage, 2), (other, 1)):
        people = invited_together(each, now, n)
        with stage.database.write() as session:
            for invitation in people:
                give_consent(session, invitation_id=invitation, now=now)
    with stage.database.read() as session:
        kept = session.execute(select(NoticeText.organisation_id, NoticeText.hash)).all()
        assert len(kept) == 2 and len({row.hash for row in kept}) == 1


@pytest.mark.parametrize("change", ["UPDATE notice_text SET version = '1.0'", "DELETE FROM notice_text"])
def test_the_database_refuses_to_change_kept_words(stage: Stage, now: datetime, change: str) -> None:
    begun(stage, now)
    with pytest.raises(DBAPIError, match="append-only"), stage.database.write() as session:
        session.execute(text(change))


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({"contact": "else@acme.example"}, True),
        ({"share_feedback": False, "reply_days": 10}, True),
        ({"controller": "Acme Oy"}, True),  # not told in this jurisdiction
        ({"keep_months": 12}, False),
        ({"jurisdiction": "us", "keep_months": 48}, False),
    ],
    ids=["contact", "not told", "elsewhere", "how long", "jurisdiction"],
)
def test_agreement_ends_when_the_meaning_changes_and_not_with_words_alone(
    stage: Stage, now: datetime, changes: dict[str, Any], holds: bool
) -> None:
    invitation, _ = begun(stage, now)
    adopt(stage, now, **changes)
    with stage.database.read() as session:
        assert agreed(session, invitation) is holds


def test_agreement_in_one_language_holds_in_the_other() -> None:
    for policy in (Policy(), NEW_YORK):
        english, spanish = (notice_under(policy, "Acme", language) for language in ("en", "es"))
        assert english.substance == spanish.substance
        assert english.hash != spanish.hash


def test_agreeing_anew_keeps_the_older_agreement_and_withdrawing_ends_both(stage: Stage, now: datetime) -> None:
    later = now + timedelta(minutes=5)
    invitation, sitting = begun(stage, now)
    adopt(stage, now, keep_months=12)
    with stage.database.write() as session:
        first = find_consent(session, invitation)
        second = give_consent(session, invitation_id=invitation, now=later)
        third = give_consent(session, invitation_id=invitation, now=later)
        assert first is not None
        assert (second.id, third.id) == (first.id + 1, first.id + 1)
        assert agreed(session, invitation)
        assert submit_sitting(session, sitting_id=sitting, now=later).state == "submitted"
    with stage.database.write() as session:
        withdraw_consent(session, invitation_id=invitation, now=later)
    with stage.database.read() as session:
        assert session.scalars(select(Consent.withdrawn_at)).all() == [later, later]
        events = [event.action for event in recent_events(session, stage.actor.organisation_id)]
        assert (events.count("consent given"), events.count("consent withdrawn")) == (2, 1)


def test_nothing_starts_on_an_agreement_to_something_else(stage: Stage, now: datetime) -> None:
    invitation = invited(stage, now)
    with stage.database.write() as session:
        give_consent(session, invitation_id=invitation, now=now)
    adopt(stage, now, keep_months=12)
    with pytest.raises(ConsentMissing), stage.database.write() as session:
        start_sitting(session, invitation_id=invitation, now=now)


def test_who_withdrew_from_a_sitting_cannot_agree_again_and_who_had_none_can(stage: Stage, now: datetime) -> None:
    without, invitation = invited_together(stage, now, 2)
    with stage.database.write() as session:
        for each in (without, invitation):
            give_consent(session, invitation_id=each, now=now)
        start_sitting(session, invitation_id=invitation, now=now)
        for each in (without, invitation):
            withdraw_consent(session, invitation_id=each, now=now)
        give_consent(session, invitation_id=without, now=now)
    with pytest.raises(SittingWithdrawn), stage.database.write() as session:
        give_consent(session, invitation_id=invitation, now=now)
    with stage.database.read() as session:
        assert agreed(session, without)
        assert session.scalar(select(func.count()).where(Consent.invitation_id == invitation)) == 1


@pytest.mark.parametrize(
    ("day", "refused"),
    [
        (date(2026, 11, 12), NotOpenYet),
        (date(2026, 11, 13), None),
        (date(2027, 2, 28), None),
        (date(2027, 3, 1), AuditDue),
    ],
)
def test_in_new_york_nobody_starts_too_early_or_without_a_fresh_audit(
    stage: Stage, now: datetime, day: date, refused: type[Exception] | None
) -> None:
    adopt(stage, now, **{name: getattr(NEW_YORK, name) for name in NEW_YORK.stored})
    invitation, today = invited(stage, now), datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    with stage.database.write() as session:
        give_consent(session, invitation_id=invitation, now=today)
        if refused is None:
            assert start_sitting(session, invitation_id=invitation, now=today).state == "active"
        else:
            with pytest.raises(refused, match="Nothing was started"):
                start_sitting(session, invitation_id=invitation, now=today)
    with stage.database.read() as session:
        assert (find_standing(session, invitation_id=invitation).sitting is None) is (refused is not None)


def test_each_jurisdiction_says_its_own() -> None:
    def words(policy: Policy) -> str:
        return " ".join(part for _, texts in notice_under(policy, "Acme", "en").sections for part in texts)

    europe = Policy(
        jurisdiction="eu", legal_basis="interest", keep_months=12, authority="the Ombudsman", hosting="H", controller="C"
    )
    assert "Article 6(1)(f)" in words(europe) and "complain" in words(europe) and "then your answers" in words(europe)
    assert "1 March 2026" in words(NEW_YORK) and "another way of being assessed" in words(NEW_YORK)
    assert "at least 48 months" in words(NEW_YORK)
    assert "1 January 2027" in words(Policy(jurisdiction="us-co", keep_months=48))
    assert "artificial intelligence" in words(Policy(jurisdiction="us-il", keep_months=48))
    assert "artificial" not in words(Policy()) and "Article" not in words(Policy())
    asking = Policy(jurisdiction="us", keep_months=48, self_identification=True)
    assert "how you describe yourself" in words(asking)
    assert "how you describe yourself" not in words(replace(asking, self_identification=False))
