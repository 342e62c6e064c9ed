"""Pages for the admin."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from assessment.web.access import STAFF, seen_by

admin = Blueprint("admin", __name__)


@admin.get("/organisation")
@seen_by(*STAFF)
def home() -> ResponseReturnValue:
    return render_template("front.html")


@admin.get("/audit")
@seen_by(*STAFF)
def audit_log() -> ResponseReturnValue:
    return render_template("front.html")
