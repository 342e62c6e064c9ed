"""Key versions never change, and the newest release says which one is in force."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from assessment.errors import NotFound, Refusal
from assessment.keys import key_from_json, key_to_dict
from assessment.records.database import Database
from assessment.records.key import KeyVersion
from assessment.services.audit import recent_events, verify_chain
from assessment.services.keyring import (
    NoKeyInForce,
    add_key_version,
    adopt_key,
    find_key_version,
    key_history,
    key_in_force,
    release_key,
    scoring_key,
)
from assessment.services.scores.composing import KeyDoesNotFit
from tests.services.scored_stage import NORMS, ScoredStage, key_content, set_imported_stage, set_scored_stage, trial_key
from tests.services.stage import set_stage


@pytest.fixture
def stage(database: Database, now: datetime) -> ScoredStage:
    return set_scored_stage(database, now)


def second_version(stage: ScoredStage, now: datetime) -> KeyVersion:
    heavier = trial_key(facets={"listening": 2.0, "discretion": 1.0, "composure": 1.0})
    with stage.database.write() as session:
        return add_key_version(
            session,
            key=heavier,
            form_code="trial",
            parent_id=stage.key_version_id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        )


def test_an_adopted_key_is_in_force_and_comes_back_whole(stage: ScoredStage) -> None:
    with stage.database.read() as session:
        version = key_in_force(session, stage.organisation_id, "trial")
        assert (version.id, version.version, version.grade) == (stage.key_version_id, 1, "provisional")
        assert key_to_dict(scoring_key(version)) == key_to_dict(trial_key())
        assert set(version.component_hashes) == {"options", "weights", "model", "norms"}


def test_adopting_the_same_key_again_changes_nothing(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        again = adopt_key(session, key=trial_key(), form_code="trial", actor=stage.actor, now=now + timedelta(days=1))
        assert again.id == stage.key_version_id
        assert len(key_history(session, stage.organisation_id, "trial")) == 1


def test_another_key_cannot_be_adopted_over_the_one_in_force(stage: ScoredStage, now: datetime) -> None:
    with pytest.raises(Refusal, match="proposed, not adopted"), stage.database.write() as session:
        adopt_key(session, key=trial_key(norms=NORMS), form_code="trial", actor=stage.actor, now=now)


def test_a_new_version_is_stored_without_being_in_force(stage: ScoredStage, now: datetime) -> None:
    added = second_version(stage, now)
    assert (added.version, added.parent_id) == (2, stage.key_version_id)
    with stage.database.read() as session:
        assert key_in_force(session, stage.organisation_id, "trial").id == stage.key_version_id


def test_the_same_content_is_stored_once(stage: ScoredStage, now: datetime) -> None:
    assert second_version(stage, now).id == second_version(stage, now).id


def test_only_the_component_that_changed_has_another_hash(stage: ScoredStage, now: datetime) -> None:
    with stage.database.write() as session:
        first = find_key_version(session, stage.organisation_id, stage.key_version_id)
        with_norms = add_key_version(
            session,
            key=trial_key(norms=NORMS),
            form_code="trial",
            parent_id=first.id,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        )
        changed = {name for name in first.component_hashes if first.component_hashes[name] != with_norms.component_hashes[name]}
    assert changed == {"norms"}


def test_rolling_back_puts_the_older_version_in_force_again_and_keeps_the_history(stage: ScoredStage, now: datetime) -> None:
    added = second_version(stage, now)
    for reason, version_id in (("published", added.id), ("rolled_back", stage.key_version_id)):
        with stage.database.write() as session:
            release_key(
                session,
                key_version_id=version_id,
                reason=reason,  # type: ignore[arg-type]  # both are reasons
                proposal_id=None,
                released_by="approver",
                actor=stage.actor,
                now=now,
            )
    with stage.database.read() as session:
        assert key_in_force(session, stage.organisation_id, "trial").id == stage.key_version_id
        history = key_history(session, stage.organisation_id, "trial")
        assert [(release.reason, version.version) for release, version in history] == [
            ("rolled_back", 1),
            ("published", 2),
            ("adopted", 1),
        ]
        actions = [event.action for event in recent_events(session, stage.organisation_id)]
        assert actions[:3] == ["key rolled back", "key published", "key version added"]
        assert verify_chain(session).holds


def test_a_form_without_a_key_says_so(database: Database, now: datetime) -> None:
    stage = set_stage(database, now)
    with database.read() as session, pytest.raises(NoKeyInForce, match="answers are kept"):
        key_in_force(session, stage.actor.organisation_id, "trial")


def test_a_key_that_lacks_a_unit_is_refused_by_name(database: Database, now: datetime) -> None:
    stage = set_stage(database, now)
    content = key_content()
    del content["item"]["one-pick"]
    with pytest.raises(KeyDoesNotFit, match="one-pick"), database.write() as session:
        adopt_key(session, key=key_from_json(content), form_code="trial", actor=stage.actor, now=now)


def test_a_key_for_another_version_of_an_item_is_refused(database: Database, now: datetime) -> None:
    stage = set_stage(database, now)
    content = key_content()
    content["item"]["one-pick"]["item_version"] = 2
    with pytest.raises(KeyDoesNotFit, match="version"), database.write() as session:
        adopt_key(session, key=key_from_json(content), form_code="trial", actor=stage.actor, now=now)


def test_a_key_for_a_form_that_nobody_published_is_refused(database: Database, now: datetime) -> None:
    stage = set_stage(database, now)
    with pytest.raises(NotFound), database.write() as session:
        adopt_key(session, key=trial_key(), form_code="nothing", actor=stage.actor, now=now)


def test_a_weighted_key_cannot_score_an_imported_form(database: Database, now: datetime) -> None:
    stage = set_imported_stage(database, now)
    with pytest.raises(KeyDoesNotFit, match="linear"), database.write() as session:
        add_key_version(
            session,
            key=trial_key(),
            form_code="cohort",
            parent_id=None,
            author="analyst",
            now=now,
            organisation_id=stage.organisation_id,
        )


def test_another_organisation_sees_no_key_and_can_release_none(stage: ScoredStage, now: datetime) -> None:
    other = set_scored_stage(stage.database, now, slug="other")
    with stage.database.read() as session:
        with pytest.raises(NotFound):
            find_key_version(session, other.organisation_id, stage.key_version_id)
        assert [version.id for _, version in key_history(session, other.organisation_id, "trial")] == [other.key_version_id]
    with pytest.raises(NotFound), stage.database.write() as session:
        release_key(
            session,
            key_version_id=stage.key_version_id,
            reason="published",
            proposal_id=None,
            released_by="x",
            actor=other.actor,
            now=now,
        )


def test_the_first_key_of_an_imported_form_says_that_it_knows_nothing(database: Database, now: datetime) -> None:
    stage = set_imported_stage(database, now)
    with database.read() as session:
        key = scoring_key(key_in_force(session, stage.organisation_id, "cohort"))
    assert {scale.weight for scale in key.scales.values()} == {1.0}
    assert key.model.sign == "free"
    assert key.provenance.note is not None
    assert "polarity" in key.provenance.note
    assert key.grade == "provisional"
