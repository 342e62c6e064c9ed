"""The analyst's blueprint, apart from its pages so that each module of pages can import it."""

from __future__ import annotations

from flask import Blueprint

from assessment.web.identifiers import refuse_impossible_ids

analyst = Blueprint("analyst", __name__)
analyst.url_value_preprocessor(refuse_impossible_ids)
