"""The blueprint, and what its views share."""

from __future__ import annotations

from flask import Blueprint, current_app

from assessment.services.delivery import AnswerDesk
from assessment.web.access import database
from assessment.web.identifiers import refuse_impossible_ids

applicant = Blueprint("applicant", __name__, url_prefix="/take")
applicant.url_value_preprocessor(refuse_impossible_ids)


def desk() -> AnswerDesk:
    """The process' answer desk, made with the first answer."""
    found = current_app.extensions.get("answers")
    if found is None:
        found = current_app.extensions.setdefault("answers", AnswerDesk(database()))
    assert isinstance(found, AnswerDesk)
    return found
