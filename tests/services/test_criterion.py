"""Criteria: imported values stand as they came, modelled ones rest on the evaluations that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.errors import BadInput, NotFound
from assessment.integrations.criterion_csv import CriterionLine
from assessment.integrations.evaluations import Evaluation, QaAnswer
from assessment.integrations.hires import HireLine
from assessment.records.applicant import Applicant
from assessment.records.database import Database
from assessment.records.observation import CriterionValue
from assessment.records.sitting import Sitting
from assessment.services.authoring import publish_imported_form
from assessment.services.criterion import (
    AgentScores,
    DeclaredReliability,
    Window,
    agent_scores,
    import_criterion,
    list_criteria,
    preview_criterion,
)
from assessment.services.hiring import import_hires
from assessment.services.importing import ReadFile, lines_of
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor
from assessment.services.people.applicants import add_applicant
from assessment.services.qa_import import import_evaluations
from assessment.services.studies.qa_judgements import EVERYTHING, hires_of, judgements
from assessment.services.studies.qa_scores import MODELLED, contacts_needed
from assessment.services.vacancies import open_vacancy

HIRED = date(2026, 1, 5)


def cohort(session: Session, slug: str, now: datetime, names: Sequence[str], hired_on: date | None = HIRED) -> tuple[Actor, int]:
    """An organisation whose applicants sat one vacancy's form and were all hired."""
    found = add_organisation(session, slug=slug, name=slug.title(), now=now)
    actor = Actor(found.id, f"analyst of {slug}", "An Analyst", "analyst")
    content = {"kind": "imported", "items": [{"code": "Q1", "format": "likert", "options": ["1", "2"]}], "scales": []}
    form = publish_imported_form(session, code="care", title="Care", content=content, actor=actor, now=now)
    vacancy = open_vacancy(session, code="care", title="Care adviser", form_version_id=form.id, actor=actor, now=now)
    lines = []
    for number, name in enumerate(names, start=2):
        applicant = add_applicant(
            session, organisation_id=found.id, reference=f"A-{name}", name=None, email=None, simulated=False, now=now
        )
        session.add(sitting(vacancy.id, form.id, applicant))
        lines.append(HireLine(number, f"A-{name}", name, hired_on, None, None))
    import_hires(session, file=ReadFile("hires.csv", "sha256:1", lines), actor=actor, now=now)
    return actor, vacancy.id


def sitting(vacancy_id: int, form_version_id: int, applicant: Applicant) -> Sitting:
    return Sitting(
        organisation_id=applicant.organisation_id,
        vacancy_id=vacancy_id,
        applicant_id=applicant.id,
        form_version_id=form_version_id,
        state="imported",
        option_seed=0,
    )


def values(*lines: tuple[int, str, dict[str, float]]) -> ReadFile[CriterionLine]:
    return ReadFile("criterion.csv", "sha256:2", [CriterionLine(*line) for line in lines])


def evaluation(name: str, agent: str, rater: str, score: float, day: int = 120, **more: Any) -> Evaluation:
    """One empathy question, in percent, `day` days after hiring."""
    given: dict[str, Any] = {
        "interaction_id": f"call {name}",
        "evaluated_at": datetime(HIRED.year, HIRED.month, HIRED.day, 12, tzinfo=UTC) + timedelta(days=day),
        "channel": "phone",
        "contact_type": "",
        "form": "Care call",
        "form_version": "1",
        "source": "qa",
        "kind": "human",
        "auto_fail": False,
    }
    answer = QaAnswer(int(name), "", "listened", "empathy-attentive", score, 100.0, 1.0, False, False, {})
    return Evaluation(employee_id=agent, evaluation_id=name, evaluator_id=rater, answers=(answer,), **(given | more))


def store(session: Session, actor: Actor, now: datetime, *evaluations: Evaluation) -> None:
    batch = import_evaluations(session, file=ReadFile("qa.csv", "sha256:3", evaluations), actor=actor, now=now)
    assert batch.matched == len(evaluations)


def judged(
    agents: Sequence[str], contacts: int, raters: Sequence[str], severity: Sequence[float] = (), seed: int = 1
) -> list[Evaluation]:
    """Agents whose true means differ by 4 points a step; raters take turns, so that the design is connected."""
    rng = np.random.default_rng(seed)
    made = []
    for place, agent in enumerate(agents):
        for contact in range(contacts):
            rater = (place + contact) % len(raters)
            score = 50 + 4 * place + (severity[rater] if severity else 0) + float(rng.normal(0, 6))
            made.append(evaluation(str(len(made) + 2), agent, raters[rater], min(max(score, 0), 100)))
    return made


def scores(session: Session, actor: Actor, vacancy_id: int, now: datetime, window: Window | None = Window()) -> AgentScores:
    return agent_scores(
        session, organisation_id=actor.organisation_id, vacancy_id=vacancy_id, criterion="qa:empathy", window=window, now=now
    )


def test_imported_values_are_stored_once_and_never_overwritten(database: Database, now: datetime) -> None:
    with database.write() as session:
        actor, _ = cohort(session, "acme", now, ("E1", "E2"))
        cohort(session, "globex", now, ("G1",))
        first = import_criterion(
            session, file=values((2, "E1", {"Care": 3.0}), (3, "E2", {"Care": 4.0}), (4, "G1", {"Care": 5.0})), actor=actor, now=now
        )
        again = import_criterion(session, file=values((2, "E1", {"Care": 3.0}), (3, "E2", {"Care": 4.0})), actor=actor, now=now)
        more = import_criterion(
            session, file=values((2, "E1", {"Care": 5.0, "Pace": 1.0}), (3, "E2", {"Care": 4.0, "Pace": 2.0})), actor=actor, now=now
        )
        reasons = [line.reason for line in lines_of(session, more, "rejected")]
    assert (first.matched, first.unmatched) == (2, 1)
    assert (again.matched, again.duplicate) == (0, 2)
    assert (more.matched, more.rejected) == (1, 1)
    assert reasons == ["Care is 3 already, not 5; what is stored was kept"]
    with database.read() as session:
        stored = {(v.employee_id, v.criterion): v.value for v in session.scalars(select(CriterionValue))}
    assert stored == {("E1", "Care"): 3.0, ("E2", "Care"): 4.0, ("E2", "Pace"): 2.0}


def test_a_preview_of_values_writes_nothing(database: Database, now: datetime) -> None:
    with database.write() as session:
        actor, _ = cohort(session, "acme", now, ("E1",))
        plan = preview_criterion(session, file=values((2, "E1", {"Care": 3.0})), organisation_id=actor.organisation_id)
        assert session.scalar(select(func.count()).select_from(CriterionValue)) == 0
    assert plan.count("matched") == 1
    assert "uncorrected" in plan.remarks[0]


@pytest.mark.parametrize(("value", "source"), [(0.0, "manual"), (1.2, "manual"), (float("nan"), "manual"), (0.6, " ")])
def test_a_reliability_needs_a_possible_value_and_a_source(value: float, source: str) -> None:
    with pytest.raises(BadInput):
        DeclaredReliability(value, source)


def test_the_newest_declared_reliability_counts(sqlite_database: Database, now: datetime) -> None:
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, ("E1",))
        for value in (0.5, 0.6):
            told = DeclaredReliability(value, "two supervisors, 2025")
            import_criterion(session, file=values((2, "E1", {"Care": 3.0})), reliability=told, actor=actor, now=now)
        (care,) = list_criteria(session, actor.organisation_id, vacancy_id)
        found = agent_scores(
            session, organisation_id=actor.organisation_id, vacancy_id=vacancy_id, criterion="Care", window=None, now=now
        )
    assert (care.name, care.n_agents, care.reliability, care.reliability_source) == ("Care", 1, 0.6, "two supervisors, 2025")
    assert (found.reliability, found.agents[0].reliability, found.agents[0].value) == (0.6, 0.6, 3.0)


def test_a_column_may_not_pass_for_a_modelled_criterion(sqlite_database: Database, now: datetime) -> None:
    with sqlite_database.write() as session:
        actor, _ = cohort(session, "acme", now, ("E1",))
        with pytest.raises(BadInput, match="Nothing was imported"):
            import_criterion(session, file=values((2, "E1", {"QA:empathy": 3.0})), actor=actor, now=now)


def test_agents_without_a_value_are_counted_and_dates_are_not_asked_for(sqlite_database: Database, now: datetime) -> None:
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, ("E1", "E2", "E3"), hired_on=None)
        import_criterion(session, file=values((2, "E1", {"Care": 3.0}), (3, "E2", {"Care": 1.0})), actor=actor, now=now)
        found = agent_scores(
            session, organisation_id=actor.organisation_id, vacancy_id=vacancy_id, criterion="Care", window=Window(), now=now
        )
    assert [(agent.employee_id, agent.value, agent.reliability) for agent in found.agents] == [("E1", 3.0, None), ("E2", 1.0, None)]
    assert (found.n_hired, found.excluded) == (3, {"no value of this criterion": 1})
    assert any("no dates" in note for note in found.notes)


def test_a_criterion_of_another_organisation_is_not_found(sqlite_database: Database, now: datetime) -> None:
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, ("E1",))
        other, other_vacancy = cohort(session, "globex", now, ("E1",))
        import_criterion(session, file=values((2, "E1", {"Care": 3.0})), actor=actor, now=now)
        assert list_criteria(session, other.organisation_id, other_vacancy) == []
        assert list_criteria(session, other.organisation_id, vacancy_id) == []
        with pytest.raises(NotFound):
            agent_scores(
                session, organisation_id=other.organisation_id, vacancy_id=other_vacancy, criterion="Care", window=None, now=now
            )


def test_contacts_needed_are_not_rounded_past_a_whole_number() -> None:
    """At a single-contact reliability of .10 the Spearman-Brown formula gives exactly 36 contacts for .80, not 37."""
    assert contacts_needed(0.10) == {0.6: 14, 0.7: 21, 0.8: 36}
    assert contacts_needed(0.25) == {0.6: 5, 0.7: 7, 0.8: 12}
    assert contacts_needed(0.0) == contacts_needed(1.0) == {}


def test_modelled_scores_follow_the_agents_and_shrink_toward_the_mean(database: Database, now: datetime) -> None:
    agents = [f"E{n}" for n in range(8)]
    with database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, agents)
        store(session, actor, now, *judged(agents, 12, ("R1", "R2", "R3"), severity=(-10, 0, 10)))
        found = scores(session, actor, vacancy_id, now)
        (empathy,) = list_criteria(session, actor.organisation_id, vacancy_id)
    assert [agent.employee_id for agent in found.agents] == agents
    assert sorted(found.agents, key=lambda agent: agent.value) == list(found.agents), "severity is taken out of the order"
    assert all(50 - 4 < agent.value < 50 + 4 * 8 for agent in found.agents)
    assert all(agent.reliability is not None and agent.reliability > 0.6 for agent in found.agents)
    assert {(agent.n_contacts, agent.n_raters) for agent in found.agents} == {(12, 3)}
    assert (found.n_evaluations, found.n_raters, found.connected, found.excluded) == (96, 3, True, {})
    assert found.single_contact is not None
    assert found.contacts_needed[0.6] <= found.contacts_needed[0.7] <= found.contacts_needed[0.8]
    assert (empathy.name, empathy.kind, empathy.n_agents, empathy.n_evaluations) == ("qa:empathy", "modelled", 8, 96)


def test_the_floor_needs_ten_contacts_two_raters_and_reliability(sqlite_database: Database, now: datetime) -> None:
    agents = [f"E{n}" for n in range(8)]
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, [*agents, "few", "one-rater", "same-call", "silent"])
        made = judged(agents, 12, ("R1", "R2", "R3"))
        for extra in range(12):
            number = str(1000 + extra)
            made.append(evaluation(number, "one-rater", "R1", 60.0 + extra % 3))
            made.append(evaluation(f"2{number}", "same-call", f"R{1 + extra % 3}", 70.0, interaction_id="the same call"))
        made += [evaluation(str(5000 + n), "few", f"R{1 + n % 3}", 60.0) for n in range(9)]
        store(session, actor, now, *made)
        found = scores(session, actor, vacancy_id, now)
    assert {agent.employee_id for agent in found.agents} == set(agents)
    assert found.excluded == {"fewer than 10 contacts": 2, "all contacts by one rater": 1, "no evaluation that counts": 1}
    assert found.n_hired == 12


def test_only_human_evaluations_inside_the_window_count(sqlite_database: Database, now: datetime) -> None:
    agents = [f"E{n}" for n in range(6)]
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, agents)
        plain = judged(agents, 12, ("R1", "R2", "R3"))
        store(session, actor, now, *plain)
        before = scores(session, actor, vacancy_id, now)
        store(
            session,
            actor,
            now,
            evaluation("901", "E0", "R1", 100.0, kind="automatic"),
            evaluation("902", "E0", "R1", 100.0, kind="calibration"),
            evaluation("903", "E0", "R1", 100.0, day=89),
            evaluation("904", "E0", "R1", 100.0, day=271),
            evaluation("905", "E0", "R1", 0.0, auto_fail=True),
        )
        after = scores(session, actor, vacancy_id, now)
        everything = scores(session, actor, vacancy_id, now, window=None)
    assert after.agents == before.agents
    assert after.left_out == {
        "automatic evaluation": 1,
        "calibration evaluation": 1,
        "outside the window on the job": 2,
        "zeros on every question after an automatic fail": 1,
    }
    assert everything.n_evaluations == len(plain) + 2


def test_days_of_the_calendar_can_limit_instead_of_days_on_the_job(sqlite_database: Database, now: datetime) -> None:
    agents = [f"E{n}" for n in range(6)]
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, agents, hired_on=None)
        store(session, actor, now, *judged(agents, 12, ("R1", "R2")), evaluation("901", "E0", "R1", 100.0, day=200))
        on_the_job = scores(session, actor, vacancy_id, now)
        dated = scores(session, actor, vacancy_id, now, window=Window(None, None, observed_to=HIRED + timedelta(days=150)))
    assert on_the_job.agents == ()
    assert on_the_job.excluded == {"no hiring date to count from": 6}
    assert on_the_job.left_out == {"no hiring date to count from": 73}
    assert dated.left_out == {"outside the dates observed": 1}
    assert len(dated.agents) == 6


def test_raters_who_share_no_agents_are_named_as_a_limit(sqlite_database: Database, now: datetime) -> None:
    agents = [f"E{n}" for n in range(8)]
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, agents)
        first, second = judged(agents[:4], 12, ("R1", "R2")), judged(agents[4:], 12, ("R3", "R4"), seed=2)
        renamed = [evaluation(str(500 + n), e.employee_id, e.evaluator_id, e.answers[0].score or 0.0) for n, e in enumerate(second)]
        store(session, actor, now, *first, *renamed)
        found = scores(session, actor, vacancy_id, now)
    assert found.connected is False
    assert any("share no agents" in note for note in found.notes)


@pytest.mark.parametrize(
    "given", [[], [("E0", 50.0)], [("E0", 50.0), ("E1", 50.0)], [("E0", 50.0)] * 3, [("E0", 5.0)] * 3 + [("E1", 5.0)]]
)
def test_too_little_to_model_is_said_and_nobody_enters(
    sqlite_database: Database, now: datetime, given: list[tuple[str, float]]
) -> None:
    with sqlite_database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, ("E0", "E1"))
        store(session, actor, now, *(evaluation(str(n + 2), agent, "R1", score) for n, (agent, score) in enumerate(given)))
        found = scores(session, actor, vacancy_id, now)
    assert found.agents == ()
    assert sum(found.excluded.values()) == 2
    assert found.notes[0].startswith("No model could be fitted")


def test_questions_that_did_not_apply_are_in_neither_part_of_the_fraction(database: Database, now: datetime) -> None:
    def told(line: int, construct: str, score: float | None, most: float, weight: float) -> QaAnswer:
        return QaAnswer(line, "", f"question {line}", construct, score, most, weight, score is None, False, {})

    answers = (
        told(2, "empathy-attentive", 3, 4, 1),
        told(3, "empathy-cognitive", 1, 2, 3),
        told(4, "empathy-affective", None, 4, 5),
        told(5, "empathy-affective", 4, 4, 0),
        told(6, "process", 4, 4, 9),
    )
    silent = (told(7, "empathy-affective", None, 4, 1), told(8, "process", 1, 4, 1))
    with database.write() as session:
        actor, vacancy_id = cohort(session, "acme", now, ("E1",))
        whole, empty = (replace(evaluation(str(n), "E1", "R1", 0.0), answers=given) for n, given in ((2, answers), (7, silent)))
        import_evaluations(session, file=ReadFile("qa.csv", "sha256:3", (whole, empty)), actor=actor, now=now)
        empathy = MODELLED["qa:empathy"].constructs
        agents = hires_of(session, actor.organisation_id, vacancy_id)
        found = judgements(session, organisation_id=actor.organisation_id, agents=agents, constructs=empathy, window=EVERYTHING)
    assert [judgement.score for judgement in found.kept] == [pytest.approx(100 * (1 * 0.75 + 3 * 0.5) / 4)]
    assert found.left_out == {"no question on this construct that applied": 1}
