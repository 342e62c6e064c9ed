"""Pages for the analyst, one module a room. Importing the modules puts their pages on the blueprint."""

from __future__ import annotations

from assessment.web.analyst import (
    authoring,
    drafting,
    evidence,
    forming,
    item_pages,
    keying,
    observing,
    reading,
    releasing,
    translating,
    trying,
)
from assessment.web.analyst.blueprint import analyst

__all__ = [
    "analyst",
    "authoring",
    "drafting",
    "evidence",
    "forming",
    "item_pages",
    "keying",
    "observing",
    "reading",
    "releasing",
    "translating",
    "trying",
]
