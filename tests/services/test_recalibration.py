"""Comparisons of weights: what the data must earn, what the gate asks, and the key that would be published."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from assessment.keys import key_from_json
from assessment.psychometrics.weighting import RidgeTowardKey, TrainingSample
from assessment.records.database import Database
from assessment.records.demographic import Demographic
from assessment.records.observation import CriterionValue, Hire
from assessment.records.study import Study, StudyPart
from assessment.services.comparing import contest
from assessment.services.publishing import can_propose, propose_key
from assessment.services.scores.composing import score_sheet
from assessment.services.studies.cohorts import read_answers, read_cohort
from assessment.services.studies.designs import blind_weights_of
from assessment.services.studying import declare_study, run_step, study_steps
from tests.services.study_stage import REASON, StudyStage, member, rate, set_blind_stage, set_keyed_stage

Facets = dict[str, np.ndarray]


def by_listening(facets: Facets, rng: np.random.Generator) -> np.ndarray:
    return 3 * facets["listening"] - facets["composure"] + rng.normal(0, 0.3, facets["listening"].size)


def by_scales(scales: Facets, rng: np.random.Generator) -> np.ndarray:
    return scales["S1"] - scales["S2"] + rng.normal(0, 0.3, scales["S1"].size)


def result_of(study: Study) -> dict[str, Any]:
    assert study.result is not None
    return study.result


def check(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in result["gate"]["checks"] if row["name"] == name)


@pytest.fixture
def keyed(sqlite_database: Database, now: datetime) -> StudyStage:
    stage = set_keyed_stage(sqlite_database, now, 240)
    rate(stage, now, by_listening)
    return stage


@pytest.fixture
def blind(sqlite_database: Database, now: datetime) -> StudyStage:
    stage = set_blind_stage(sqlite_database, now, 330)
    rate(stage, now, by_scales)
    return stage


def test_below_150_usable_cases_no_weights_change(sqlite_database: Database, now: datetime) -> None:
    stage = set_keyed_stage(sqlite_database, now, 149)
    rate(stage, now, by_listening)
    study = stage.study("recalibration", now)
    result = result_of(study)
    assert study.state == "refused"
    assert result["refused"] == {"reason": "There are too few usable cases for a change of weights.", "n": 149, "n_needed": 150}
    with sqlite_database.read() as session:
        assert can_propose(session, study) == "the comparison has no finished result"


def test_a_signal_in_one_facet_earns_a_proposal(keyed: StudyStage, now: datetime) -> None:
    study = keyed.study("recalibration", now)
    result = result_of(study)
    json.dumps(result, allow_nan=False)
    rows = {row["name"]: row for row in result["strategies"]}
    assert list(rows) == ["current", "unit", "empirical_bayes", "ridge_toward_key"]
    assert rows[result["recommended"]]["r"] > rows["current"]["r"] + 0.02
    assert (rows["current"]["n_weights"], rows["current"]["effective"]) == (0, None)
    assert all(row["r_in_sample"] > row["r"] - 0.01 for row in rows.values())
    assert all(0 < row["reliability"] < 1 for row in rows.values())
    assert {row["impact_ratio"] for row in rows.values()} == {None}
    assert result["gate"]["passed"]
    states = {row["name"]: row["state"] for row in result["gate"]["checks"]}
    assert states == {
        "gain": "passed",
        "significance": "passed",
        "held_out": "passed",
        "cases": "passed",
        "impact": "open",
        "reliability": "passed",
        "movement": "passed",
        "two_people": "open",
    }
    with keyed.database.write() as session:
        assert can_propose(session, study) is None
        proposal = propose_key(session, study_id=study.id, rationale=REASON, actor=keyed.analyst, now=now)
        assert (proposal.strategy, proposal.evidence["n"]) == (result["recommended"], 240)


def test_no_weight_moves_more_than_a_quarter_and_shares_sum_to_100(keyed: StudyStage, now: datetime) -> None:
    result = result_of(keyed.study("recalibration", now))
    rows = {row["code"]: row for row in result["weights"]}
    for side in ("current", "proposed"):
        assert sum(row[side] for row in rows.values()) == pytest.approx(100)
    assert all(abs(row["proposed"] / row["current"] - 1) <= 0.25 + 1e-6 for row in rows.values())
    assert rows["listening"]["proposed"] == pytest.approx(1.25 * rows["listening"]["current"])
    assert (rows["listening"]["capped"], rows["composure"]["proposed"] < rows["composure"]["current"]) == (True, True)
    assert rows["listening"]["se"] > 0
    assert "so held, the key gains +." in check(result, "movement")["required"]
    proposed = key_from_json(result["proposed_key"])
    facets = {name: proposed.facets[name] for name in rows}
    share = {name: 100 * weight / sum(facets.values()) for name, weight in facets.items()}
    assert share == pytest.approx({name: row["proposed"] for name, row in rows.items()}, abs=1e-3)
    assert (proposed.model.kind, proposed.version, proposed.provenance.method) == ("weighted_sum", 2, "criterion study")


def test_noise_earns_nothing(sqlite_database: Database, now: datetime) -> None:
    stage = set_keyed_stage(sqlite_database, now, 160)
    rate(stage, now, lambda facets, rng: rng.normal(size=160))
    study = stage.study("recalibration", now)
    result = result_of(study)
    assert not result["gate"]["passed"]
    assert check(result, "gain")["state"] == "failed"
    with sqlite_database.read() as session:
        assert can_propose(session, study) is not None


def test_the_key_in_use_is_kept_when_it_is_the_best(sqlite_database: Database, now: datetime) -> None:
    stage = set_keyed_stage(sqlite_database, now, 160)
    rate(stage, now, lambda facets, rng: sum(facets.values()) + rng.normal(0, 0.2, 160))
    result = result_of(stage.study("recalibration", now))
    assert result["recommended"] == "current"
    assert result["proposed_key"] is None
    assert all(row["proposed"] == row["current"] and row["se"] is None for row in result["weights"])
    assert (result["shadow"]["n_crossing"], result["shadow"]["rank_correlation"]) == (0, 1.0)
    assert not result["gate"]["passed"]


def test_grade_validated_takes_an_interval_above_the_declared_limit(keyed: StudyStage, now: datetime) -> None:
    result = result_of(keyed.study("recalibration", now))
    row = next(row for row in result["strategies"] if row["name"] == result["recommended"])
    assert row["interval"][0] > 0.08
    assert key_from_json(result["proposed_key"]).grade == "validated"


def test_norms_come_with_the_proposed_key_from_200_people_on(keyed: StudyStage, now: datetime) -> None:
    result = result_of(keyed.study("recalibration", now))
    key = key_from_json(result["proposed_key"])
    assert key.norms is not None
    with keyed.database.read() as session:
        answers = read_answers(session, session.scalars(select(Study)).one(), None)
        raw = score_sheet(answers.sheet, answers.form, key).raw
    assert (key.norms.n, key.norms.simulated) == (240, False)
    assert key.norms.mean == pytest.approx(raw.mean(), abs=1e-9)
    assert key.norms.sd == pytest.approx(raw.std(ddof=1), abs=1e-9)


def test_held_out_people_have_no_say_in_the_weights(keyed: StudyStage, now: datetime) -> None:
    first = result_of(keyed.study("recalibration", now))
    with keyed.database.write() as session:
        content = session.scalars(select(StudyPart.content).where(StudyPart.part == "cohort")).one()
        held_out = [s for s, out in zip(content["sittings"], content["held_out"], strict=True) if out]
        for value in session.scalars(select(CriterionValue).join(Hire, Hire.employee_id == CriterionValue.employee_id)):
            hire = session.scalars(select(Hire).where(Hire.employee_id == value.employee_id)).one()
            if hire.applicant_id in held_out:  # applicants and sittings were made together and have the same numbers
                value.value = -value.value
    second = result_of(keyed.study("recalibration", now))
    assert 30 < len(held_out) < 70
    for name in ("facets", "item"):
        assert second["proposed_key"][name] == first["proposed_key"][name]
    assert [row["r"] for row in second["strategies"]] == [row["r"] for row in first["strategies"]]
    assert check(second, "held_out")["found"] != check(first, "held_out")["found"]


def test_the_last_hires_are_held_out_where_dates_are_known(sqlite_database: Database, now: datetime) -> None:
    stage = set_keyed_stage(sqlite_database, now, 160)
    rate(stage, now, by_listening, hired_on=date(2026, 1, 1))
    study = stage.study("recalibration", now)
    with sqlite_database.read() as session:
        content = session.get_one(StudyPart, (study.id, "cohort")).content
    assert content["split"] == {"kind": "last_hires", "words": "the people hired from 2026-05-09 on"}
    assert content["held_out"] == [False] * 128 + [True] * 32
    assert "the people hired from 2026-05-09 on" in check(result_of(study), "held_out")["statement"]


def test_a_blind_form_gets_a_whole_signed_key(blind: StudyStage, now: datetime) -> None:
    result = result_of(blind.study("recalibration", now, repeats=2))
    rows = {row["name"]: row for row in result["strategies"]}
    assert set(rows) == {"current", "unit", "empirical_bayes", "ridge_toward_key", "ridge"}
    assert abs(rows["current"]["r"]) < 0.3 < rows["ridge"]["r"]
    assert result["weights"] == []
    key = key_from_json(result["proposed_key"])
    assert (key.model.kind, key.model.sign, key.grade) == ("linear", "free", "validated")
    assert key.scales["S1"].weight > 0.3 > 0 > -0.3 > key.scales["S2"].weight
    assert {"best:1", "worst:4"} <= set(key.items["SJ_1"].options)
    assert set(key.items["Calls"].options) == {str(count) for count in range(10)}
    assert (check(result, "movement")["state"], check(result, "reliability")["state"]) == ("open", "open")
    assert {row["name"] for row in result["gate"]["checks"] if row["state"] == "failed"} <= {"impact"}
    assert any("Signs are free" in caveat for caveat in result["caveats"])


def test_the_written_key_scores_as_the_fitted_weights_do(blind: StudyStage, now: datetime) -> None:
    study = blind.study("recalibration", now, repeats=1)
    with blind.database.read() as session:
        cohort = read_cohort(session.get_one(StudyPart, (study.id, "cohort")).content)
        answers = read_answers(session, study, cohort.sittings)
    field = contest(cohort, answers)
    name = result_of(study)["recommended"]
    fitted = next(s for s in field.strategies(10) if s.name == name).fit(field.sample(study.declaration["seed"]))
    everybody = contest(_nobody_held_out(cohort), answers)
    key = key_from_json(result_of(study)["proposed_key"])
    raw = score_sheet(answers.sheet, answers.form, key).raw
    np.testing.assert_allclose(raw, fitted.scores(everybody.design), atol=2e-4)
    again = blind_weights_of(key, field.design) * fitted.spread
    moved = fitted.weights - again
    for block in set(field.design.blocks):
        here = np.array([b == block for b in field.design.blocks]) & field.design.nominal
        if here.any():  # points of a question may all be moved by a constant
            assert np.ptp(moved[here]) < 2e-4


def _nobody_held_out(cohort: Any) -> Any:
    return type(cohort)(cohort.sittings, cohort.criterion, np.zeros(cohort.n, dtype=bool), cohort.groups, cohort.facts)


def test_impact_is_judged_by_groups_that_no_score_can_read(blind: StudyStage, now: datetime) -> None:
    with blind.database.read() as session:
        assert len(session.scalars(select(Demographic)).all()) == 330
    result = result_of(blind.study("recalibration", now, repeats=1))
    assert all(0.5 < row["impact_ratio"] <= 1 for row in result["strategies"])
    found = check(result, "impact")
    assert found["state"] in ("passed", "failed")
    assert "no ratio falls by more than .030" in found["required"]


def test_what_cross_validation_never_saw_is_what_it_predicts(keyed: StudyStage, now: datetime) -> None:
    """The stored composites of a repeat are those of weights fitted without each person's fold."""
    with keyed.database.write() as session:
        ask: dict[str, Any] = {"vacancy_id": keyed.vacancy_id, "criterion": "rating", "actor": keyed.analyst, "now": now}
        study = declare_study(session, kind="recalibration", order=False, **ask)
        assert study_steps(session, study.id)[-3:] == ["comparison", "proposal", "gate"]
    for step in ("cohort", "repeat 1 of 5"):
        run_step(keyed.database, study.id, step, now)
    with keyed.database.read() as session:
        cohort = read_cohort(session.get_one(StudyPart, (study.id, "cohort")).content)
        stored = session.get_one(StudyPart, (study.id, "repeat 1 of 5")).content["ridge_toward_key"]
        answers = read_answers(session, study, cohort.sittings)
    field = contest(cohort, answers)
    seed = study.declaration["seed"]
    from assessment.psychometrics.weighting import folds

    fold = folds(field.n, 10, 0, seed)
    kept = fold != 3
    sample = TrainingSample(field.design.people(kept), field.criterion[kept], seed=seed)
    strategy = RidgeTowardKey(field.current, np.ones(field.current.size, dtype=bool))
    np.testing.assert_allclose(np.array(stored)[~kept], strategy.fit(sample).scores(field.design.people(~kept)), atol=1e-5)


def test_a_key_is_never_compared_on_the_people_it_was_learnt_from(keyed: StudyStage, now: datetime) -> None:
    from assessment.services.publishing import approve_proposal, publish_key

    approver = member(keyed.database, keyed.organisation_id, "approver", now)
    study = keyed.study("recalibration", now)
    with keyed.database.write() as session:
        proposal = propose_key(session, study_id=study.id, rationale=REASON, actor=keyed.analyst, now=now)
        approve_proposal(session, proposal_id=proposal.id, rationale=REASON, actor=approver, now=now)
        publish_key(session, proposal_id=proposal.id, actor=keyed.analyst, now=now)
    second = result_of(keyed.study("recalibration", now + timedelta(days=1)))
    n_fitted = result_of(study)["n_fitted"]
    assert second["n_excluded"] == {"the weights of the key in use were fitted to them": n_fitted}
    assert (second["n"], second["key"]["version"]) == (240 - n_fitted, 2)
    assert second["refused"]["n_needed"] == 150


def test_the_document_is_the_same_on_both_databases(sqlite_database: Database, postgres_database: Database, now: datetime) -> None:
    documents = []
    for database in (sqlite_database, postgres_database):
        stage = set_keyed_stage(database, now, 160)
        rate(stage, now, by_listening)
        documents.append(result_of(stage.study("recalibration", now, repeats=1)))
    assert documents[0] == documents[1]
