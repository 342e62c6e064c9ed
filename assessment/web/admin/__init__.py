"""Pages for the administrator: the organisation, what applicants asked for and what is kept of them, the audit log."""

from __future__ import annotations

from assessment.web.admin import adjustments, erasing, organisation, people
from assessment.web.admin.blueprint import admin

__all__ = ["adjustments", "admin", "erasing", "organisation", "people"]
