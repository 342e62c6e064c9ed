"""The blueprint that the recruiter's pages belong to, and what they share."""

from __future__ import annotations

from flask import Blueprint, current_app

from assessment.config import Settings
from assessment.web.access import ADMINISTRATOR, RECRUITER
from assessment.web.identifiers import refuse_impossible_ids

recruiter = Blueprint("recruiter", __name__)

READERS = (RECRUITER, ADMINISTRATOR)
HERE = "Jobs"
"""The tab that all of these pages belong to."""

OUTCOME_WORDS = {"new": "New", "interview": "Interview", "hold": "On hold", "decline": "Declined", "hire": "Hired"}
STAGE_WORDS = {
    "invited": "Invited, not started",
    "started": "Started, not finished",
    "waiting": "Finished, not scored yet",
    "too_little": "Too little answered to score",
    "withdrawn": "Withdrew",
}


recruiter.url_value_preprocessor(refuse_impossible_ids)


def settings() -> Settings:
    """The application's settings."""
    found = current_app.extensions["settings"]
    assert isinstance(found, Settings)
    return found
