"""Errors of the database end up in logs, so that they tell what happened and never of whom."""

from __future__ import annotations

import traceback
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError

from assessment.records.database import Database
from assessment.services.people.accounts import add_organisation
from assessment.services.people.applicants import add_applicant


@pytest.mark.parametrize("change", ["twice", "nameless"])
def test_a_row_that_is_refused_is_not_repeated_in_the_error(database: Database, now: datetime, change: str) -> None:
    with database.write() as session:
        organisation = add_organisation(session, slug="acme", name="Acme", now=now)
        known = {"organisation_id": organisation.id, "simulated": False, "now": now, "name": "Quill Feather"}
        first = add_applicant(session, reference="QUILL-7", email=None, **known)
        second = add_applicant(session, reference="WREN-8", email=None, **known)
    hidden = (first.reference, second.reference, str(second.name_sealed))
    with pytest.raises(IntegrityError) as refused, database.write() as session:
        second = session.merge(second)
        if change == "twice":
            second.reference = first.reference  # the database tells which key is taken
        else:
            second.subject = None  # type: ignore[assignment]  # it tells the whole row
        session.flush()
    told = "".join(traceback.format_exception(refused.value))
    assert "applicant" in told
    assert [text for text in hidden if text in told] == []
