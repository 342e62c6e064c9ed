"""Vacancies, invitations and published forms, on both databases."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from assessment.errors import BadInput, NotFound
from assessment.records.applicant import Applicant, ApplicantNameToken, Invitation
from assessment.records.database import Database, vault_of
from assessment.services.audit import recent_events, verify_chain
from assessment.services.authoring import find_form, list_forms, publish_imported_form
from assessment.services.inviting import (
    FormNotDelivered,
    Funnel,
    Invitee,
    VacancyClosed,
    add_applicant,
    applicant_email,
    applicant_name,
    close_vacancy,
    find_invitation,
    find_vacancy,
    find_vacancy_by_code,
    funnel,
    invitation_link_token,
    invite_applicants,
    list_invitations,
    list_vacancies,
    open_vacancy,
    search_tokens,
)
from assessment.services.people.accounts import add_organisation, hash_token
from assessment.services.people.actors import Actor
from tests.services.stage import Stage, set_stage


@pytest.fixture
def stage(database: Database, now: datetime) -> Stage:
    return set_stage(database, now)


def invite(stage: Stage, now: datetime, *people: Invitee) -> list[str]:
    with stage.database.write() as session:
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
    return [invited.link_token for invited in report.invited]


def test_a_link_is_stored_only_as_a_hash_and_sealed(stage: Stage, now: datetime) -> None:
    (token,) = invite(stage, now, Invitee("Ada Moreau", "ada@example.org"))
    assert len(token) >= 32
    with stage.database.read() as session:
        invitation = session.scalars(select(Invitation)).one()
        assert invitation.token_hash == hash_token(token)
        assert token not in str(session.execute(text("SELECT * FROM invitation")).all())
        assert invitation_link_token(session, invitation) == token


def test_names_and_addresses_are_sealed_and_found_by_their_beginnings(stage: Stage, now: datetime) -> None:
    invite(stage, now, Invitee("José Álvarez Ng", "jose@example.org"), Invitee("Josephine Baker", "b@example.org"))
    with stage.database.read() as session:
        stored = str(session.execute(text("SELECT * FROM applicant")).all())
        assert "Josep" not in stored
        assert "example.org" not in stored

        def found(words: str) -> list[str]:
            wanted = search_tokens(vault_of(session), stage.actor.organisation_id, words)
            query = (
                select(Applicant)
                .join(ApplicantNameToken, ApplicantNameToken.applicant_id == Applicant.id)
                .where(ApplicantNameToken.token.in_(wanted))
                .group_by(Applicant.id)
                .having(func.count() == len(wanted))
            )
            return sorted(applicant_name(session, a) for a in session.scalars(query))

        assert found("jos") == ["Josephine Baker", "José Álvarez Ng"]
        assert found("ALVAREZ jose") == ["José Álvarez Ng"]
        assert found("ng") == ["José Álvarez Ng"]
        assert found("alvarez baker") == []


def test_a_person_invited_twice_keeps_one_invitation(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        people = [Invitee("Ada", "ada@example.org"), Invitee("Ada", "ADA@example.org"), Invitee(None, "bo@example.org")]
        report = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
        assert [i.email for i in report.invited] == ["ada@example.org", "bo@example.org"]
        assert report.already == ("ADA@example.org",)
        again = invite_applicants(session, vacancy_id=stage.vacancy_id, people=people[:1], actor=stage.actor, now=now)
        assert again.invited == ()
        assert funnel(session, find_vacancy(session, stage.actor.organisation_id, stage.vacancy_id)) == Funnel(2, 0, 0, 0)


def test_a_known_person_keeps_their_reference_in_the_next_vacancy(stage: Stage, now: datetime) -> None:
    invite(stage, now, Invitee("Ada", "ada@example.org", "P-1"))
    with stage.database.write() as session:
        second = open_vacancy(session, code="second", title="Second", form_version_id=stage.form_id, actor=stage.actor, now=now)
        people = [Invitee("Ada", "ada@example.org")]
        report = invite_applicants(session, vacancy_id=second.id, people=people, actor=stage.actor, now=now)
        assert report.invited[0].reference == "P-1"
        assert session.scalar(select(func.count()).select_from(Applicant)) == 1


BAD_LINES = [
    (Invitee("A", "not an address"), "no e-mail address"),
    (Invitee("A", "a@b\nBcc: everyone@example.org"), "no e-mail address"),
    (Invitee("A\u202eevil", "a@example.org"), "control characters"),
    (Invitee("A" * 201, "a@example.org"), "200 characters"),
    (Invitee("A", "a@example.org", "  "), "reference that is empty"),
    (Invitee("A", "a@example.org", "P-1"), "belongs to another person"),
    (Invitee("Ada", "ada@example.org", "P-2"), "known under the reference P-1"),
]


def test_one_bad_line_invites_nobody_and_says_which(stage: Stage, now: datetime) -> None:
    invite(stage, now, Invitee("Ada", "ada@example.org", "P-1"))
    for person, words in BAD_LINES:
        with pytest.raises(BadInput) as refused, stage.database.write() as session:
            people = [Invitee("Bo", "bo@example.org"), person]
            invite_applicants(session, vacancy_id=stage.vacancy_id, people=people, actor=stage.actor, now=now)
        assert [fault.where for fault in refused.value.faults] == ["line 2"]
        assert words in refused.value.faults[0].message
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Applicant)) == 1


def test_a_closed_vacancy_invites_nobody(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        close_vacancy(session, vacancy_id=stage.vacancy_id, actor=stage.actor, now=now)
        close_vacancy(session, vacancy_id=stage.vacancy_id, actor=stage.actor, now=now)
        assert [e.action for e in recent_events(session, stage.actor.organisation_id)].count("vacancy closed") == 1
    with pytest.raises(VacancyClosed):
        invite(stage, now, Invitee("Ada", "ada@example.org"))


def test_a_vacancy_past_its_closing_day_invites_nobody(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        vacancy = open_vacancy(
            session,
            code="brief",
            title="Brief",
            form_version_id=stage.form_id,
            actor=stage.actor,
            now=now,
            closes_at=now + timedelta(days=1),
        )
    with pytest.raises(VacancyClosed), stage.database.write() as session:
        people = [Invitee("Ada", "ada@example.org")]
        later = now + timedelta(days=1)
        invite_applicants(session, vacancy_id=vacancy.id, people=people, actor=stage.actor, now=later)


def test_an_imported_form_cannot_be_sent_to_anybody(stage: Stage, now: datetime) -> None:
    content = {"kind": "imported", "items": [{"code": "q1", "format": "likert"}]}
    with stage.database.write() as session:
        form = publish_imported_form(session, code="old", title="Old form", content=content, actor=stage.actor, now=now)
        again = publish_imported_form(session, code="old", title="Old form", content=content, actor=stage.actor, now=now)
        assert form.id == again.id
        vacancy = open_vacancy(session, code="old", title="Old", form_version_id=form.id, actor=stage.actor, now=now)
        assert [f.code for f in list_forms(session, stage.actor.organisation_id, "imported")] == ["old"]
        with pytest.raises(FormNotDelivered):
            people = [Invitee("Ada", "ada@example.org")]
            invite_applicants(session, vacancy_id=vacancy.id, people=people, actor=stage.actor, now=now)


def test_publishing_the_same_form_again_gives_the_same_version(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        assert stage.publish(session, now).id == stage.form_id
        changed = stage.publish(session, now, minutes=13.0)
        assert (changed.id != stage.form_id, changed.version) == (True, 2)


def test_what_belongs_to_another_organisation_is_not_there(stage: Stage, now: datetime) -> None:
    invite(stage, now, Invitee("Ada", "ada@example.org"))
    with stage.database.write() as session:
        other = add_organisation(session, slug="other", name="Other", now=now)
        stranger = Actor(other.id, "stranger", "A stranger", "recruiter")
        missing, theirs = [], []
        for vacancy_id, found in ((10**6, missing), (stage.vacancy_id, theirs)):
            for attempt in (
                lambda v=vacancy_id: find_vacancy(session, other.id, v),
                lambda v=vacancy_id: close_vacancy(session, vacancy_id=v, actor=stranger, now=now),
                lambda v=vacancy_id: invite_applicants(session, vacancy_id=v, people=[], actor=stranger, now=now),
                lambda v=vacancy_id: find_invitation(session, other.id, v, 1),
            ):
                with pytest.raises(NotFound) as refused:
                    attempt()
                found.append(str(refused.value))
        assert missing == theirs
        with pytest.raises(BadInput):
            open_vacancy(session, code="x", title="X", form_version_id=stage.form_id, actor=stranger, now=now)
        with pytest.raises(NotFound):
            find_form(session, other.id, stage.form_id)
        assert find_vacancy_by_code(session, other.id, "first") is None
        assert list_vacancies(session, other.id) == []
        assert list_forms(session, other.id) == []


def test_the_same_address_in_two_organisations_cannot_be_matched(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        other = add_organisation(session, slug="other", name="Other", now=now)
        pair = [
            add_applicant(session, organisation_id=o, reference=None, name="Ada", email="ada@example.org", simulated=False, now=now)
            for o in (stage.actor.organisation_id, other.id)
        ]
        assert pair[0].email_token != pair[1].email_token
        assert applicant_email(session, pair[1]) == "ada@example.org"


def test_two_recruiters_who_invite_one_new_person_at_once_make_one_applicant(stage: Stage, now: datetime) -> None:
    with stage.database.write() as session:
        second = open_vacancy(session, code="second", title="Second", form_version_id=stage.form_id, actor=stage.actor, now=now)
    failures: list[BaseException] = []
    gate = threading.Barrier(8)

    def work(vacancy_id: int) -> None:
        try:
            gate.wait()
            with stage.database.write() as session:
                people = [Invitee("Ada", "ada@example.org")]
                invite_applicants(session, vacancy_id=vacancy_id, people=people, actor=stage.actor, now=now)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=((stage.vacancy_id, second.id)[i % 2],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Applicant)) == 1
        assert session.scalar(select(func.count()).select_from(Invitation)) == 2
        assert verify_chain(session).holds


def test_the_audit_log_names_nobody(stage: Stage, now: datetime) -> None:
    invite(stage, now, Invitee("Ada Moreau", "ada@example.org", "P-1"))
    with stage.database.read() as session:
        log = str(session.execute(text("SELECT * FROM audit_event")).all())
        assert "applicant invited" in log
        for secret in ("Ada", "example.org", "P-1"):
            assert secret not in log
        vacancy = find_vacancy(session, stage.actor.organisation_id, stage.vacancy_id)
        assert len(list_invitations(session, vacancy)) == 1
