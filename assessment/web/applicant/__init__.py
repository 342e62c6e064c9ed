"""Pages for the applicant."""

from __future__ import annotations

from flask import Blueprint

applicant = Blueprint("applicant", __name__)
