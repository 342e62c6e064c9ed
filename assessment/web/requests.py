"""What applicants ask about their data and result: the queue, and the reply to each. Staff see the kinds that they answer."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput
from assessment.services.requests.request_queue import (
    ANSWERED_BY,
    AlreadyAnswered,
    Reply,
    RequestChanged,
    answer_request,
    find_request,
    list_requests,
)
from assessment.web.access import ADMINISTRATOR, RECRUITER, database, now, seen_by, staff
from assessment.web.identifiers import refuse_impossible_ids

requests = Blueprint("requests", __name__)
requests.url_value_preprocessor(refuse_impossible_ids)


@requests.get("/requests")
@seen_by(ADMINISTRATOR, RECRUITER)
def queue() -> ResponseReturnValue:
    kinds = ANSWERED_BY[staff().role]
    kind = request.args.get("kind") if request.args.get("kind") in kinds else None
    late = request.args.get("due") == "overdue"
    with database().read() as store:
        waiting, ended = list_requests(store, actor=staff(), now=now(), kind=kind)
    shown = [case for case in waiting if case.overdue or not late]
    return render_template(
        "requests/queue.html",
        waiting=shown,
        n_waiting=len(waiting),
        ended=[] if late else ended,
        kinds=kinds,
        kind=kind,
        late=late,
        simulated=any(case.simulated for case in (*shown, *ended)),
    )


@requests.get("/requests/<int:request_id>")
@seen_by(ADMINISTRATOR, RECRUITER)
def detail(request_id: int) -> ResponseReturnValue:
    return _detail(request_id, None, None)


@requests.post("/requests/<int:request_id>")
@seen_by(ADMINISTRATOR, RECRUITER)
def answer(request_id: int) -> ResponseReturnValue:
    reply = Reply(
        outcome=request.form.get("outcome", ""),
        text=request.form.get("reply", ""),
        name=request.form.get("name") == "yes",
        email=request.form.get("email") == "yes",
    )
    try:
        with database().write() as store:
            case = answer_request(
                store,
                request_id=request_id,
                read_at=_moment(request.form.get("read_at", "")),
                reply=reply,
                actor=staff(),
                now=now(),
            )
    except BadInput as refusal:
        return _detail(request_id, reply, refusal), refusal.status
    except (AlreadyAnswered, RequestChanged) as refusal:
        flash(str(refusal), "look")
        return redirect(url_for("requests.detail", request_id=request_id), 303)
    flash(f"Answered. {case.name} reads the reply on their page.", "done")
    return redirect(url_for("requests.queue"), 303)


def _detail(request_id: int, typed: Reply | None, refusal: BadInput | None) -> str:
    with database().read() as store:
        case = find_request(store, request_id=request_id, actor=staff(), now=now())
    return render_template(
        "requests/detail.html",
        case=case,
        typed=typed or Reply("", ""),
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        refusal=refusal,
        simulated=case.simulated,
        here="Requests",
    )


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RequestChanged() from None
