"""What happened on the job: hires, QA evaluations and criteria, brought in from files and reconciled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, Fault, NotFound
from assessment.integrations.exports import write_csv
from assessment.services.importing import FATES, Fate, cells_of, common_reasons, find_import, lines_of, recent_imports, shown_name
from assessment.services.studies.observed import is_simulated, observe
from assessment.services.studies.qa_scores import FLOOR_RELIABILITY, AgentScores
from assessment.services.uploading import discard_upload, find_upload, finish_upload, keep_upload
from assessment.web.access import ADMINISTRATOR, ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst.blueprint import analyst
from assessment.web.analyst.intake import INTAKES, WORDS, Intake

READERS = (ANALYST, APPROVER, ADMINISTRATOR)
SENDERS = (ANALYST, ADMINISTRATOR)
SHOWN_LINES = 5
CONTACTS = (1, 5, 10, 20, 30, 50)
FATE_WORDS = {
    "matched": ("Imported", "Would be imported", "New, and of somebody known here."),
    "unmatched": ("Unmatched", "Unmatched", "No hire or applicant of this organisation has that id. Nothing of it is stored."),
    "duplicate": ("Known already", "Known already", "Stored already, or said before in the file. Nothing changes."),
    "rejected": ("Rejected", "Rejected", "Cannot be used, or contradicts what is stored. Nothing of it is stored."),
}


@analyst.get("/observe")
@seen_by(*READERS)
def observations() -> ResponseReturnValue:
    with database().read() as store:
        observed = observe(store, staff().organisation_id, now())
        imports = recent_imports(store, staff().organisation_id, limit=10)
        modelled = [
            (entry.vacancy, scores, contacts_table(scores), rater_scale(scores))
            for entry in observed.vacancies
            for scores in entry.scores.values()
            if scores.single_contact is not None
        ]
        return render_template(
            "analyst/observe.html",
            observed=observed,
            imports=imports,
            modelled=modelled,
            floor=FLOOR_RELIABILITY,
            intakes=INTAKES,
            words=WORDS,
            may_send=staff().role in SENDERS,
            simulated=observed.simulated,
        )


@analyst.get("/observe/<word>")
@seen_by(*READERS)
def observe_files(word: str) -> ResponseReturnValue:
    return _files_page(_intake(word))


@analyst.post("/observe/<word>")
@seen_by(*SENDERS)
def send_file(word: str) -> ResponseReturnValue:
    intake, sent = _intake(word), request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise BadInput("Nothing was sent.", [Fault("file", "Choose a file")])
        options, data = intake.options(request.form), sent.read()
        with database().read() as store:
            intake.planner(data, sent.filename, options, staff(), now())(store)
    except BadInput as refusal:
        name = shown_name(sent.filename) if sent is not None and sent.filename else ""
        return _files_page(intake, typed=request.form, refusal=refusal, file_name=name), 422
    with database().write() as store:
        upload = keep_upload(
            store, kind=intake.kind, file_name=sent.filename, content=data, options=options, actor=staff(), now=now()
        )
    return redirect(url_for("analyst.preview_file", upload_id=upload.id), 303)


@analyst.get("/observe/uploads/<upload_id>")
@seen_by(*SENDERS)
def preview_file(upload_id: str) -> ResponseReturnValue:
    with database().read() as store:
        upload = find_upload(store, staff().organisation_id, upload_id, now=now())
        if upload.import_id is not None:
            return redirect(url_for("analyst.import_report", import_id=upload.import_id))
        intake = INTAKES[WORDS[upload.kind]]
        plan = intake.planner(upload.content, upload.file_name, upload.options, staff(), now())(store)
        return render_template(
            "analyst/observe_preview.html",
            upload=upload,
            intake=intake,
            plan=plan,
            counts={fate: plan.count(fate) for fate in FATES},
            first={fate: plan.first(fate, SHOWN_LINES) for fate in FATES},
            reasons={fate: common_reasons(plan.lines, fate) for fate in FATES},
            fates=FATE_WORDS,
            unread=[name or "(no name)" for name in plan.columns if not intake.knows(name)],
            brings_something=bool(plan.count("matched") or upload.options),
        )


@analyst.post("/observe/uploads/<upload_id>")
@seen_by(*SENDERS)
def confirm_file(upload_id: str) -> ResponseReturnValue:
    with database().read() as store:
        kept = find_upload(store, staff().organisation_id, upload_id, now=now())
        import_id, intake = kept.import_id, INTAKES[WORDS[kept.kind]]
    if import_id is None:
        carry_out = intake.importer(kept.content, kept.file_name, kept.options, staff(), now())
        with database().write() as store:
            upload = find_upload(store, staff().organisation_id, upload_id, now=now(), lock=True)
            if upload.import_id is None:
                finish_upload(store, upload, carry_out(store))
            import_id = upload.import_id
    return redirect(url_for("analyst.import_report", import_id=import_id), 303)


@analyst.post("/observe/uploads/<upload_id>/discard")
@seen_by(*SENDERS)
def discard_file(upload_id: str) -> ResponseReturnValue:
    with database().write() as store:
        upload = find_upload(store, staff().organisation_id, upload_id, now=now(), lock=True)
        word, import_id = WORDS[upload.kind], upload.import_id
        if import_id is None:
            discard_upload(store, upload)
    if import_id is not None:
        return redirect(url_for("analyst.import_report", import_id=import_id), 303)
    flash("The file was dropped. Nothing was imported.", "done")
    return redirect(url_for("analyst.observe_files", word=word), 303)


@analyst.get("/observe/imports/<int:import_id>")
@seen_by(*READERS)
def import_report(import_id: int) -> ResponseReturnValue:
    with database().read() as store:
        batch = find_import(store, staff().organisation_id, import_id)
        return render_template(
            "analyst/observe_import.html",
            batch=batch,
            intake=INTAKES.get(WORDS.get(batch.kind, "")),
            counts={fate: getattr(batch, fate) for fate in FATES},
            first={fate: list(lines_of(store, batch, fate, limit=SHOWN_LINES)) for fate in FATES},
            fates=FATE_WORDS,
            simulated=is_simulated(store, batch),
        )


@analyst.get("/observe/imports/<int:import_id>/<fate>.csv")
@seen_by(*READERS)
def import_lines(import_id: int, fate: str) -> ResponseReturnValue:
    known = next((one for one in FATES if one == fate), None)
    if known is None:
        raise NotFound()
    organisation_id = staff().organisation_id
    with database().read() as store:
        find_import(store, organisation_id, import_id)
    return Response(
        stream_with_context(_lines_csv(organisation_id, import_id, known)),
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{import_id}-{known}.csv"'},
    )


def contacts_table(scores: AgentScores) -> list[tuple[int, float]]:
    """How reliable the mean of some contacts is, by the Spearman-Brown formula, from what one contact is worth now."""
    single = scores.single_contact or 0.0
    return [(n, n * single / (1 + (n - 1) * single)) for n in CONTACTS]


def rater_scale(scores: AgentScores) -> int:
    """Half the width of the axis of rater effects, in points: a round number that holds them all."""
    widest = max((abs(rater.effect) for rater in scores.raters), default=0.0)
    return max(2, 2 * math.ceil(widest / 2 + 0.25))


def _intake(word: str) -> Intake:
    if word not in INTAKES:
        raise NotFound()
    return INTAKES[word]


def _files_page(
    intake: Intake, *, typed: Mapping[str, str] | None = None, refusal: BadInput | None = None, file_name: str = ""
) -> str:
    with database().read() as store:
        imports = recent_imports(store, staff().organisation_id, kind=intake.kind)
    fields = {fault.where: fault.message for fault in refusal.faults} if refusal else {}
    return render_template(
        "analyst/observe_files.html",
        intake=intake,
        imports=imports,
        words=WORDS,
        typed=typed or {},
        refusal=refusal,
        fields={name: fields[name] for name in ("file", "reliability", "reliability_source") if name in fields},
        file_name=file_name,
        may_send=staff().role in SENDERS,
    )


def _lines_csv(organisation_id: int, import_id: int, fate: Fate) -> Iterator[str]:
    with database().read() as store:
        batch = find_import(store, organisation_id, import_id)
        columns = [name or f"column {place}" for place, name in enumerate(batch.notes["columns"], start=1)]
        more = ["simulated"] if is_simulated(store, batch) else []
        header = ["line", "reason", *columns, "further cells", *more]
        yield from write_csv(
            header, (_row(line.line, line.reason, line.text, len(columns), more) for line in lines_of(store, batch, fate))
        )


def _row(line: int, reason: str, text: str, width: int, more: list[str]) -> list[Any]:
    cells = cells_of(text)
    padded = [*cells[:width], *[""] * (width - len(cells))]
    return [line, reason, *padded, " | ".join(cells[width:]), *more]
