"""What simulated applicants ask about their data and result, so that the queue of the demonstration has something in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from assessment.records.applicant import Applicant, Invitation
from assessment.records.database import Database
from assessment.services.requests.request_words import Said
from assessment.services.requests.requesting import make_request

ASKED = (
    ("SIM-0017", "review", 33, Said("I have worked with customers for ten years. Please look at my references too.")),
    ("SIM-0042", "contest", 6, Said("I was interrupted twice and answered the last pages on a train.")),
    ("SIM-0063", "correct", 2, Said(wrong="My surname is written without its accent.", right="With the accent.")),
    ("SIM-0091", "erase", 1, Said()),
)
"""Reference, kind, how many days ago, and what was said. The first is overdue."""


def load_requests(database: Database, organisation_id: int, now: datetime) -> int:
    """Make the requests; how many."""
    with database.write() as session:
        for reference, kind, days, said in ASKED:
            query = select(Invitation.id).join(Applicant, Applicant.id == Invitation.applicant_id)
            mine = (Applicant.organisation_id == organisation_id, Applicant.reference == reference)
            invitation_id = session.scalars(query.where(*mine)).one()
            make_request(session, invitation_id=invitation_id, kind=kind, said=said, now=now - timedelta(days=days))
    return len(ASKED)
