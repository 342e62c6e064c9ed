"""Pages for the recruiter: jobs, their candidates, invitations and decisions."""

from __future__ import annotations

from assessment.web.recruiter import candidate, candidates, inviting, jobs, told
from assessment.web.recruiter.blueprint import recruiter

__all__ = ["candidate", "candidates", "inviting", "jobs", "recruiter", "told"]
