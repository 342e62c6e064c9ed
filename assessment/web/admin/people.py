"""One person as an administrator answers for them: everything that is kept."""

from __future__ import annotations

import json

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from assessment.services.requests.staff_record import export_record, record_for_staff
from assessment.web.access import ADMINISTRATOR, database, now, seen_by, staff
from assessment.web.admin.blueprint import admin


@admin.get("/people/<int:applicant_id>")
@seen_by(ADMINISTRATOR)
def person(applicant_id: int) -> ResponseReturnValue:
    with database().read() as store:
        record = record_for_staff(store, applicant_id=applicant_id, actor=staff(), now=now())
    return render_template("admin/person.html", record=record, applicant_id=applicant_id, simulated=record["person"]["simulated"])


@admin.get("/people/<int:applicant_id>/file")
@seen_by(ADMINISTRATOR)
def person_file(applicant_id: int) -> ResponseReturnValue:
    with database().write() as store:  # the export is noted in the audit log
        record = export_record(store, applicant_id=applicant_id, actor=staff(), now=now())
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    headers = {"Content-Disposition": 'attachment; filename="personal-record.json"'}
    return Response(text, content_type="application/json; charset=utf-8", headers=headers)
