"""An organisation's policy: what can be stated, what the jurisdiction asks for, and who changed what."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessment.errors import BadInput, NotAllowed
from assessment.notices import JURISDICTIONS
from assessment.records.database import Database
from assessment.records.organisation import Organisation
from assessment.services.audit import recent_events
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from assessment.services.people.policies import Policy, PolicyChanged, find_policy, policy_of, read_policy, set_policy

TODAY = date(2026, 11, 2)
PLAIN = {"jurisdiction": "general", "share_feedback": "yes", "reply_days": "30"}
EUROPE = PLAIN | {
    "jurisdiction": "eu",
    "contact": "people@acme.example",
    "controller": "Acme Oy, Helsinki",
    "legal_basis": "interest",
    "keep_months": "12",
    "hosting": "Example Hosting, Finland",
    "authority": "Tietosuojavaltuutetun toimisto",
}
NEW_YORK = PLAIN | {
    "jurisdiction": "us-nyc",
    "contact": "people@acme.example",
    "keep_months": "48",
    "audit_address": "https://acme.example/audit",
    "audited_on": "2026-03-01",
    "notice_posted_on": "2026-10-30",
    "self_identification": "yes",
}
FIELDS = tuple(EUROPE | NEW_YORK)
ODD = ("", "yes", "12", "48", "1e3", "2026-10-01", "us-ca", "eu", "general", "https://a.example", "\u0000", "{contact}")


def wrong(typed: dict[str, str]) -> list[str]:
    with pytest.raises(BadInput) as refused:
        read_policy(typed, TODAY)
    return [fault.where for fault in refused.value.faults]


@pytest.fixture
def administrator(database: Database, now: datetime) -> Actor:
    with database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=now)
        organisation.policy = {"hide_order_in_band": True}
        return Actor(organisation.id, "ada", "Ada", "administrator")


def test_a_new_organisation_has_the_plain_policy(database: Database, administrator: Actor) -> None:
    with database.read() as session:
        assert find_policy(session, actor=administrator)[1] == Policy() == read_policy(PLAIN, TODAY)


def test_what_is_stored_and_cannot_be_read_is_left_out() -> None:
    odd = Organisation(slug="a", name="A", policy={"jurisdiction": "atlantis", "contact": None, "demonstration": "loaded"})
    assert policy_of(odd) == Policy()


@pytest.mark.parametrize("typed", [EUROPE, NEW_YORK], ids=["eu", "us-nyc"])
def test_a_saved_policy_is_read_back_and_leaves_the_rest_alone(
    database: Database, administrator: Actor, now: datetime, typed: dict[str, str]
) -> None:
    policy = read_policy(typed, TODAY)
    with database.write() as session:
        set_policy(session, policy=policy, seen=Policy().digest, actor=administrator, now=now)
    with database.read() as session:
        organisation, found = find_policy(session, actor=administrator)
        assert found == policy
        assert organisation.policy["hide_order_in_band"] is True


@pytest.mark.parametrize("typed", [EUROPE, NEW_YORK], ids=["eu", "us-nyc"])
def test_everything_that_a_jurisdiction_needs_has_to_be_stated(typed: dict[str, str]) -> None:
    for needed in JURISDICTIONS[typed["jurisdiction"]].needs:
        assert needed in wrong(typed | {needed: ""})


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("jurisdiction", "atlantis"),
        ("contact", "x" * 201),
        ("contact", "right\u202eleft"),
        ("keep_months", "0"),
        ("keep_months", "241"),
        ("keep_months", "47"),
        ("keep_months", "four"),
        ("keep_months", "٤٨"),
        ("audit_address", "http://acme.example/audit"),
        ("audit_address", "https://[acme"),
        ("audit_address", "javascript:alert(1)"),
        ("audited_on", "2025-11-02"),
        ("audited_on", "2026-11-03"),
        ("audited_on", "yesterday"),
        ("notice_posted_on", "2026-11-03"),
        ("reply_days", "91"),
        ("reply_days", ""),
    ],
)
def test_what_cannot_be_used_is_refused_in_its_field(where: str, text: str) -> None:
    assert wrong(NEW_YORK | {where: text}) == [where]


def test_europe_answers_within_a_month_and_asks_nobody_to_describe_themselves() -> None:
    assert wrong(EUROPE | {"reply_days": "31"}) == ["reply_days"]
    assert wrong(EUROPE | {"self_identification": "yes"}) == ["self_identification"]
    assert wrong(PLAIN | {"self_identification": "yes"}) == ["self_identification"]


def test_all_faults_are_told_at_once_in_the_order_of_the_page() -> None:
    assert wrong({"jurisdiction": "eu", "reply_days": "x"}) == [
        "contact", "keep_months", "controller", "legal_basis", "hosting", "authority", "reply_days",
    ]  # fmt: skip


def test_a_change_is_noted_with_what_was_before_but_without_names(database: Database, administrator: Actor, now: datetime) -> None:
    with database.write() as session:
        set_policy(session, policy=read_policy(EUROPE, TODAY), seen=Policy().digest, actor=administrator, now=now)
        set_policy(session, policy=read_policy(EUROPE, TODAY), seen="anything", actor=administrator, now=now)
    with database.read() as session:
        (event,) = [e for e in recent_events(session, administrator.organisation_id) if e.action == "policy changed"]
        assert event.detail["before"] == {"jurisdiction": "general", "keep_months": None, "legal_basis": ""}
        assert event.detail["after"] == {"jurisdiction": "eu", "keep_months": 12, "legal_basis": "interest"}
        assert event.detail["changed"] == ["contact", "controller", "hosting", "authority"]
        assert "people@" not in str(event.detail)


def test_of_two_pages_the_older_one_changes_nothing(database: Database, administrator: Actor, now: datetime) -> None:
    seen = Policy().digest
    with database.write() as session:
        set_policy(session, policy=read_policy(EUROPE, TODAY), seen=seen, actor=administrator, now=now)
    with pytest.raises(PolicyChanged), database.write() as session:
        set_policy(session, policy=read_policy(NEW_YORK, TODAY), seen=seen, actor=administrator, now=now)
    with database.read() as session:
        assert find_policy(session, actor=administrator)[1].jurisdiction == "eu"


@pytest.mark.parametrize("role", ["recruiter", "analyst", "approver"])
def test_nobody_but_an_administrator_sets_it(database: Database, administrator: Actor, now: datetime, role: str) -> None:
    other = Actor(administrator.organisation_id, "someone", "Someone", role)
    with pytest.raises(NotAllowed), database.write() as session:
        set_policy(session, policy=Policy(), seen="", actor=other, now=now)


def test_new_york_opens_ten_working_days_after_the_notice_and_closes_with_the_audit() -> None:
    policy = read_policy(NEW_YORK, TODAY)
    assert date(2026, 10, 30).strftime("%A") == "Friday"
    assert policy.opens_on == date(2026, 11, 13)
    assert policy.audit_ends_on == date(2027, 2, 28)
    elsewhere = read_policy(NEW_YORK | {"jurisdiction": "us"}, TODAY)
    assert (elsewhere.opens_on, elsewhere.audit_ends_on) == (None, None)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(ODD) | st.text(max_size=8), max_size=4))
def test_whatever_is_typed_becomes_a_policy_that_is_read_back_or_faults(typed: dict[str, str]) -> None:
    try:
        policy = read_policy(NEW_YORK | typed, TODAY)
    except BadInput as refusal:
        assert refusal.faults
    else:
        stored = json.loads(json.dumps(policy.stored))
        assert policy_of(Organisation(slug="a", name="A", policy=stored)) == policy
