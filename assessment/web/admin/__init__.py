"""Pages for the administrator: the organisation, its people, what applicants are told and asked for, and the audit log."""

from __future__ import annotations

from assessment.web.admin import adjustments, organisation, people, policy
from assessment.web.admin.blueprint import admin

__all__ = ["adjustments", "admin", "organisation", "people", "policy"]
