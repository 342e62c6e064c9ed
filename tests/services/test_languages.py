"""The language of a questionnaire: chosen on any device, fixed when it begins, and offered only where all of the form is there."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from assessment.records.applicant import Invitation
from assessment.records.audit import AuditEvent
from assessment.records.database import Database
from assessment.records.sitting import Sitting
from assessment.services.delivery import (
    LanguageFixed,
    LanguageNotOffered,
    begin_questionnaire,
    choose_language,
    give_consent,
    languages_of,
    open_invitation,
    practice_page,
    sitting_page,
    start_sitting,
)
from assessment.services.inviting import Invitee, invite_applicants
from tests.services.stage import Stage, set_stage
from tests.services.two_languages import published_short_form, set_stage_in_two_languages


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage_in_two_languages(database, now)


def invited(stage: Stage, now: datetime) -> int:
    (token,) = stage.invite(now)
    with stage.database.write() as session:
        return open_invitation(session, token, now).id


def practised(stage: Stage, invitation: int, now: datetime) -> int:
    with stage.database.write() as session:
        give_consent(session, invitation_id=invitation, now=now)
        return start_sitting(session, invitation_id=invitation, now=now).id


def test_the_shipped_form_is_there_in_both_languages() -> None:
    assert published_short_form().languages == ("en", "es")


def test_a_choice_is_kept_with_the_invitation_and_noted_without_a_name(stage: Stage, now: datetime) -> None:
    invitation = invited(stage, now)
    with stage.database.write() as session:
        assert languages_of(session, invitation_id=invitation).chosen is None
        for _ in range(2):
            choose_language(session, invitation_id=invitation, language="es", now=now)
    with stage.database.read() as session:
        assert languages_of(session, invitation_id=invitation).chosen == "es"
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "language chosen")).all()
        assert [event.detail["language"] for event in noted] == ["es"]


def test_the_questionnaire_begins_in_the_language_chosen_and_stays_in_it(stage: Stage, now: datetime) -> None:
    invitation = invited(stage, now)
    sitting = practised(stage, invitation, now)
    with stage.database.write() as session:
        choose_language(session, invitation_id=invitation, language="es", now=now)
    with stage.database.read() as session:
        _, shown, _ = practice_page(session, invitation_id=invitation, language="es")
        assert shown["scenario"]["setting"].startswith("Esta situación es para practicar")
    with stage.database.write() as session:
        begin_questionnaire(session, sitting_id=sitting, now=now, language="en")
        begin_questionnaire(session, sitting_id=sitting, now=now, language="en")
        assert session.get_one(Sitting, sitting).language == "es"
    with pytest.raises(LanguageFixed), stage.database.write() as session:
        choose_language(session, invitation_id=invitation, language="en", now=now)
    with stage.database.read() as session:
        found = languages_of(session, invitation_id=invitation)
        assert (found.chosen, found.fixed) == ("es", True)
        page = sitting_page(session, invitation_id=invitation, place=1)
        assert page.intro.startswith("Leerá 4 situaciones")
        assert all(item["scenario"]["setting"] != "" for item in page.items)
        english = {item.id: item.shown() for item in published_short_form().items}
        assert page.items[0]["scenario"]["setting"] != english[page.items[0]["id"]]["scenario"]["setting"]


def test_without_a_choice_it_begins_in_the_language_of_the_page(stage: Stage, now: datetime) -> None:
    sittings = [practised(stage, invited(stage, now), now)]
    with stage.database.write() as session:
        begin_questionnaire(session, sitting_id=sittings[0], now=now, language="es")
        assert session.get_one(Sitting, sittings[0]).language == "es"


@pytest.mark.parametrize("wanted", ["de", None])
def test_a_language_that_is_not_there_begins_in_the_first_of_the_form(wanted: str | None, stage: Stage, now: datetime) -> None:
    sitting = practised(stage, invited(stage, now), now)
    with stage.database.write() as session:
        begin_questionnaire(session, sitting_id=sitting, now=now, language=wanted)
        assert session.get_one(Sitting, sitting).language == "en"


def test_a_form_in_one_language_offers_no_other(database: Database, now: datetime) -> None:
    stage = set_stage(database, now)
    invitation = invited(stage, now)
    with stage.database.write() as session:
        assert languages_of(session, invitation_id=invitation).offered == ("en",)
        with pytest.raises(LanguageNotOffered):
            choose_language(session, invitation_id=invitation, language="es", now=now)
        assert session.get_one(Invitation, invitation).language is None


def test_whoever_invites_may_say_in_which_language_the_pages_begin(stage: Stage, now: datetime) -> None:
    people = [Invitee("Ana", "ana@example.org", language="es-MX"), Invitee("Uwe", "uwe@example.org", language="de")]
    with stage.database.write() as session:
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
        opened = [open_invitation(session, person.link_token, now).id for person in report.invited]
        assert [languages_of(session, invitation_id=invitation).chosen for invitation in opened] == ["es", None]
