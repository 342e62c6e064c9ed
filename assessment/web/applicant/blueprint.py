"""The blueprint, and what its views share."""

from __future__ import annotations

from flask import Blueprint, current_app, session

from assessment.services.delivery import AnswerDesk
from assessment.web.access import database
from assessment.web.identifiers import refuse_impossible_ids

ASKED_HERE = "asked_here"

applicant = Blueprint("applicant", __name__, url_prefix="/take")
applicant.url_value_preprocessor(refuse_impossible_ids)


def asked_here() -> bool:
    """True in the browser that asked for an adjustment. Others may hold the link: they are told nothing of it."""
    return session.get(ASKED_HERE) is True


def desk() -> AnswerDesk:
    """The process' answer desk, made with the first answer."""
    found = current_app.extensions.get("answers")
    if found is None:
        found = current_app.extensions.setdefault("answers", AnswerDesk(database()))
    assert isinstance(found, AnswerDesk)
    return found
