"""The blueprint."""

from __future__ import annotations

from flask import Blueprint

from assessment.web.identifiers import refuse_impossible_ids

admin = Blueprint("admin", __name__)
admin.url_value_preprocessor(refuse_impossible_ids)
