"""The notice: as it is now, as it was agreed to, and agreeing anew when it means something else."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from assessment.errors import BadInput, Fault, Words
from assessment.services.delivery import Notice, SittingClosed, Standing, agreed_text, find_standing, give_consent, notice_for
from assessment.web.access import APPLICANT, database, invitation_id, now, seen_by
from assessment.web.applicant.arriving import place_of
from assessment.web.applicant.blueprint import applicant


@applicant.get("/notice")
@seen_by(APPLICANT)
def notice() -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
        agreed = agreed_text(store, consent=standing.consent) if standing.consent else None
    return render_template(
        "applicant/notice.html", standing=standing, notice=notice_now(standing), agreed=agreed, simulated=standing.simulated
    )


@applicant.get("/agree")
@seen_by(APPLICANT)
def agree() -> ResponseReturnValue:
    return _agree(None)


@applicant.post("/agree")
@seen_by(APPLICANT)
def agree_again() -> ResponseReturnValue:
    """Agree to a notice that changed in the middle of the questionnaire."""
    try:
        if request.form.get("consent") != "yes":
            raise BadInput(Words("Nothing was changed."), [Fault("consent", Words("Tick the box if you agree to go on."))])
        with database().write() as store:
            give_consent(store, invitation_id=invitation_id(), now=now(), notice_hash=request.form.get("notice", ""))
    except BadInput as refusal:
        return _agree(refusal)
    except SittingClosed:
        pass  # the last page says so
    return redirect(url_for("applicant.home"), 303)


def notice_now(standing: Standing) -> Notice:
    """The notice as it is now, in the language of the page."""
    return notice_for(standing.organisation, str(get_locale() or "en"))


def _agree(refusal: BadInput | None) -> ResponseReturnValue:
    with database().read() as store:
        standing = find_standing(store, invitation_id=invitation_id())
    here = place_of(standing)
    if here != url_for("applicant.agree"):
        return redirect(here)
    page = render_template(
        "applicant/agree.html", standing=standing, notice=notice_now(standing), simulated=standing.simulated, refusal=refusal
    )
    return page, refusal.status if refusal else 200
