"""What the organisation decided and stated about its applicants' data, and the notice that follows from it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput
from assessment.notices import JURISDICTIONS, LANGUAGES
from assessment.services.people.policies import Policy, PolicyChanged, find_policy, read_policy, set_policy
from assessment.services.people.policy_fields import LEGAL_BASES
from assessment.services.sitting.notice import notice_under
from assessment.web.access import ADMINISTRATOR, database, now, seen_by, staff
from assessment.web.admin.blueprint import admin

SWITCHES = ("self_identification", "share_feedback")


@admin.get("/organisation/policy")
@seen_by(ADMINISTRATOR)
def policy() -> ResponseReturnValue:
    with database().read() as store:
        _, held = find_policy(store, actor=staff())
    return _policy_page(_typed(held), held.digest)


@admin.post("/organisation/policy")
@seen_by(ADMINISTRATOR)
def save_policy() -> ResponseReturnValue:
    """Save the policy, or show the notices that it would make."""
    typed, seen = dict(request.form), request.form.get("seen", "")
    try:
        wanted = read_policy(typed, now().date())
        if request.form.get("go") == "preview":
            return _policy_page(typed, seen, preview=wanted)
        with database().write() as store:
            set_policy(store, policy=wanted, seen=seen, actor=staff(), now=now())
    except BadInput as refusal:
        return _policy_page(typed, seen, refusal=refusal)
    except PolicyChanged as refusal:
        flash(str(refusal), "look")
        return redirect(url_for("admin.policy"), 303)
    flash("The policy is saved. Applicants read the new notice from now on.", "done")
    return redirect(url_for("admin.policy"), 303)


def _policy_page(
    typed: dict[str, str], seen: str, *, preview: Policy | None = None, refusal: BadInput | None = None
) -> ResponseReturnValue:
    with database().read() as store:
        organisation, held = find_policy(store, actor=staff())
    shown = preview or held
    page = render_template(
        "admin/policy.html",
        jurisdictions=JURISDICTIONS.values(),
        legal_bases=LEGAL_BASES,
        typed=typed,
        seen=seen,
        held=held,
        today=now().date(),
        preview=preview,
        notices=[notice_under(shown, organisation.name, language) for language in LANGUAGES],
        errors={fault.where: fault.message for fault in refusal.faults} if refusal else {},
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


def _typed(held: Policy) -> dict[str, str]:
    """A policy as its form would hold it."""
    typed = {}
    for name, value in asdict(held).items():
        if name in SWITCHES:
            typed[name] = "yes" if value else ""
        elif isinstance(value, date):
            typed[name] = value.isoformat()
        else:
            typed[name] = "" if value is None else str(value)
    return typed
