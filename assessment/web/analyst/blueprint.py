"""The analyst's blueprint, apart from its pages so that each module of pages can import it."""

from __future__ import annotations

from flask import Blueprint

analyst = Blueprint("analyst", __name__)
