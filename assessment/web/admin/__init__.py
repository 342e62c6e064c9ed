"""Pages for the administrator: the organisation, its people, what applicants are told, asked for and leave, the audit log."""

from __future__ import annotations

from assessment.web.admin import adjustments, erasing, organisation, people, policy
from assessment.web.admin.blueprint import admin

__all__ = ["adjustments", "admin", "erasing", "organisation", "people", "policy"]
