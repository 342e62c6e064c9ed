"""Publish: proposals, the second person's decision, release, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.bank.vocabulary import LANGUAGE_NAMES, SOURCE_LOCALE
from assessment.errors import BadInput, NotFound, Refusal
from assessment.keys import key_to_json
from assessment.services.keyring import find_key_version, scoring_key
from assessment.services.overview import (
    changed_components,
    key_histories,
    norm_groups,
    proposal_context,
    proposal_contexts,
)
from assessment.services.people.accounts import list_staff
from assessment.services.publishing import (
    approve_proposal,
    propose_norms,
    publish_key,
    refuse_proposal,
    roll_back,
    withdraw_proposal,
)
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.evidence import comparison_words, criterion_label

NORM_GROUP = 200


@dataclass(frozen=True, slots=True)
class Rejected:
    """What was asked of a form's keys (`back` or `norms`) and not done, why, and what had been typed."""

    what: str
    form_code: str
    why: str
    rationale: str
    language: str = SOURCE_LOCALE


@analyst.get("/proposals")
@seen_by(ANALYST, APPROVER)
def proposals() -> ResponseReturnValue:
    with database().read() as store:
        contexts = proposal_contexts(store, staff().organisation_id)
    rows = [
        {
            "proposal": c.proposal,
            "base_version": c.base.version,
            "version": c.new.version,
            "proposer": c.proposer,
            "strategy": _strategy_label(c.study.study.result, c.proposal.strategy) if c.study else c.proposal.strategy,
        }
        for c in contexts
    ]
    return render_template("analyst/proposals.html", rows=rows)


@analyst.get("/proposals/<int:proposal_id>")
@seen_by(ANALYST, APPROVER)
def proposal(proposal_id: int) -> ResponseReturnValue:
    return _proposal_page(proposal_id, "", None, 200)


@analyst.post("/proposals/<int:proposal_id>/decision")
@seen_by(APPROVER)
def decide(proposal_id: int) -> ResponseReturnValue:
    rationale, decision = request.form.get("rationale", "").strip(), request.form.get("decision")
    act = {"approve": approve_proposal, "refuse": refuse_proposal}.get(decision or "")
    if act is None:
        raise BadInput("Say whether you approve or refuse. Nothing was decided.")
    try:
        with database().write() as store:
            act(store, proposal_id=proposal_id, rationale=rationale, actor=staff(), now=now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _proposal_page(proposal_id, rationale, _words(refusal), refusal.status)
    flash("Approved. It can be published now." if decision == "approve" else "Refused. The key in force stays.", "done")
    return redirect(url_for("analyst.proposal", proposal_id=proposal_id))


@analyst.post("/proposals/<int:proposal_id>/withdraw")
@seen_by(ANALYST)
def withdraw(proposal_id: int) -> ResponseReturnValue:
    with database().write() as store:
        withdraw_proposal(store, proposal_id=proposal_id, actor=staff(), now=now())
    flash("Withdrawn. The key in force stays.", "done")
    return redirect(url_for("analyst.proposal", proposal_id=proposal_id))


@analyst.post("/proposals/<int:proposal_id>/publish")
@seen_by(ANALYST, APPROVER)
def publish(proposal_id: int) -> ResponseReturnValue:
    with database().write() as store:
        version = publish_key(store, proposal_id=proposal_id, actor=staff(), now=now()).version
    flash(f"Key v{version} is in force. Everyone who finished is being scored with it; the earlier scores stay beside.", "done")
    return redirect(url_for("analyst.proposal", proposal_id=proposal_id))


@analyst.get("/keys")
@seen_by(ANALYST, APPROVER)
def keys() -> ResponseReturnValue:
    return _keys_page(None, 200)


@analyst.get("/keys/<int:key_version_id>.json")
@seen_by(ANALYST, APPROVER)
def key_json(key_version_id: int) -> ResponseReturnValue:
    with database().read() as store:
        version = find_key_version(store, staff().organisation_id, key_version_id)
    name = f"key-{version.form_code}-v{version.version}.json"
    return Response(
        key_to_json(scoring_key(version)),
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@analyst.post("/keys/<form_code>/back")
@seen_by(ANALYST, APPROVER)
def go_back(form_code: str) -> ResponseReturnValue:
    rationale = request.form.get("rationale", "").strip()
    try:
        with database().write() as store:
            roll_back(store, form_code=form_code, rationale=rationale, actor=staff(), now=now())
    except NotFound:
        raise
    except Refusal as refusal:
        return _keys_page(Rejected("back", form_code, _words(refusal), rationale), refusal.status)
    flash("The earlier key is in force again, and its scores count again.", "done")
    return redirect(url_for("analyst.keys"))


@analyst.post("/keys/<form_code>/norms")
@seen_by(ANALYST)
def propose_norm_group(form_code: str) -> ResponseReturnValue:
    rationale, language = request.form.get("rationale", "").strip(), request.form.get("language", SOURCE_LOCALE)
    if language not in LANGUAGE_NAMES:
        raise BadInput("Choose one of the languages. Nothing was proposed.")
    try:
        with database().write() as store:
            number = propose_norms(store, form_code=form_code, rationale=rationale, actor=staff(), now=now(), language=language).id
    except NotFound:
        raise
    except Refusal as refusal:
        return _keys_page(Rejected("norms", form_code, _words(refusal), rationale, language), refusal.status)
    flash("Proposed. A person with the approver's role decides next.", "done")
    return redirect(url_for("analyst.proposal", proposal_id=number))


def _proposal_page(proposal_id: int, typed: str, fault: str | None, status: int) -> ResponseReturnValue:
    with database().read() as store:
        context = proposal_context(store, staff().organisation_id, proposal_id)
    result = context.study.study.result if context.study else None
    norms = norm_groups(context.new.content).get(context.proposal.evidence.get("language", SOURCE_LOCALE))
    page = render_template(
        "analyst/proposal.html",
        proposal=context.proposal,
        base=context.base,
        new=context.new,
        proposer=context.proposer,
        decider=context.decider,
        components=changed_components(context.base, context.new),
        result=result,
        key=context.base,
        norms=norms,
        criterion_label=criterion_label(context.study.study.declaration) if context.study else "",
        simulated=context.study.vacancy.simulated if context.study else bool((norms or {}).get("simulated")),
        typed=typed,
        fault=fault,
        **(comparison_words(result) if result else {}),
    )
    return page, status


def _keys_page(rejected: Rejected | None, status: int) -> ResponseReturnValue:
    with database().read() as store:
        histories = key_histories(store, staff().organisation_id)
        names = {member.subject: member.name for member in list_staff(store, staff().organisation_id)}
    forms = [
        {
            "code": h.code,
            "title": h.title,
            "versions": [
                {
                    "row": v,
                    "norms": "; ".join(group["name"] for group in norm_groups(v.content).values()),
                    "simulated": any(group.get("simulated", False) for group in norm_groups(v.content).values()),
                    "released": v.id in h.ever_released,
                }
                for v in h.versions
            ],
            "releases": h.releases,
            "in_force": h.in_force,
            "previous": h.previous,
            "can_norm": h.finished >= NORM_GROUP,
            "languages": {code: LANGUAGE_NAMES.get(code, code) for code in h.locales},
        }
        for h in histories
    ]
    return render_template("analyst/keys.html", forms=forms, names=names, rejected=rejected), status


def _strategy_label(result: object, name: str) -> str:
    if isinstance(result, dict):
        return next((str(s["label"]) for s in result.get("strategies", []) if s["name"] == name), name)
    return name


def _words(refusal: Refusal) -> str:
    return "; ".join(f.message for f in refusal.faults) if isinstance(refusal, BadInput) and refusal.faults else str(refusal)
