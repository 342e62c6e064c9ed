"""Erasing a person, on both databases: nothing of them is left anywhere, everybody else stays, the audit log verifies."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from assessment.errors import BadInput, NotAllowed, NotFound
from assessment.integrations.hires import HireLine
from assessment.records.accommodation import Accommodation
from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import Database
from assessment.records.demographic import Demographic
from assessment.records.erasure import Erasure
from assessment.records.observation import CriterionValue, ImportBatch, ImportLine, QaAnswer, QaEvaluation, Upload
from assessment.records.organisation import Organisation, WebSession
from assessment.records.schema import metadata
from assessment.records.score import Score
from assessment.records.sitting import Response, Sitting
from assessment.records.study import Study
from assessment.records.work import WorkOrder
from assessment.services.accommodations import Decision, Wish, decide_accommodation, request_accommodation
from assessment.services.audit import recent_events, verify_chain
from assessment.services.deciding import record_decision
from assessment.services.delivery import (
    AnswerDesk,
    begin_questionnaire,
    give_consent,
    open_invitation,
    start_sitting,
    submit_sitting,
)
from assessment.services.hiring import import_hires
from assessment.services.importing import ReadFile
from assessment.services.inviting import Invitee, invite_applicants
from assessment.services.people.accounts import open_session
from assessment.services.people.actors import Actor
from assessment.services.requests.erasing import ErasedPerson, erase_person, foresee_erasure, list_erasures, reapply_erasures
from assessment.services.requests.mentions import Named, remove_mentions
from assessment.services.requests.request_words import Said
from assessment.services.requests.requesting import make_request
from assessment.services.requests.retention import RecordsMustBeKept, find_hold
from assessment.services.scoring import score_finished
from tests.services.scored_stage import ScoredStage, best_answers, set_scored_stage
from tests.services.stage import at_once
from tests.services.study_stage import member

DELIVERED_AFTER = timedelta(minutes=5)
ANSWERS = {unit: value for unit, value in best_answers().items() if unit not in ("story.feels", "story.wrong")}
ANSWERS["three-rate"] = {"a": 4, "b": 3, "c": 2, "d": 1, "e": 1}


@dataclass(frozen=True)
class Life:
    """Somebody with a row in every table that holds people, and every text that would tell of them."""

    applicant_id: int
    invitation_id: int
    sitting_id: int
    reference: str
    subject: str
    traces: frozenset[str]


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(database, now)


@pytest.fixture
def administrator(stage: ScoredStage, now: datetime) -> Actor:
    return member(stage.database, stage.organisation_id, "administrator", now, "Ada")


def live(stage: ScoredStage, administrator: Actor, now: datetime, name: str, mark: str) -> Life:
    """Invited, answered, scored, decided, hired, rated, asked, described, and named in files, studies and messages."""
    with stage.database.write() as session:
        people = [Invitee(f"{name} {mark.title()}", f"{mark}@{name.lower()}.example")]
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
        invitation_id = open_invitation(session, report.invited[0].link_token, now).id
        give_consent(session, invitation_id=invitation_id, now=now)
        wish = Wish(None, True, f"{mark} reads with a lens")
        request_accommodation(session, invitation_id=invitation_id, wish=wish, now=now)
        sitting_id = start_sitting(session, invitation_id=invitation_id, now=now).id
        begin_questionnaire(session, sitting_id=sitting_id, now=now)
        session.execute(update(Sitting).where(Sitting.id == sitting_id).values(reached=99))
    desk = AnswerDesk(stage.database)
    for number, (unit, value) in enumerate(ANSWERS.items()):
        desk.record_response(sitting_id, unit, value, 9000, 0, f"{mark}-key-{number}", now)
    desk.close()
    with stage.database.write() as session:
        submit_sitting(session, sitting_id=sitting_id, now=now + DELIVERED_AFTER)
        organisation = stage.organisation_id
        score_finished(
            session, organisation_id=organisation, form_code="trial", key_version_id=stage.key_version_id, now=now + DELIVERED_AFTER
        )
        applicant = session.get_one(Applicant, session.get_one(Invitation, invitation_id).applicant_id)
        record_decision(
            session,
            vacancy_id=stage.vacancy_id,
            applicant_id=applicant.id,
            outcome="hire",
            reason="other",
            note=f"{mark} spoke well",
            actor=stage.actor,
            now=now,
        )
        make_request(session, invitation_id=invitation_id, kind="erase", said=Said(words=f"{mark} wants to go"), now=now)
        _work(session, administrator, applicant, mark, now)
        session.add(
            Demographic(
                applicant_id=applicant.id,
                group_name="age",
                organisation_id=organisation,
                value_sealed=session.info["vault"].seal("demographic.age", applicant.subject, mark),
                source="self",
                recorded_at=now,
            )
        )
        _mention(session, stage, administrator, applicant, mark, now)
        open_session(session, invitation_id=invitation_id, now=now, values={"seen": now.isoformat(), "was": mark})
        reference, subject, applicant_id = applicant.reference, applicant.subject, applicant.id
    traces = {mark, reference, *_sealed(stage.database, applicant_id, invitation_id)}
    return Life(applicant_id, invitation_id, sitting_id, reference, subject, frozenset(traces))


def _work(session: Session, actor: Actor, applicant: Applicant, mark: str, now: datetime) -> None:
    line = HireLine(2, applicant.reference, f"{mark}-employee", None, None, f"{mark} moved away")
    batch = import_hires(session, file=ReadFile("hires.csv", "sha256:" + "0" * 64, [line]), actor=actor, now=now)
    evaluation = QaEvaluation(
        organisation_id=actor.organisation_id,
        employee_id=f"{mark}-employee",
        source="calls",
        evaluation_id=f"{mark}-evaluation",
        form="card",
        form_version="1",
        evaluator_id="judge",
        interaction_id=f"{mark}-call",
        evaluated_at=now,
        channel="phone",
        contact_type="fault",
        kind="human",
        auto_fail=False,
        content_hash="sha256:" + "1" * 64,
        import_id=batch.id,
    )
    session.add(evaluation)
    session.flush()
    answer = {"section": "s", "construct": "other", "score": 1.0, "max_score": 2.0, "weight": 1.0}
    session.add(
        QaAnswer(
            evaluation_pk=evaluation.id,
            question="q",
            not_applicable=False,
            critical=False,
            notes={"said": f"{mark} was kind"},
            **answer,
        )
    )
    session.add(
        CriterionValue(
            organisation_id=actor.organisation_id, employee_id=f"{mark}-employee", criterion="rating", value=3.0, import_id=batch.id
        )
    )


def _mention(session: Session, stage: ScoredStage, actor: Actor, applicant: Applicant, mark: str, now: datetime) -> None:
    """Beside other people: a rejected line, a waiting file, a study's list, a message and a list in a session of staff."""
    batch = session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()
    assert batch is not None
    session.add(
        ImportLine(import_id=batch.id, line=9, fate="rejected", reason=f"employee {mark}-employee is another", content="x,y")
    )
    session.add(ImportLine(import_id=batch.id, line=10, fate="rejected", reason="wrong day", content="somebody,else"))
    session.add(
        Upload(
            id=f"upload of {len(mark)}",
            organisation_id=actor.organisation_id,
            kind="qa",
            file_name="qa.csv",
            content=f"employee_id,score\n{mark}-employee,4\n".encode("utf-16"),
            expires_at=now,
        )
    )
    session.add(
        Study(
            organisation_id=actor.organisation_id,
            vacancy_id=stage.vacancy_id,
            key_version_id=stage.key_version_id,
            kind="recalibration",
            state="finished",
            declaration={},
            declaration_hash="sha256:0",
            declared_by="analyst",
            declared_at=now,
            result={"shadow": {"n": 2, "crossing": [{"candidate": applicant.reference, "old": 1}, {"candidate": "Q7", "old": 2}]}},
        )
    )
    values = {"_flashes": [["done", f"{mark} reads the reply"]], "invited 1": [applicant.reference, "Q7"], "seen": "now"}
    open_session(session, staff_member_id=actor.staff_member_id, now=now, values=values)


def _sealed(database: Database, applicant_id: int, invitation_id: int) -> Iterator[str]:
    """Everything sealed or hashed for a person that is theirs alone."""
    with database.read() as session:
        for statement, key in (
            ("SELECT name_sealed, email_sealed, email_token FROM applicant WHERE id = :k", applicant_id),
            ("SELECT token_hash, token_sealed FROM invitation WHERE id = :k", invitation_id),
            ("SELECT request_sealed FROM accommodation WHERE invitation_id = :k", invitation_id),
            ("SELECT words_sealed FROM subject_request WHERE invitation_id = :k", invitation_id),
            ("SELECT value_sealed FROM demographic WHERE applicant_id = :k", applicant_id),
            ("SELECT token_hash FROM web_session WHERE invitation_id = :k", invitation_id),
            ("SELECT max(responses_hash) FROM score WHERE applicant_id = :k", -1),
        ):
            for row in session.execute(text(statement), {"k": key}):
                yield from (value for value in row if value)


def erase(stage: ScoredStage, life: Life, actor: Actor, now: datetime) -> None:
    with stage.database.write() as session:
        erase_person(session, applicant_id=life.applicant_id, confirmation=life.reference, actor=actor, now=now)


def told(database: Database) -> dict[str, str]:
    """Every row of every table as text, by table."""
    with database.read() as session:
        return {
            table.name: "\n".join(_text(row) for row in session.execute(select(table)).all()) for table in metadata.sorted_tables
        }


def _text(row: Any) -> str:
    return " | ".join(v.decode("utf-16", "replace") if isinstance(v, bytes) else str(v) for v in row)


def counts(database: Database) -> Counter[str]:
    with database.read() as session:
        return Counter({t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in metadata.sorted_tables})


def test_nothing_of_a_person_is_left_in_any_table_and_everybody_else_stays(
    stage: ScoredStage, administrator: Actor, now: datetime, tmp_path: Path
) -> None:
    stage.add_people(25, now, prefix="A")
    before = counts(stage.database)
    canary = live(stage, administrator, now, "Xenophania", "quillfeather")
    stage.add_people(25, now, seed=2, prefix="B")
    other = live(stage, administrator, now, "Bartholomew", "thistlewood")
    found = " ".join(told(stage.database).values())
    assert [trace for trace in canary.traces | other.traces if trace not in found] == []
    erase(stage, canary, administrator, now)
    assert stage.database.drop_traces()
    for table, rows in told(stage.database).items():
        assert [trace for trace in canary.traces if trace in rows] == [], table
        assert (canary.subject in rows) == (table in ("erasure", "audit_event")), table
    found = " ".join(told(stage.database).values())
    assert [trace for trace in other.traces if trace not in found] == []
    erase(stage, other, administrator, now)
    after = counts(stage.database)
    kept = {
        "audit_event",
        "erasure",
        "import_batch",
        "import_line",
        "study",
        "web_session",
        "notice_text",
        "work_order",
    }  # with what is said below
    grown = {"applicant", "applicant_name_token", "sitting", "response", "score"}
    assert {table: n for table, n in after.items() if table not in kept | grown} == {
        table: n for table, n in before.items() if table not in kept | grown
    }
    assert (after["applicant"], after["sitting"], after["score"], after["erasure"]) == (50, 50, 50, 2)
    with stage.database.read() as session:
        orders = session.execute(select(WorkOrder.state, WorkOrder.message).where(WorkOrder.kind == "score_sitting")).all()
        assert orders == [("done", "The person was erased.")] * 2
        assert verify_chain(session).holds
        lines = [(line.line, line.content, line.reason) for line in session.scalars(select(ImportLine).order_by(ImportLine.line))]
        assert Counter(lines) == {(2, "", "erased"): 2, (9, "", "erased"): 2, (10, "somebody,else", "wrong day"): 2}
        crossing = [study.result["shadow"]["crossing"] for study in session.scalars(select(Study)) if study.result]
        assert crossing == [[{"candidate": "erased", "old": 1}, {"candidate": "Q7", "old": 2}]] * 2
        staff = [row for row in session.scalars(select(WebSession)) if row.staff_member_id is not None]
        assert [row.values for row in staff] == [{"invited 1": ["erased", "Q7"], "seen": "now"}] * 2
        actions = [event.action for event in recent_events(session, stage.organisation_id)]
        assert actions[:2] == ["person erased", "person erased"]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("José Núñez", "JOSÉ NÚÑEZ"),
        ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez"),
        ('Bo "Big" Li', '"BO ""BIG"" LI"'),
        ("Ωρα", "ΩΡΑ"),
    ],
)
def test_a_name_is_found_in_files_however_it_is_written_there(database: Database, now: datetime, name: str, cell: str) -> None:
    stage = set_scored_stage(database, now)
    with database.write() as session:
        batch = import_hires(session, file=ReadFile("hires.csv", "sha256:" + "0" * 64, []), actor=stage.actor, now=now)
        session.add(ImportLine(import_id=batch.id, line=3, fate="rejected", reason="wrong day", content=f"7,{cell},x"))
        session.add(ImportLine(import_id=batch.id, line=4, fate="rejected", reason="wrong day", content="8,Jo Nunn,x"))
        for number, text in enumerate((f"7,{cell},x\n", "8,Jo Nunn,x\n")):
            waiting = Upload(id=f"u{number}", organisation_id=stage.organisation_id, kind="qa", file_name="qa.csv", expires_at=now)
            waiting.content = text.encode()
            session.add(waiting)
        session.flush()
        remove_mentions(session, Named(stage.organisation_id, ("QUILL-7",), (name,)))
    with database.read() as session:
        lines = session.scalars(select(ImportLine).order_by(ImportLine.line))
        assert [(line.content, line.reason) for line in lines] == [("", "erased"), ("8,Jo Nunn,x", "wrong day")]
        assert session.scalars(select(Upload.id)).all() == ["u1"]


def test_the_bytes_of_the_database_file_hold_nothing_of_a_person(sqlite_database: Database, now: datetime, tmp_path: Path) -> None:
    stage = set_scored_stage(sqlite_database, now)
    administrator = member(sqlite_database, stage.organisation_id, "administrator", now, "Ada")
    stage.add_people(40, now, prefix="A")
    marks = {"Xenophania": "quillfeather", "Bartholomew": "thistlewood", "Cassiopeia": "brandywineson"}
    lives = [live(stage, administrator, now, name, mark) for name, mark in marks.items()]
    stage.add_people(40, now, seed=2, prefix="B")
    sqlite_database.drop_traces()
    file = Path(str(sqlite_database.url.database))

    def held() -> bytes:
        return b"".join(path.read_bytes() for path in (file, file.with_name(file.name + "-wal")) if path.exists())

    traces = {trace for life in lives for trace in life.traces}
    assert [trace for trace in traces if trace.encode() not in held()] == []
    assert [name for name in marks if name.encode() in held()] == []  # sealed from the beginning
    for life in lives:
        erase(stage, life, administrator, now)
    assert sqlite_database.drop_traces()
    assert [trace for trace in traces if trace.encode() in held()] == []


def test_only_an_administrator_of_the_organisation_erases_and_only_with_the_reference(
    stage: ScoredStage, administrator: Actor, now: datetime
) -> None:
    (applicant_id, *_) = stage.add_people(2, now)
    stranger = Actor(stage.organisation_id + 1, "s", "S", "administrator")

    def attempt(actor: Actor, confirmation: str = "P-0000") -> None:
        with stage.database.write() as session:
            erase_person(session, applicant_id=applicant_id, confirmation=confirmation, actor=actor, now=now)

    for role in ("recruiter", "analyst", "approver"):
        with pytest.raises(NotAllowed):
            attempt(Actor(stage.organisation_id, role, role, role))
    with pytest.raises(NotFound):
        attempt(stranger)
    for confirmation in ("", "P-0001", "p-0000"):
        with pytest.raises(BadInput) as refusal:
            attempt(administrator, confirmation)
        assert [fault.where for fault in refusal.value.faults] == ["confirmation"]
    with stage.database.read() as session:
        outlook = foresee_erasure(session, applicant_id=applicant_id, actor=administrator, now=now)
        assert session.scalars(select(Erasure)).all() == []
    assert (outlook.rows["sitting"], outlook.rows["applicant"], outlook.hold) == (1, 1, None)
    attempt(administrator, " P-0000 ")
    with pytest.raises(NotFound):
        attempt(administrator)


def test_two_erasures_at_once_leave_one_line(stage: ScoredStage, administrator: Actor, now: datetime) -> None:
    life = live(stage, administrator, now, "Xenophania", "quillfeather")
    found = at_once(3, lambda _: erase(stage, life, administrator, now))
    assert Counter(type(each) for each in found) == {type(None): 1, NotFound: 2}
    with stage.database.read() as session:
        assert [erased.subject for erased in list_erasures(session)] == [life.subject]
        assert verify_chain(session).holds


def test_answers_and_requests_that_race_with_an_erasure_leave_nothing_behind(
    stage: ScoredStage, administrator: Actor, now: datetime
) -> None:
    with stage.database.write() as session:
        people = [Invitee("Racing Person", "racing@example.org")]
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
        invitation = open_invitation(session, report.invited[0].link_token, now)
        give_consent(session, invitation_id=invitation.id, now=now)
        sitting_id = start_sitting(session, invitation_id=invitation.id, now=now).id
        begin_questionnaire(session, sitting_id=sitting_id, now=now)
        session.execute(update(Sitting).where(Sitting.id == sitting_id).values(reached=99))
        applicant = session.get_one(Applicant, invitation.applicant_id)
    desk = AnswerDesk(stage.database)
    answers = list(ANSWERS.items())

    def act(i: int) -> None:
        if i == 3:
            with stage.database.write() as session:
                erase_person(session, applicant_id=applicant.id, confirmation=applicant.reference, actor=administrator, now=now)
        elif i == 4:
            with stage.database.write() as session:
                make_request(session, invitation_id=invitation.id, kind="review", said=Said(), now=now)
        else:
            unit, value = answers[i]
            desk.record_response(sitting_id, unit, value, 9000, 0, f"racing-key-{i}", now)

    found = at_once(7, act)
    desk.close()
    assert found[3] is None
    assert found[4] is None or isinstance(found[4], NotFound)
    with stage.database.read() as session:
        for table in (Sitting, Response, Invitation, Applicant):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_decision_that_waits_for_an_erasure_finds_nobody(stage: ScoredStage, administrator: Actor, now: datetime) -> None:
    life = live(stage, administrator, now, "Xenophania", "quillfeather")
    with stage.database.read() as session:
        asked = session.scalars(select(Accommodation).where(Accommodation.invitation_id == life.invitation_id)).one()
    found: list[object] = []

    def decide() -> None:
        known = {"asked_at": asked.asked_at, "decision": Decision(True, None, True), "actor": administrator, "now": now}
        try:
            with stage.database.write() as session:
                decide_accommodation(session, accommodation_id=asked.id, **known)
        except Exception as error:  # the test says below what it expects
            found.append(error)

    waits = threading.Thread(target=decide)
    with stage.database.write() as session:
        erase_person(session, applicant_id=life.applicant_id, confirmation=life.reference, actor=administrator, now=now)
        waits.start()
        waits.join(0.5)  # on PostgreSQL it has read the request by now and waits for the invitation
    waits.join()
    assert [type(error) for error in found] == [NotFound]


def test_the_database_deletes_scores_of_nobody_but_a_person_who_is_being_erased(
    stage: ScoredStage, administrator: Actor, now: datetime
) -> None:
    life = live(stage, administrator, now, "Xenophania", "quillfeather")
    stage.add_people(1, now)
    erase(stage, life, administrator, now)
    with stage.database.write() as session:
        score_finished(
            session, organisation_id=stage.organisation_id, form_code="trial", key_version_id=stage.key_version_id, now=now
        )
    for change in ("DELETE FROM score", "DELETE FROM erasure", "UPDATE erasure SET erased_by = 'nobody'"):
        with pytest.raises(DBAPIError, match="append-only"), stage.database.write() as session:
            session.execute(text(change))
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Score)) == 1


@pytest.mark.parametrize(
    ("policy", "after", "held"),
    [
        ({}, timedelta(0), False),
        ({"jurisdiction": "eu", "keep_months": 6}, timedelta(0), False),
        ({"jurisdiction": "us"}, timedelta(days=365 * 4), True),
        ({"jurisdiction": "us-ca", "keep_months": 12}, timedelta(days=365 * 4), True),
        ({"jurisdiction": "us"}, timedelta(days=365 * 4 + 2), False),
        ({"jurisdiction": "us-nyc", "keep_months": 60}, timedelta(days=365 * 4 + 2), True),
        ({"jurisdiction": "us-nyc", "keep_months": 60}, timedelta(days=365 * 5 + 3), False),
    ],
)
def test_records_of_hiring_are_kept_as_long_as_the_profile_demands(
    sqlite_database: Database, now: datetime, policy: dict[str, object], after: timedelta, held: bool
) -> None:
    stage = set_scored_stage(sqlite_database, now)
    administrator = member(sqlite_database, stage.organisation_id, "administrator", now, "Ada")
    (applicant_id,) = stage.add_people(1, now)
    with sqlite_database.write() as session:
        session.execute(update(Organisation).values(policy=policy))
    later = now + after
    if held:
        with pytest.raises(RecordsMustBeKept, match=r"November 203[01]"), sqlite_database.write() as session:
            erase_person(session, applicant_id=applicant_id, confirmation="P-0000", actor=administrator, now=later)
    else:
        with sqlite_database.write() as session:
            erase_person(session, applicant_id=applicant_id, confirmation="P-0000", actor=administrator, now=later)


def test_a_hold_counts_from_the_last_act_and_ends_on_a_day_that_there_is(sqlite_database: Database) -> None:
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    stage = set_scored_stage(sqlite_database, leap)
    with sqlite_database.write() as session:
        session.execute(update(Organisation).values(policy={"jurisdiction": "us", "keep_months": 60}))
    (applicant_id,) = stage.add_people(1, leap)
    with sqlite_database.read() as session:
        hold = find_hold(session, session.get_one(Applicant, applicant_id), now=leap)
    assert hold is not None
    assert hold.since == leap + timedelta(minutes=24)
    assert (hold.until.year, hold.until.month, hold.until.day) == (2033, 2, 28)


def test_a_restored_backup_is_put_right_by_the_list(stage: ScoredStage, administrator: Actor, now: datetime) -> None:
    first, second = (live(stage, administrator, now, name, mark) for name, mark in (("Xen", "quillfeather"), ("Bar", "thistle")))
    slug = "acme"
    listed = [
        ErasedPerson(first.subject, slug, "ada", now - timedelta(days=3)),
        ErasedPerson(second.subject, "another", "ada", now),
        ErasedPerson("0" * 32, slug, "ada", now),
    ]
    with stage.database.write() as session:
        session.execute(update(Organisation).values(policy={"jurisdiction": "us"}))  # set after the first was erased
        assert reapply_erasures(session, listed=listed, actor=administrator, now=now) == 1
    with stage.database.write() as session:
        assert reapply_erasures(session, listed=list_erasures(session), actor=administrator, now=now) == 0
    with stage.database.read() as session:
        assert list_erasures(session) == [listed[0]]
        assert session.scalars(select(Applicant.subject)).all() == [second.subject]
        assert recent_events(session, stage.organisation_id)[0].action == "person erased again"
