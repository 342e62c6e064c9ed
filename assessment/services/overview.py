"""What the analyst's pages show: records of several stages read together, and nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import NotFound
from assessment.records.form import FormVersion
from assessment.records.key import KeyRelease, KeyVersion
from assessment.records.observation import Hire
from assessment.records.organisation import StaffMember
from assessment.records.sitting import Sitting
from assessment.records.study import Proposal, Study
from assessment.records.vacancy import Vacancy
from assessment.services.criterion import CriterionSummary, list_criteria
from assessment.services.keyring import NoKeyInForce, key_in_force

FINISHED = ("submitted", "overdue", "imported")
COMPONENTS = {
    "options": "Option scores",
    "weights": "Item, facet and composite weights",
    "model": "Scoring model",
    "norms": "Norm group",
}


@dataclass(frozen=True, slots=True)
class VacancyEvidence:
    """How far the evidence of one vacancy has come."""

    vacancy: Vacancy
    form: FormVersion
    key: KeyVersion | None
    finished: int
    hired: int
    criteria: list[CriterionSummary]
    study: Study | None
    comparison: Study | None


@dataclass(frozen=True, slots=True)
class StudyContext:
    """A study with the vacancy, form and key it is about."""

    study: Study
    vacancy: Vacancy
    form: FormVersion
    key: KeyVersion


@dataclass(frozen=True, slots=True)
class Released:
    """A release in a form's history, newest first; `version` is the key's."""

    version: int
    reason: str
    released_by: str
    released_at: Any


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """Every key version of a form, newest first, and its releases, newest first. `locales` are the form's languages."""

    code: str
    title: str
    locales: tuple[str, ...]
    versions: list[KeyVersion]
    releases: list[Released]
    in_force: KeyVersion | None
    previous: KeyVersion | None
    ever_released: frozenset[int]
    finished: int


@dataclass(frozen=True, slots=True)
class ProposalContext:
    """A proposal with both key versions and the people involved."""

    proposal: Proposal
    base: KeyVersion
    new: KeyVersion
    proposer: str
    decider: str | None
    study: StudyContext | None


def evidence_by_vacancy(session: Session, organisation_id: int) -> list[VacancyEvidence]:
    """All vacancies, newest first, with what is known about each."""
    rows = session.execute(
        select(Vacancy, FormVersion)
        .join(FormVersion, FormVersion.id == Vacancy.form_version_id)
        .where(Vacancy.organisation_id == organisation_id)
        .order_by(Vacancy.id.desc())
    ).all()
    finished = _counts(
        session,
        select(Sitting.vacancy_id, func.count()).where(Sitting.state.in_(FINISHED)).group_by(Sitting.vacancy_id),
        organisation_id,
    )
    hired = _counts(
        session,
        select(Sitting.vacancy_id, func.count(func.distinct(Hire.id)))
        .join(Hire, Hire.applicant_id == Sitting.applicant_id)
        .where(Sitting.state.in_(FINISHED))
        .group_by(Sitting.vacancy_id),
        organisation_id,
    )
    return [
        VacancyEvidence(
            vacancy,
            form,
            _in_force(session, organisation_id, form.code),
            finished.get(vacancy.id, 0),
            hired.get(vacancy.id, 0),
            list_criteria(session, organisation_id, vacancy.id),
            _newest(session, vacancy.id, "validity"),
            _newest(session, vacancy.id, "recalibration"),
        )
        for vacancy, form in rows
    ]


def study_contexts(session: Session, organisation_id: int, kind: str) -> list[StudyContext]:
    """All studies of a kind, newest first."""
    return [
        StudyContext(*row)
        for row in session.execute(_study_query(organisation_id).where(Study.kind == kind).order_by(Study.id.desc())).all()
    ]


def study_context(session: Session, organisation_id: int, study_id: int) -> StudyContext:
    """One study; raises `NotFound`."""
    row = session.execute(_study_query(organisation_id).where(Study.id == study_id)).first()
    if row is None:
        raise NotFound()
    return StudyContext(*row)


def newest_validity(session: Session, study: Study) -> Study | None:
    """The newest finished validity study of the same vacancy and criterion."""
    finished = session.scalars(
        select(Study)
        .where(Study.organisation_id == study.organisation_id, Study.vacancy_id == study.vacancy_id)
        .where(Study.kind == "validity", Study.state == "finished")
        .order_by(Study.id.desc())
    )
    return next((found for found in finished if found.declaration["criterion"] == study.declaration["criterion"]), None)


def proposal_contexts(session: Session, organisation_id: int) -> list[ProposalContext]:
    """All proposals, newest first."""
    found = session.scalars(select(Proposal).where(Proposal.organisation_id == organisation_id).order_by(Proposal.id.desc()))
    return [_proposal(session, proposal) for proposal in found]


def proposal_context(session: Session, organisation_id: int, proposal_id: int) -> ProposalContext:
    """One proposal; raises `NotFound`."""
    proposal = session.scalar(select(Proposal).where(Proposal.id == proposal_id, Proposal.organisation_id == organisation_id))
    if proposal is None:
        raise NotFound()
    return _proposal(session, proposal)


def key_histories(session: Session, organisation_id: int) -> list[KeyHistory]:
    """The key history of every form that has a key."""
    codes = session.scalars(
        select(KeyVersion.form_code).where(KeyVersion.organisation_id == organisation_id).distinct().order_by(KeyVersion.form_code)
    )
    return [_history(session, organisation_id, code) for code in codes]


def norm_groups(content: Mapping[str, Any]) -> dict[str, Any]:
    """The norm groups of a key version's content by language."""
    source = content.get("norms")
    return ({SOURCE_LOCALE: source} if source else {}) | dict(content.get("norms_in", {}))


def changed_components(base: KeyVersion, new: KeyVersion) -> list[dict[str, Any]]:
    """Each component of two key versions with the beginning of its hash, and whether it is the same."""
    return [
        {
            "name": name,
            "old": _short(base.component_hashes.get(code)),
            "new": _short(new.component_hashes.get(code)),
            "same": base.component_hashes.get(code) == new.component_hashes.get(code),
        }
        for code, name in COMPONENTS.items()
    ]


def _study_query(organisation_id: int) -> Any:
    return (
        select(Study, Vacancy, FormVersion, KeyVersion)
        .join(Vacancy, Vacancy.id == Study.vacancy_id)
        .join(FormVersion, FormVersion.id == Vacancy.form_version_id)
        .join(KeyVersion, KeyVersion.id == Study.key_version_id)
        .where(Study.organisation_id == organisation_id)
    )


def _proposal(session: Session, proposal: Proposal) -> ProposalContext:
    base, new = session.get_one(KeyVersion, proposal.base_key_version_id), session.get_one(KeyVersion, proposal.key_version_id)
    people = session.scalars(select(StaffMember).where(StaffMember.id.in_([proposal.proposed_by_id, proposal.decided_by_id or 0])))
    names = {person.id: person.name for person in people}
    study = study_context(session, proposal.organisation_id, proposal.study_id) if proposal.study_id else None
    decider = names.get(proposal.decided_by_id) if proposal.decided_by_id else None
    return ProposalContext(proposal, base, new, names[proposal.proposed_by_id], decider, study)


def _history(session: Session, organisation_id: int, code: str) -> KeyHistory:
    versions = list(
        session.scalars(
            select(KeyVersion)
            .where(KeyVersion.organisation_id == organisation_id, KeyVersion.form_code == code)
            .order_by(KeyVersion.version.desc())
        )
    )
    by_id = {version.id: version for version in versions}
    releases = list(
        session.scalars(
            select(KeyRelease)
            .where(KeyRelease.organisation_id == organisation_id, KeyRelease.form_code == code)
            .order_by(KeyRelease.id.desc())
        )
    )
    in_force = by_id.get(releases[0].key_version_id) if releases else None
    earlier = [by_id[r.key_version_id] for r in releases[1:] if in_force and r.key_version_id != in_force.id]
    newest = session.execute(
        select(FormVersion.title, FormVersion.content["locales"].label("locales"))
        .where(FormVersion.organisation_id == organisation_id, FormVersion.code == code)
        .order_by(FormVersion.id.desc())
        .limit(1)
    ).first()
    finished = session.scalar(
        select(func.count())
        .select_from(Sitting)
        .join(FormVersion, FormVersion.id == Sitting.form_version_id)
        .where(Sitting.organisation_id == organisation_id, FormVersion.code == code, Sitting.state.in_(FINISHED))
    )
    return KeyHistory(
        code,
        newest.title if newest else code,
        tuple((newest.locales if newest else None) or ()),
        versions,
        [Released(by_id[r.key_version_id].version, r.reason, r.released_by, r.released_at) for r in releases],
        in_force,
        earlier[0] if earlier else None,
        frozenset(r.key_version_id for r in releases),
        finished or 0,
    )


def _in_force(session: Session, organisation_id: int, code: str) -> KeyVersion | None:
    try:
        return key_in_force(session, organisation_id, code)
    except NoKeyInForce:
        return None


def _newest(session: Session, vacancy_id: int, kind: str) -> Study | None:
    return session.scalar(
        select(Study).where(Study.vacancy_id == vacancy_id, Study.kind == kind).order_by(Study.id.desc()).limit(1)
    )


def _counts(session: Session, query: Any, organisation_id: int) -> dict[int, int]:
    rows = session.execute(query.where(Sitting.organisation_id == organisation_id))
    return {vacancy_id: n for vacancy_id, n in rows}  # noqa: C416 (a row is no pair for dict())


def _short(hash_: object) -> str:
    return str(hash_).removeprefix("sha256:")[:12] if hash_ else "none"
