"""The blueprint that the recruiter's pages belong to, and what they share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from assessment.config import Settings
from assessment.errors import NotFound
from assessment.web.access import ADMINISTRATOR, RECRUITER

recruiter = Blueprint("recruiter", __name__)

READERS = (RECRUITER, ADMINISTRATOR)
LARGEST_ID = 2**31 - 1
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


@recruiter.url_value_preprocessor
def _no_impossible_ids(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A number that no row can have is nobody's id; the database would call it an error."""
    if any(isinstance(value, int) and value > LARGEST_ID for value in (values or {}).values()):
        raise NotFound()


def settings() -> Settings:
    """The application's settings."""
    found = current_app.extensions["settings"]
    assert isinstance(found, Settings)
    return found
