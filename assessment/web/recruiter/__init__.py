"""Pages for the recruiter."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from assessment.web.access import STAFF, seen_by

recruiter = Blueprint("recruiter", __name__)


@recruiter.get("/jobs")
@seen_by(*STAFF)
def vacancies() -> ResponseReturnValue:
    return render_template("front.html")
