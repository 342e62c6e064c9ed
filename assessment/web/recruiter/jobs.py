"""The list of jobs, and opening and closing one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, Fault
from assessment.services.authoring import list_forms
from assessment.services.inviting import close_vacancy, funnel, list_vacancies, open_vacancy
from assessment.services.requests.request_queue import count_waiting
from assessment.web.access import database, now, seen_by, staff
from assessment.web.identifiers import LARGEST_ID
from assessment.web.recruiter.blueprint import HERE, READERS, recruiter


@recruiter.get("/jobs")
@seen_by(*READERS)
def vacancies() -> ResponseReturnValue:
    return _jobs_page({}, (), "")


@recruiter.post("/jobs")
@seen_by(*READERS)
def add_vacancy() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").replace("\x00", "").strip()[:500] for name in ("code", "title", "form")}
    try:
        with database().write() as store:
            vacancy = open_vacancy(
                store,
                code=typed["code"],
                title=typed["title"],
                form_version_id=whole(typed["form"]),
                actor=staff(),
                now=now(),
            )
            vacancy_id = vacancy.id
    except BadInput as refusal:
        return _jobs_page(typed, refusal.faults, str(refusal)), 422
    flash("The job is open. Invite the first people.", "done")
    return redirect(url_for("recruiter.invite", vacancy_id=vacancy_id))


@recruiter.post("/jobs/<int:vacancy_id>/close")
@seen_by(*READERS)
def close(vacancy_id: int) -> ResponseReturnValue:
    with database().write() as store:
        close_vacancy(store, vacancy_id=vacancy_id, actor=staff(), now=now())
    flash("The job is closed. Nobody can be invited or start any more; people who have begun may finish.", "done")
    return redirect(url_for("recruiter.candidates", vacancy_id=vacancy_id))


def whole(text: str) -> int:
    """A whole number that a field holds, 0 (which is nobody's id) if it holds none."""
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _jobs_page(typed: Mapping[str, str], faults: tuple[Fault, ...], refusal: str) -> str:
    organisation_id = staff().organisation_id
    with database().read() as store:
        jobs = [(vacancy, funnel(store, vacancy)) for vacancy in list_vacancies(store, organisation_id)]
        forms = [(form.id, f"{form.title}, version {form.version}") for form in list_forms(store, organisation_id, "delivered")]
        waiting = count_waiting(store, actor=staff(), now=now())
    return render_template(
        "recruiter/jobs.html",
        jobs=jobs,
        requests=waiting,
        forms=forms,
        typed=typed,
        faults=faults,
        errors={fault.where: fault.message for fault in faults},
        refusal=refusal,
        simulated=any(vacancy.simulated for vacancy, _ in jobs),
        here=HERE,
    )
