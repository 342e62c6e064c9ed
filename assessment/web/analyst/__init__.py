"""Pages for the analyst, one module a room. Importing the modules puts their pages on the blueprint."""

from __future__ import annotations

from assessment.web.analyst import authoring, evidence, observing, releasing
from assessment.web.analyst.blueprint import analyst

__all__ = ["analyst", "authoring", "evidence", "observing", "releasing"]
