"""Inviting people: a pasted list or a file, a preview line by line, and personal links to send."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, Fault
from assessment.integrations.exports import safe_file_name, write_csv
from assessment.integrations.invitations import InvitationList, Invitee, read_invitations
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import find_form
from assessment.services.inviting import find_vacancy, invite_applicants, takes_applicants
from assessment.services.people.invitation_links import PersonalLink, list_invited, open_link, open_links
from assessment.services.people.invitation_preview import preview_invitations
from assessment.web.access import database, now, seen_by, staff
from assessment.web.recruiter.blueprint import HERE, READERS, recruiter
from assessment.web.recruiter.jobs import whole

LONGEST_SHOWN = 500
"""Lines of a preview that are printed; all are counted and all are invited."""


@recruiter.get("/jobs/<int:vacancy_id>/invite")
@seen_by(*READERS)
def invite(vacancy_id: int) -> ResponseReturnValue:
    return _invite_page(vacancy_id, "", ())


@recruiter.post("/jobs/<int:vacancy_id>/invite")
@seen_by(*READERS)
def preview(vacancy_id: int) -> ResponseReturnValue:
    pasted = request.form.get("list", "")
    file = request.files.get("file")
    content = file.read() if file is not None and file.filename else b""
    try:
        if not content and not pasted.strip():
            raise BadInput("Nobody was invited.", [Fault("list", "is empty. Paste at least one address, or choose a file")])
        listed = read_invitations(content or pasted)
    except BadInput as refusal:
        return _invite_page(vacancy_id, pasted, refusal.faults or (Fault("list", str(refusal)),)), 422
    return _preview_page(vacancy_id, listed)


@recruiter.post("/jobs/<int:vacancy_id>/invite/confirm")
@seen_by(*READERS)
def confirm(vacancy_id: int) -> ResponseReturnValue:
    pasted = request.form.get("list", "")
    try:
        listed = read_invitations(pasted)
        with database().write() as store:
            report = invite_applicants(store, vacancy_id=vacancy_id, people=listed.people, actor=staff(), now=now())
    except BadInput as refusal:
        return _invite_page(vacancy_id, pasted, refusal.faults or (Fault("list", str(refusal)),)), 422
    n, already = len(report.invited), len(report.already)
    session[f"invited {vacancy_id}"] = [invited.reference for invited in report.invited][-LONGEST_SHOWN:]
    left = f" {already} had a link already and keep it." if already else ""
    flash(f"{n} {'person has' if n == 1 else 'people have'} a personal link now.{left}", "done")
    return redirect(url_for("recruiter.invitations", vacancy_id=vacancy_id))


@recruiter.get("/jobs/<int:vacancy_id>/invitations")
@seen_by(*READERS)
def invitations(vacancy_id: int) -> ResponseReturnValue:
    new = session.pop(f"invited {vacancy_id}", None)
    if not new:
        return _invitations_page(vacancy_id, ())
    with database().write() as store:  # showing links is noted in the audit log
        links = open_links(store, vacancy_id=vacancy_id, actor=staff(), now=now(), references=new)
    return _invitations_page(vacancy_id, links)


@recruiter.post("/jobs/<int:vacancy_id>/invitations/<int:applicant_id>/link")
@seen_by(*READERS)
def show_link(vacancy_id: int, applicant_id: int) -> ResponseReturnValue:
    with database().write() as store:
        link = open_link(store, vacancy_id=vacancy_id, applicant_id=applicant_id, actor=staff(), now=now())
    return _invitations_page(vacancy_id, [link])


@recruiter.post("/jobs/<int:vacancy_id>/invitations.csv")
@seen_by(*READERS)
def links_file(vacancy_id: int) -> ResponseReturnValue:
    with database().write() as store:
        vacancy = find_vacancy(store, staff().organisation_id, vacancy_id)
        links = open_links(store, vacancy_id=vacancy_id, actor=staff(), now=now())
    columns = ["name", "email", "reference", "link", *(["simulated"] if vacancy.simulated else [])]
    simulated = [True] if vacancy.simulated else []
    rows = ([link.name, link.email, link.reference, address(link), *simulated] for link in links)
    name = safe_file_name(f"{vacancy.code} links.csv")
    return Response(
        "".join(write_csv(columns, rows, byte_order_mark=True)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def address(link: PersonalLink) -> str:
    """The link in full, as it is sent to the person."""
    return f"{request.url_root.rstrip('/')}/take/{link.token}"


def as_list(people: Sequence[Invitee]) -> str:
    """The people as a table that `read_invitations` reads: what a confirmation sends back."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["email", "name", "reference"])
    writer.writerows([person.email, person.name or "", person.reference or ""] for person in people)
    return buffer.getvalue()


def _vacancy(vacancy_id: int) -> tuple[Vacancy, bool]:
    """The job, and whether people can be invited to it now."""
    with database().read() as store:
        vacancy = find_vacancy(store, staff().organisation_id, vacancy_id)
        form = find_form(store, staff().organisation_id, vacancy.form_version_id)
        return vacancy, takes_applicants(vacancy, now()) and form.origin == "delivered"


def _invite_page(vacancy_id: int, pasted: str, faults: Sequence[Fault]) -> str:
    vacancy, possible = _vacancy(vacancy_id)
    return render_template(
        "recruiter/invite.html",
        vacancy=vacancy,
        possible=possible,
        pasted=pasted,
        faults=faults,
        simulated=vacancy.simulated,
        here=HERE,
    )


def _preview_page(vacancy_id: int, listed: InvitationList) -> str:
    vacancy, possible = _vacancy(vacancy_id)
    with database().read() as store:
        lines = preview_invitations(store, organisation_id=vacancy.organisation_id, vacancy_id=vacancy_id, people=listed.people)
    good = [person for person, line in zip(listed.people, lines, strict=True) if line.fate in ("new", "known")]
    refused = [(p.line, line.reason, p.email) for p, line in zip(listed.people, lines, strict=True) if line.fate == "refused"]
    refused += [(line.line, line.reason, line.raw) for line in listed.refused]
    return render_template(
        "recruiter/preview.html",
        vacancy=vacancy,
        possible=possible,
        lines=lines[:LONGEST_SHOWN],
        n_lines=len(lines),
        n_new=len(good),
        n_already=sum(line.fate == "already" for line in lines),
        refused=sorted(refused)[:LONGEST_SHOWN],
        n_refused=len(refused),
        notes=listed.notes,
        confirmed=as_list(good),
        simulated=vacancy.simulated,
        here=HERE,
    )


def _invitations_page(vacancy_id: int, links: Sequence[PersonalLink]) -> str:
    vacancy, possible = _vacancy(vacancy_id)
    with database().read() as store:
        people, page, n_pages = list_invited(
            store,
            organisation_id=staff().organisation_id,
            vacancy_id=vacancy_id,
            page=whole(request.args.get("page", "1")) or 1,
        )
    return render_template(
        "recruiter/invitations.html",
        vacancy=vacancy,
        possible=possible,
        people=people,
        page=page,
        n_pages=n_pages,
        links=[(link, address(link)) for link in links],
        simulated=vacancy.simulated,
        here=HERE,
    )
