"""The blueprint, and what its views share."""

from __future__ import annotations

from flask import Blueprint, Flask, session

from assessment.services.delivery import AnswerDesk
from assessment.web.identifiers import refuse_impossible_ids

ASKED_HERE = "asked_here"

applicant = Blueprint("applicant", __name__, url_prefix="/take")
applicant.url_value_preprocessor(refuse_impossible_ids)


def asked_here() -> bool:
    """True in the browser that asked for an adjustment. Others may hold the link: they are told nothing of it."""
    return session.get(ASKED_HERE) is True


def answer_desk(app: Flask) -> AnswerDesk:
    """The process' answer desk, made with the first answer."""
    found = app.extensions.get("answers")
    if found is None:
        found = app.extensions.setdefault("answers", AnswerDesk(app.extensions["database"]))
    assert isinstance(found, AnswerDesk)
    return found
