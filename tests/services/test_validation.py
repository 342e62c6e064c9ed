"""Validity studies: what is printed, what is refused, and what is never passed off as evidence."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from assessment.errors import BadInput, NotFound
from assessment.integrations.imports import criterion_file, hires_file, responses_file
from assessment.records.database import Database
from assessment.records.sitting import Sitting
from assessment.records.study import Study, StudyPart
from assessment.records.work import WorkOrder
from assessment.services.audit import recent_events, verify_chain
from assessment.services.criterion import import_criterion
from assessment.services.hiring import import_hires
from assessment.services.history import import_responses
from assessment.services.keyring import NoKeyInForce
from assessment.services.people.accounts import add_organisation
from assessment.services.publishing import approve_proposal, propose_key, publish_key
from assessment.services.studying import (
    StudyIncomplete,
    declare_study,
    find_study,
    finish_study,
    list_studies,
    run_step,
    run_study,
    study_steps,
)
from assessment.services.vacancies import open_vacancy
from tests.services.study_stage import (
    REASON,
    StudyStage,
    finished_comparison,
    member,
    rate,
    set_blind_stage,
    set_keyed_stage,
)

RETAIL = Path(__file__).parents[2] / "examples" / "retail_selection_2021"
Facets = dict[str, np.ndarray]


def by_listening(facets: Facets, rng: np.random.Generator) -> np.ndarray:
    return facets["listening"] + rng.normal(0, 0.3, facets["listening"].size)


def by_scales(scales: Facets, rng: np.random.Generator) -> np.ndarray:
    return scales["S1"] - scales["S2"] + rng.normal(0, 0.3, scales["S1"].size)


def result_of(study: Study) -> dict[str, Any]:
    assert study.result is not None
    return study.result


@pytest.fixture
def keyed(sqlite_database: Database, now: datetime) -> StudyStage:
    return set_keyed_stage(sqlite_database, now, 80)


def test_below_60_usable_cases_there_is_no_coefficient_but_counts(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening, hired=59)
    study = keyed.study("validity", now)
    result = result_of(study)
    assert study.state == "refused"
    assert result["refused"] == {"reason": "There are too few usable cases for a coefficient.", "n": 59, "n_needed": 60}
    assert (result["n"], result["n_hired"], result["tier"]["n_needed_next"]) == (59, 59, 60)
    assert "composite" not in result
    assert result["strategies"] == []
    assert study.steps_done == study.steps_planned


def test_sixty_cases_give_r_with_fishers_interval(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening, hired=60)
    study = keyed.study("validity", now)
    result = result_of(study)
    assert (study.state, result["refused"], result["tier"]["name"]) == ("finished", None, "report")
    points = np.array(result["scatter"]["points"])
    r = float(np.corrcoef(points[:, 0], points[:, 1])[0, 1])
    assert result["composite"]["r"] == pytest.approx(r, abs=0.002)
    half = 1.959964 / math.sqrt(57)
    ends = [math.tanh(math.atanh(result["composite"]["r"]) + sign * half) for sign in (-1, 1)]
    assert result["composite"]["interval"] == pytest.approx(ends, abs=1e-6)
    assert any("told from zero" in caveat for caveat in result["caveats"])


def test_the_document_holds_every_part_that_the_pages_show_and_no_nan(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening)
    result = result_of(keyed.study("validity", now))
    json.dumps(result, allow_nan=False)
    wanted = "n n_hired n_excluded criterion key tier refused composite facets items scatter expectancy standard strategies"
    assert set(f"{wanted} folds repeats caveats corrections".split()) <= set(result)
    assert {row["code"] for row in result["facets"]} == {"listening", "discretion", "composure"}
    assert all({"code", "name", "r", "interval", "n"} <= set(row) for row in result["facets"])
    assert all({"code", "label", "r", "interval", "n"} <= set(row) for row in result["items"])
    assert [row["fifth"] for row in result["expectancy"]] == [1, 2, 3, 4, 5]
    assert sum(row["n"] for row in result["expectancy"]) == 80
    assert all(row["interval"][0] <= row["share"] <= row["interval"][1] for row in result["expectancy"])
    assert len(result["scatter"]["band"]) == 21
    assert result["strategies"] == []
    best = max(result["facets"], key=lambda row: row["r"])
    assert best["code"] == "listening"
    assert any("by chance" in caveat for caveat in result["caveats"])


def test_corrections_stay_off_until_the_reliability_is_declared(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening, hired=70)
    corrections = result_of(keyed.study("validity", now))["corrections"]
    for part in ("unreliability", "range_restriction"):
        assert (corrections[part]["r"], corrections[part]["interval"]) == (None, None)
        assert corrections[part]["why"].startswith("Off:")


def test_a_declared_reliability_gives_the_second_value_with_its_source(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening, reliability=0.64)
    result = result_of(keyed.study("validity", now))
    corrected = result["corrections"]["unreliability"]
    assert corrected["r"] == pytest.approx(result["composite"]["r"] / 0.8)
    assert corrected["interval"] == pytest.approx([end / 0.8 for end in result["composite"]["interval"]])
    assert "a study of two raters" in corrected["why"]


def test_a_cohort_of_hires_alone_is_said_to_be_restricted(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening)
    result = result_of(keyed.study("validity", now))
    assert any(caveat.startswith("Everybody here was hired") for caveat in result["caveats"])
    assert "everybody in the file was hired" in result["corrections"]["range_restriction"]["why"]


def test_a_cohort_in_two_languages_says_so(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening)
    with keyed.database.write() as session:
        first = session.scalars(select(Sitting.id).order_by(Sitting.id).limit(7)).all()
        session.execute(update(Sitting).where(Sitting.id.in_(first)).values(language="es"))
    caveats = result_of(keyed.study("validity", now))["caveats"]
    assert any(" in English and 7 in Spanish answered. A translation is another instrument" in caveat for caveat in caveats)


def test_criteria_that_agree_too_well_are_called_halo(keyed: StudyStage, now: datetime) -> None:
    rate(
        keyed,
        now,
        by_listening,
        extra={
            "teamwork": lambda y, rng: y + rng.normal(0, 0.1, y.size),
            "skill": lambda y, rng: y + rng.normal(0, 0.1, y.size),
        },
    )
    caveats = result_of(keyed.study("validity", now))["caveats"]
    assert any("The 3 imported criteria agree among themselves with alpha .9" in caveat for caveat in caveats)


def test_a_criterion_that_never_varies_is_refused_in_words(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, lambda facets, rng: np.full(80, 3.0))
    study = keyed.study("validity", now)
    assert study.state == "refused"
    assert result_of(study)["refused"]["reason"].startswith("Everybody has the same value of the criterion")


def test_a_criterion_of_few_values_still_has_an_upper_part(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, lambda facets, rng: np.where(facets["listening"] > np.quantile(facets["listening"], 0.3), 1.0, 0.0))
    rows = result_of(keyed.study("validity", now))["expectancy"]
    assert 0 < sum(row["met"] for row in rows) < 80


def test_blind_options_are_judged_on_people_left_out(sqlite_database: Database, now: datetime) -> None:
    stage = set_blind_stage(sqlite_database, now, 150)
    rate(stage, now, by_scales)
    result = result_of(stage.study("validity", now, repeats=2))
    rows = {row["name"]: row for row in result["strategies"]}
    assert list(rows) == ["situations", "scales", "statements", "questions", "counts", "everything"]
    assert all(row["r"] < row["r_in_sample"] for row in rows.values() if row["name"] != "counts")
    assert rows["scales"]["r"] > 0.4 > 0.25 > rows["questions"]["r"]
    assert (rows["scales"]["n_weights"], rows["situations"]["n_weights"]) == (2, 16)
    assert (result["folds"], result["repeats"]) == (5, 2)
    assert any("In-sample figures are larger and are no evidence" in caveat for caveat in result["caveats"])
    assert any("equal weights of unknown polarity" in caveat for caveat in result["caveats"])


def test_noise_predicts_nothing_however_many_options_there_are(sqlite_database: Database, now: datetime) -> None:
    stage = set_blind_stage(sqlite_database, now, 150)
    rate(stage, now, lambda scales, rng: rng.normal(size=scales["S1"].size))
    rows = result_of(stage.study("validity", now, repeats=2))["strategies"]
    everything = next(row for row in rows if row["name"] == "everything")
    assert everything["interval"][0] < 0
    assert everything["r"] < everything["r_in_sample"]


def test_a_study_gives_the_same_document_on_both_databases(
    sqlite_database: Database, postgres_database: Database, now: datetime
) -> None:
    documents = []
    for database in (sqlite_database, postgres_database):
        stage = set_blind_stage(database, now, 70)
        rate(stage, now, by_scales)
        documents.append(result_of(stage.study("validity", now, repeats=2)))
    assert documents[0] == documents[1]


def test_it_is_declared_before_the_data_are_joined(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening)
    ask: dict[str, Any] = {"vacancy_id": keyed.vacancy_id, "criterion": "rating", "actor": keyed.analyst, "now": now}
    with keyed.database.write() as session:
        study = declare_study(
            session, kind="validity", window_from=date(2026, 1, 1), window_to=date(2026, 6, 30), folds=4, repeats=3, **ask
        )
        assert (study.state, study.result, study.steps_done) == ("declared", None, 0)
        assert study.declaration["window"] == {"first_day": None, "last_day": None, "from": "2026-01-01", "to": "2026-06-30"}
        assert (study.declaration["folds"], study.declaration["repeats"], study.declaration["form"]["code"]) == (4, 3, "trial")
        assert study.declaration_hash.startswith("sha256:")
        order = session.scalars(select(WorkOrder)).one()
        assert (order.kind, order.subject_id) == ("run_study", study.id)
        event = recent_events(session, keyed.organisation_id, subject=f"study {study.id}")[0]
        assert (event.action, event.detail["hash"]) == ("study declared", study.declaration_hash)
        assert verify_chain(session).holds


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"criterion": "charm"}, "criterion"),
        ({"window_from": date(2026, 5, 1), "window_to": date(2026, 4, 1)}, "to"),
        ({"folds": 1}, "folds"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(keyed: StudyStage, now: datetime, changes: dict[str, Any], where: str) -> None:
    rate(keyed, now, by_listening)
    with pytest.raises(BadInput) as refused:
        keyed.study("validity", now, **changes)
    assert [fault.where for fault in refused.value.faults] == [where]


def test_without_a_key_there_is_nothing_to_study(keyed: StudyStage, now: datetime) -> None:
    from assessment.services.authoring import publish_imported_form
    from tests.services.scored_stage import IMPORTED

    rate(keyed, now, by_listening)
    with keyed.database.write() as session:
        form = publish_imported_form(session, code="bare", title="Bare", content=IMPORTED, actor=keyed.analyst, now=now)
        vacancy = open_vacancy(session, code="B", title="B", form_version_id=form.id, actor=keyed.analyst, now=now)
        with pytest.raises((NoKeyInForce, BadInput)):
            declare_study(session, kind="validity", vacancy_id=vacancy.id, criterion="rating", actor=keyed.analyst, now=now)


def test_another_organisations_vacancy_does_not_exist(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening)
    study = keyed.study("validity", now)
    with keyed.database.write() as session:
        other = add_organisation(session, slug="other", name="Other", now=now).id
    stranger = member(keyed.database, other, "analyst", now)
    with keyed.database.write() as session:
        with pytest.raises(NotFound):
            declare_study(session, kind="validity", vacancy_id=keyed.vacancy_id, criterion="rating", actor=stranger, now=now)
        with pytest.raises(NotFound):
            find_study(session, other, study.id)
        assert list_studies(session, other) == []
        assert [found.id for found in list_studies(session, keyed.organisation_id, "validity")] == [study.id]


def test_a_step_that_runs_twice_leaves_its_first_result(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening)
    with keyed.database.write() as session:
        ask: dict[str, Any] = {"vacancy_id": keyed.vacancy_id, "criterion": "rating", "actor": keyed.analyst, "now": now}
        study_id = declare_study(session, kind="validity", order=False, **ask).id
        assert study_steps(session, study_id) == ["cohort", "coefficients"]
    run_step(keyed.database, study_id, "cohort", now)
    with pytest.raises(StudyIncomplete, match="1 of 2 steps are not done"):
        finish_study(keyed.database, study_id, now)
    later = datetime(2026, 12, 1, tzinfo=UTC)
    run_step(keyed.database, study_id, "cohort", later)
    with keyed.database.read() as session:
        part = session.get_one(StudyPart, (study_id, "cohort"))
        assert part.made_at == now
        assert session.get_one(Study, study_id).steps_done == 1
    run_study(keyed.database, study_id, later)
    before = result_of(keyed_study(keyed, study_id))
    run_study(keyed.database, study_id, later)
    assert keyed_study(keyed, study_id).result == before


def keyed_study(stage: StudyStage, study_id: int) -> Study:
    with stage.database.read() as session:
        return find_study(session, stage.organisation_id, study_id)


def test_what_is_imported_while_a_study_runs_does_not_move_it(keyed: StudyStage, now: datetime) -> None:
    rate(keyed, now, by_listening, hired=70)
    with keyed.database.write() as session:
        ask: dict[str, Any] = {"vacancy_id": keyed.vacancy_id, "criterion": "rating", "actor": keyed.analyst, "now": now}
        study_id = declare_study(session, kind="validity", order=False, **ask).id
    run_step(keyed.database, study_id, "cohort", now)
    rate(keyed, now, by_listening, hired=80, seed=6)
    run_study(keyed.database, study_id, now)
    assert result_of(keyed_study(keyed, study_id))["n"] == 70


def test_people_that_a_key_was_fitted_to_are_no_evidence_for_it(sqlite_database: Database, now: datetime) -> None:
    stage = set_keyed_stage(sqlite_database, now, 170)
    rate(stage, now, by_listening)
    approver = member(sqlite_database, stage.organisation_id, "approver", now)
    study = finished_comparison(stage, now)
    with sqlite_database.write() as session:
        session.get_one(Study, study.id).state = "running"
    run_step(sqlite_database, study.id, "cohort", now)
    with sqlite_database.write() as session:
        session.get_one(Study, study.id).state = "finished"
        held_out = sum(session.get_one(StudyPart, (study.id, "cohort")).content["held_out"])
        proposal = propose_key(session, study_id=study.id, rationale=REASON, actor=stage.analyst, now=now)
        approve_proposal(session, proposal_id=proposal.id, rationale=REASON, actor=approver, now=now)
        publish_key(session, proposal_id=proposal.id, actor=stage.analyst, now=now)
    result = result_of(stage.study("validity", now))
    assert result["n"] == held_out
    assert result["n_excluded"] == {"the weights of the key in use were fitted to them": 170 - held_out}
    assert result["refused"]["n_needed"] == 60


def test_the_retail_data_give_small_honest_figures(sqlite_database: Database, now: datetime) -> None:
    with sqlite_database.write() as session:
        organisation_id = add_organisation(session, slug="shop", name="Shop", now=now).id
    analyst = member(sqlite_database, organisation_id, "analyst", now)
    read = {name: (RETAIL / name).read_bytes() for name in ("cohort_a.csv", "codebook.toml", "hires.csv", "criterion.csv")}
    form, people = responses_file(read["cohort_a.csv"], read["codebook.toml"], name="cohort_a.csv")
    with sqlite_database.write() as session:
        import_responses(session, form=form, people=people, vacancy_code="RETAIL", actor=analyst, now=now)
        import_hires(session, file=hires_file(read["hires.csv"], name="hires.csv", now=now), actor=analyst, now=now)
        import_criterion(session, file=criterion_file(read["criterion.csv"], name="criterion.csv"), actor=analyst, now=now)
    stage = StudyStage(sqlite_database, analyst, 1, form.code, "Customer_Service")
    result = result_of(stage.study("validity", now, repeats=1))
    rows = {row["name"]: row for row in result["strategies"]}
    assert result["n"] >= 3_940
    expected = {"situations": 0.13, "scales": 0.16, "statements": 0.175, "questions": 0.16, "everything": 0.225}
    assert {name: rows[name]["r"] for name in expected} == pytest.approx(expected, abs=0.02)
    assert all(row["interval"][0] < row["r"] < row["interval"][1] < row["r"] + 0.04 for row in rows.values())
    assert rows["everything"]["r_in_sample"] > rows["everything"]["r"] + 0.05
    assert abs(result["composite"]["r"]) < 0.1
    assert len(result["scatter"]["points"]) == 600
    assert result["corrections"]["unreliability"]["r"] is None
    said = " ".join(result["caveats"])
    assert "Everybody here was hired" in said
    assert "The 5 imported criteria agree among themselves with alpha .93" in said
