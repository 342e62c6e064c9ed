"""A key changes by two people, with reasons, on fresh evidence, and can be taken back in one step. On both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from assessment.errors import BadInput, NotAllowed, NotFound, Refusal
from assessment.jobs.orders import Workshop, find_order, job_of
from assessment.records.database import Database
from assessment.records.decision import Decision
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.score import Score
from assessment.records.study import Proposal
from assessment.records.work import WorkOrder
from assessment.services.audit import recent_events, verify_chain
from assessment.services.deciding import record_decision
from assessment.services.norms import TooFewForNorms
from assessment.services.ordering import mark_order
from assessment.services.people.actors import Actor
from assessment.services.publishing import (
    StaleEvidence,
    approve_proposal,
    can_propose,
    find_proposal,
    list_proposals,
    open_proposal,
    propose_key,
    propose_norms,
    publish_key,
    refuse_proposal,
    roll_back,
    withdraw_proposal,
)
from assessment.services.studying import find_study
from tests.services.study_stage import REASON, StudyStage, finished_comparison, member, rate, set_keyed_stage

QUESTIONS = Path(__file__).parents[2] / "questions"

WHY = "The evidence holds on people left out and no group loses by it."


@pytest.fixture
def stage(database: Database, now: datetime) -> StudyStage:
    stage = set_keyed_stage(database, now, 6)
    stage.score(now)
    rate(stage, now, lambda facets, rng: facets["listening"])
    return stage


@pytest.fixture
def approver(stage: StudyStage, now: datetime) -> Actor:
    return member(stage.database, stage.organisation_id, "approver", now)


def put_forward(stage: StudyStage, now: datetime) -> int:
    study = finished_comparison(stage, now)
    with stage.database.write() as session:
        return propose_key(session, study_id=study.id, rationale=REASON, actor=stage.analyst, now=now).id


def approve(stage: StudyStage, approver: Actor, proposal_id: int, now: datetime) -> None:
    with stage.database.write() as session:
        approve_proposal(session, proposal_id=proposal_id, rationale=WHY, actor=approver, now=now)


def publish(stage: StudyStage, proposal_id: int, now: datetime) -> KeyVersion:
    with stage.database.write() as session:
        return publish_key(session, proposal_id=proposal_id, actor=stage.analyst, now=now)


def carry_out_orders(database: Database, now: datetime) -> None:
    workshop = Workshop(database, QUESTIONS)
    with database.read() as session:
        waiting = list(session.scalars(select(WorkOrder.id).where(WorkOrder.state == "ordered").order_by(WorkOrder.id)))
    for order_id in waiting:
        order = find_order(database, order_id)
        for step in job_of(order.kind).steps(workshop, order):
            job_of(order.kind).carry_out(workshop, order, step, now)
        with database.write() as session:
            mark_order(session, order_id, "done", now=now)


def raw_scores(database: Database, key_version_id: int) -> dict[int, float]:
    with database.read() as session:
        rows = session.execute(select(Score.sitting_id, Score.raw).where(Score.key_version_id == key_version_id))
        return {row[0]: row[1] for row in rows}


def test_proposed_approved_and_published_by_two_people(stage: StudyStage, approver: Actor, now: datetime) -> None:
    before = stage.key()
    proposal_id = put_forward(stage, now)
    assert stage.key().id == before.id
    approve(stage, approver, proposal_id, now)
    version = publish(stage, proposal_id, now)
    assert (stage.key().id, version.version, version.parent_id, version.grade) == (version.id, 2, before.id, "data")
    assert version.content["key"]["version"] == 2
    assert version.component_hashes["options"] == before.component_hashes["options"]
    assert version.component_hashes["weights"] != before.component_hashes["weights"]
    with stage.database.read() as session:
        proposal = find_proposal(session, stage.organisation_id, proposal_id)
        assert (proposal.state, proposal.published_at) == ("published", now)
        assert {stage.analyst.staff_member_id, approver.staff_member_id} == {proposal.proposed_by_id, proposal.decided_by_id}
        actions = [event.action for event in recent_events(session, stage.organisation_id, subject=f"proposal {proposal_id}")]
        assert actions == ["proposal published", "proposal approved", "key proposed"]
        assert verify_chain(session).holds


def test_everybody_is_scored_again_and_the_old_scores_stay(stage: StudyStage, approver: Actor, now: datetime) -> None:
    old = stage.key()
    first = raw_scores(stage.database, old.id)
    proposal_id = put_forward(stage, now)
    approve(stage, approver, proposal_id, now)
    version = publish(stage, proposal_id, now)
    carry_out_orders(stage.database, now)
    second = raw_scores(stage.database, version.id)
    assert raw_scores(stage.database, old.id) == first
    assert set(second) == set(first)
    assert second != first


def test_a_decision_keeps_the_score_that_stood_before_it(stage: StudyStage, approver: Actor, now: datetime) -> None:
    recruiter = member(stage.database, stage.organisation_id, "recruiter", now)
    with stage.database.write() as session:
        score = session.scalars(select(Score).order_by(Score.id)).first()
        assert score is not None
        record_decision(
            session,
            vacancy_id=stage.vacancy_id,
            applicant_id=score.applicant_id,
            outcome="hold",
            reason="other",
            note="To be seen again in spring.",
            actor=recruiter,
            now=now,
        )
    proposal_id = put_forward(stage, now)
    approve(stage, approver, proposal_id, now)
    publish(stage, proposal_id, now)
    carry_out_orders(stage.database, now)
    with stage.database.read() as session:
        assert session.scalars(select(Decision.score_id)).all() == [score.id]


def test_rolling_back_puts_the_earlier_scores_in_force_at_once(stage: StudyStage, approver: Actor, now: datetime) -> None:
    old = stage.key()
    first = raw_scores(stage.database, old.id)
    proposal_id = put_forward(stage, now)
    approve(stage, approver, proposal_id, now)
    version = publish(stage, proposal_id, now)
    carry_out_orders(stage.database, now)
    with stage.database.write() as session:
        release = roll_back(
            session, form_code="trial", rationale="The ranking looked wrong to two recruiters.", actor=approver, now=now
        )
    assert (release.reason, release.key_version_id) == ("rolled_back", old.id)
    assert stage.key().id == old.id
    assert raw_scores(stage.database, old.id) == first
    carry_out_orders(stage.database, now)
    assert raw_scores(stage.database, old.id) == first
    assert len(raw_scores(stage.database, version.id)) == len(first)
    with stage.database.read() as session:
        event = recent_events(session, stage.organisation_id, subject=f"key {version.id}")[0]
        assert event.action == "key taken back"
        assert event.detail["rationale"] == "The ranking looked wrong to two recruiters."


def test_who_finished_while_the_new_key_was_in_force_is_scored_after_the_way_back(
    stage: StudyStage, approver: Actor, now: datetime
) -> None:
    from tests.services.scored_stage import ScoredStage

    old = stage.key()
    proposal_id = put_forward(stage, now)
    approve(stage, approver, proposal_id, now)
    publish(stage, proposal_id, now)
    ScoredStage(stage.database, stage.analyst, 0, stage.vacancy_id, 0).add_people(1, now, prefix="Q")
    stage.score(now)
    n_before = len(raw_scores(stage.database, old.id))
    with stage.database.write() as session:
        roll_back(session, form_code="trial", rationale="The ranking looked wrong to two recruiters.", actor=approver, now=now)
    carry_out_orders(stage.database, now)
    assert len(raw_scores(stage.database, old.id)) == n_before + 1


def test_there_is_nothing_to_go_back_to_before_a_second_key(stage: StudyStage, approver: Actor, now: datetime) -> None:
    with stage.database.write() as session, pytest.raises(Refusal, match="nothing to go back to"):
        roll_back(session, form_code="trial", rationale="I would like to see what happens.", actor=approver, now=now)


def test_the_author_does_not_decide_whatever_role_they_have_by_then(stage: StudyStage, now: datetime) -> None:
    proposal_id = put_forward(stage, now)
    promoted = replace(stage.analyst, role="approver")
    for act in (approve_proposal, refuse_proposal):
        with stage.database.write() as session, pytest.raises(NotAllowed, match="different person"):
            act(session, proposal_id=proposal_id, rationale=WHY, actor=promoted, now=now)


def test_the_database_itself_wants_two_people(stage: StudyStage, now: datetime) -> None:
    proposal_id = put_forward(stage, now)
    with pytest.raises(IntegrityError), stage.database.write() as session:
        session.execute(update(Proposal).where(Proposal.id == proposal_id).values(decided_by_id=stage.analyst.staff_member_id))


@pytest.mark.parametrize("role", ["recruiter", "analyst", "administrator"])
def test_only_an_approver_decides(stage: StudyStage, now: datetime, role: str) -> None:
    proposal_id = put_forward(stage, now)
    other = member(stage.database, stage.organisation_id, role, now, "other")
    with stage.database.write() as session, pytest.raises(NotAllowed):
        approve_proposal(session, proposal_id=proposal_id, rationale=WHY, actor=other, now=now)
    with stage.database.read() as session:
        assert find_proposal(session, stage.organisation_id, proposal_id).state == "proposed"


def test_an_approver_does_not_propose_and_a_command_has_no_author(stage: StudyStage, approver: Actor, now: datetime) -> None:
    study = finished_comparison(stage, now)
    for actor in (approver, replace(stage.analyst, staff_member_id=None)):
        with stage.database.write() as session, pytest.raises(NotAllowed):
            propose_key(session, study_id=study.id, rationale=REASON, actor=actor, now=now)


@pytest.mark.parametrize("rationale", ["", "   because   ", "x" * 2001])
def test_a_reason_is_required_in_words(stage: StudyStage, approver: Actor, now: datetime, rationale: str) -> None:
    study = finished_comparison(stage, now)
    with stage.database.write() as session, pytest.raises(BadInput) as refused:
        propose_key(session, study_id=study.id, rationale=rationale, actor=stage.analyst, now=now)
    assert refused.value.faults[0].where == "rationale"
    proposal_id = put_forward(stage, now)
    for act in (approve_proposal, refuse_proposal):
        with stage.database.write() as session, pytest.raises(BadInput):
            act(session, proposal_id=proposal_id, rationale=rationale, actor=approver, now=now)


def test_a_gate_that_was_not_passed_forbids_a_proposal(stage: StudyStage, now: datetime) -> None:
    study = finished_comparison(stage, now, passed=False)
    with stage.database.write() as session, pytest.raises(Refusal, match=r"gate is not passed \(It predicts better\)"):
        propose_key(session, study_id=study.id, rationale=REASON, actor=stage.analyst, now=now)


def test_a_comparison_that_recommends_the_key_in_use_brings_no_proposal(stage: StudyStage, now: datetime) -> None:
    study = finished_comparison(stage, now, proposed_key=None)
    with stage.database.read() as session:
        assert can_propose(session, study) == "the key in use is the recommendation; there is nothing to change"


def test_evidence_about_a_key_that_is_no_longer_in_force_is_stale(stage: StudyStage, approver: Actor, now: datetime) -> None:
    older = finished_comparison(stage, now)
    proposal_id = put_forward(stage, now)
    approve(stage, approver, proposal_id, now)
    publish(stage, proposal_id, now)
    with stage.database.write() as session, pytest.raises(Refusal, match="Run the comparison again"):
        propose_key(session, study_id=older.id, rationale=REASON, actor=stage.analyst, now=now)


def test_a_release_between_proposal_and_approval_makes_it_stale(stage: StudyStage, approver: Actor, now: datetime) -> None:
    first = put_forward(stage, now)
    approve(stage, approver, first, now)
    publish(stage, first, now)
    second = put_forward(stage, now)
    with stage.database.write() as session:
        roll_back(session, form_code="trial", rationale="The ranking looked wrong to two recruiters.", actor=approver, now=now)
    with stage.database.write() as session, pytest.raises(StaleEvidence):
        approve_proposal(session, proposal_id=second, rationale=WHY, actor=approver, now=now)
    with stage.database.read() as session:
        assert find_proposal(session, stage.organisation_id, second).state == "proposed"
    with stage.database.write() as session:
        withdraw_proposal(session, proposal_id=second, actor=stage.analyst, now=now)
        assert open_proposal(session, stage.organisation_id, "trial") is None


def test_a_release_between_approval_and_publication_makes_it_stale(stage: StudyStage, approver: Actor, now: datetime) -> None:
    first = put_forward(stage, now)
    approve(stage, approver, first, now)
    publish(stage, first, now)
    second = put_forward(stage, now)
    approve(stage, approver, second, now)
    with stage.database.write() as session:
        roll_back(session, form_code="trial", rationale="The ranking looked wrong to two recruiters.", actor=approver, now=now)
    in_force = stage.key().id
    with pytest.raises(StaleEvidence):
        publish(stage, second, now)
    assert stage.key().id == in_force


def test_one_open_proposal_a_form(stage: StudyStage, approver: Actor, now: datetime) -> None:
    proposal_id = put_forward(stage, now)
    with pytest.raises(Refusal, match=f"proposal {proposal_id} for this form is open"):
        put_forward(stage, now)
    with stage.database.write() as session:
        refuse_proposal(session, proposal_id=proposal_id, rationale=WHY, actor=approver, now=now)
    assert put_forward(stage, now) > proposal_id


def test_what_is_not_approved_is_not_published_and_what_is_refused_stays_refused(
    stage: StudyStage, approver: Actor, now: datetime
) -> None:
    proposal_id = put_forward(stage, now)
    with pytest.raises(Refusal, match="not approved yet"):
        publish(stage, proposal_id, now)
    with stage.database.write() as session:
        refuse_proposal(session, proposal_id=proposal_id, rationale=WHY, actor=approver, now=now)
    with pytest.raises(Refusal, match="refused already"):
        publish(stage, proposal_id, now)
    with pytest.raises(Refusal, match="refused already"):
        approve(stage, approver, proposal_id, now)
    assert stage.key().version == 1


def test_a_proposal_is_withdrawn_by_its_author_alone(stage: StudyStage, now: datetime) -> None:
    proposal_id = put_forward(stage, now)
    colleague = member(stage.database, stage.organisation_id, "analyst", now, "colleague")
    with stage.database.write() as session, pytest.raises(NotAllowed):
        withdraw_proposal(session, proposal_id=proposal_id, actor=colleague, now=now)
    with stage.database.write() as session:
        assert withdraw_proposal(session, proposal_id=proposal_id, actor=stage.analyst, now=now).state == "withdrawn"


def test_of_many_who_publish_at_once_one_succeeds(stage: StudyStage, approver: Actor, now: datetime) -> None:
    proposal_id = put_forward(stage, now)
    approve(stage, approver, proposal_id, now)
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def press() -> None:
        start.wait()
        try:
            publish(stage, proposal_id, now)
            outcomes.append("published")
        except Refusal as refusal:
            outcomes.append(str(refusal))

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[-1] == "published"
    assert outcomes.count("published") == 1
    assert all("published already" in outcome for outcome in outcomes if outcome != "published")
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(KeyRelease).where(KeyRelease.reason == "published")) == 1
        assert session.scalar(select(func.count()).select_from(WorkOrder).where(WorkOrder.kind == "rescore_form")) == 1
        assert verify_chain(session).holds


def test_two_approvers_at_once_make_one_decision(stage: StudyStage, approver: Actor, now: datetime) -> None:
    proposal_id = put_forward(stage, now)
    second = member(stage.database, stage.organisation_id, "approver", now, "second")
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def decide(actor: Actor, yes: bool) -> None:
        start.wait()
        try:
            with stage.database.write() as session:
                act = approve_proposal if yes else refuse_proposal
                outcomes.append(act(session, proposal_id=proposal_id, rationale=WHY, actor=actor, now=now).state)
        except Refusal:
            outcomes.append("too late")

    threads = [threading.Thread(target=decide, args=pair) for pair in ((approver, True), (second, False))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "too late" in outcomes
    with stage.database.read() as session:
        assert find_proposal(session, stage.organisation_id, proposal_id).state in outcomes


def test_another_organisations_proposals_and_studies_do_not_exist(
    stage: StudyStage, approver: Actor, database: Database, now: datetime
) -> None:
    proposal_id = put_forward(stage, now)
    other = set_keyed_stage(database, now, 1, slug="other")
    stranger = member(database, other.organisation_id, "approver", now)
    with database.write() as session:
        with pytest.raises(NotFound):
            approve_proposal(session, proposal_id=proposal_id, rationale=WHY, actor=stranger, now=now)
        with pytest.raises(NotFound):
            publish_key(session, proposal_id=proposal_id, actor=other.analyst, now=now)
        with pytest.raises(NotFound):
            find_study(session, other.organisation_id, 1)
        assert list_proposals(session, other.organisation_id) == []


def test_norms_are_put_forward_from_200_people_and_change_nothing_but_norms(sqlite_database: Database, now: datetime) -> None:
    stage = set_keyed_stage(sqlite_database, now, 199)
    stage.score(now)
    approver = member(sqlite_database, stage.organisation_id, "approver", now)
    ask = {"form_code": "trial", "rationale": "Enough people have finished for a norm group.", "actor": stage.analyst}
    with sqlite_database.write() as session, pytest.raises(TooFewForNorms):
        propose_norms(session, now=now, **ask)
    from tests.services.scored_stage import ScoredStage

    ScoredStage(stage.database, stage.analyst, 0, stage.vacancy_id, 0).add_people(1, now, prefix="Q")
    stage.score(now)
    with sqlite_database.write() as session:
        proposal_id = propose_norms(session, now=now, **ask).id
    approve(stage, approver, proposal_id, now + timedelta(hours=1))
    base = stage.key()
    version = publish(stage, proposal_id, now + timedelta(hours=1))
    same = {name for name, value in version.component_hashes.items() if base.component_hashes[name] == value}
    assert same == {"options", "weights", "model"}
    assert (version.content["norms"]["n"], version.grade) == (200, "provisional")
    carry_out_orders(sqlite_database, now)
    with sqlite_database.read() as session:
        scales = {(row[0], row[1]) for row in session.execute(select(Score.key_version_id, Score.scale).distinct())}
    assert scales == {(base.id, "percent"), (version.id, "t")}
