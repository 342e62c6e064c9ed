"""What happened on the job: hires, QA evaluations and criteria, brought in from files."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from assessment.web.access import ADMINISTRATOR, ANALYST, APPROVER, seen_by
from assessment.web.analyst.blueprint import analyst

READERS = (ANALYST, APPROVER, ADMINISTRATOR)


@analyst.get("/observe")
@seen_by(*READERS)
def observations() -> ResponseReturnValue:
    return render_template("front.html")
