"""Whether the product can serve."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from assessment.web.access import ANYONE, database, seen_by

health = Blueprint("health", __name__)


@health.get("/healthz")
@seen_by(ANYONE)
def healthz() -> ResponseReturnValue:
    """200 and `{"status": "ok"}` once the database answers; otherwise the site's 503."""
    return jsonify(status="ok" if database().answers() else "down")
