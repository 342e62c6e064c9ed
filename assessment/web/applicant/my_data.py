"""What is kept about the applicant, to read and to take away, and what they ask about it."""

from __future__ import annotations

import json

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, NotFound
from assessment.services.delivery import find_standing
from assessment.services.requests.personal_record import own_record
from assessment.services.requests.request_words import KINDS, Said
from assessment.services.requests.requesting import list_own_requests, make_request, take_back_request
from assessment.web.access import APPLICANT, database, invitation_id, now, seen_by
from assessment.web.applicant.blueprint import applicant, asked_here
from assessment.web.languages import say


@applicant.get("/my-data")
@seen_by(APPLICANT)
def my_data() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        requests = list_own_requests(store, invitation_id=invitation_id())
        record = own_record(store, invitation_id=invitation_id(), with_adjustments=asked_here(), now=now())
    return render_template(
        "applicant/my_data.html", standing=standing, requests=requests, record=record, simulated=standing.simulated
    )


@applicant.get("/my-data/file")
@seen_by(APPLICANT)
def my_data_file() -> ResponseReturnValue:
    with database().read() as store:
        record = own_record(store, invitation_id=invitation_id(), with_adjustments=asked_here(), now=now())
    record["left_out"] = [say(sentence) for sentence in record["left_out"]]
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(text, content_type="application/json; charset=utf-8", headers=headers)


@applicant.get("/my-data/ask/<kind>")
@seen_by(APPLICANT)
def ask_form(kind: str) -> ResponseReturnValue:
    return _ask(kind, Said(), None)


@applicant.post("/my-data/ask/<kind>")
@seen_by(APPLICANT)
def ask(kind: str) -> ResponseReturnValue:
    said = Said(**{name: request.form.get(name, "") for name in ("words", "wrong", "right", "name", "email")})
    try:
        with database().write() as store:
            make_request(store, invitation_id=invitation_id(), kind=kind, said=said, now=now())
    except BadInput as refusal:
        return _ask(kind, said, refusal), refusal.status
    return redirect(url_for("applicant.my_data", _anchor="requests"), 303)


@applicant.post("/my-data/requests/<int:request_id>/take-back")
@seen_by(APPLICANT)
def take_back(request_id: int) -> ResponseReturnValue:
    with database().write() as store:
        take_back_request(store, invitation_id=invitation_id(), request_id=request_id, now=now())
    return redirect(url_for("applicant.my_data", _anchor="requests"), 303)


def _ask(kind: str, typed: Said, refusal: BadInput | None) -> str:
    if kind not in KINDS:
        raise NotFound()
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        requests = list_own_requests(store, invitation_id=invitation_id())
    open_one = next((r for r in requests if r.kind == kind and r.state == "open" and r.invitation_id == invitation_id()), None)
    return render_template(
        "applicant/ask.html",
        standing=standing,
        kind=kind,
        days=standing.policy.reply_days,
        open_one=open_one,
        typed=typed,
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        refusal=refusal,
        simulated=standing.simulated,
    )
