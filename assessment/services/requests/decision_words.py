"""The outcomes of a decision about a candidate, and the reasons that can be given for it."""

from __future__ import annotations

OUTCOMES = {"interview": "Invite to interview", "hold": "Hold", "decline": "Decline", "hire": "Hire"}

REASONS = {
    "interview_evidence": "Interview evidence",
    "experience": "Work history or references",
    "qualification": "A required qualification",
    "availability": "Availability",
    "band_with_other": "Band together with other evidence (say which)",
    "filled": "The position is filled",
    "candidate_withdrew": "The candidate withdrew",
    "human_review": "Result of a human review",
    "other": "Another reason (say which)",
}
"""A score alone is not among them. Two of these need a note that says what else there was."""
