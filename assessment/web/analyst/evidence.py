"""Validate and recalibrate: what the evidence says, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from assessment.errors import BadInput, Fault, NotFound, Refusal
from assessment.integrations.exports import write_csv
from assessment.records.study import Study
from assessment.services.overview import StudyContext, evidence_by_vacancy, newest_validity, study_context, study_contexts
from assessment.services.publishing import can_propose, open_proposal, propose_key
from assessment.services.studying import declare_study
from assessment.web.access import ANALYST, APPROVER, database, now, seen_by, staff
from assessment.web.analyst import charts, sentences
from assessment.web.analyst.blueprint import analyst

Kind = Literal["validity", "recalibration"]

PAGES = {"validity": "studies", "recalibration": "workbench"}
WORDS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine"}


@analyst.get("/evidence")
@seen_by(ANALYST, APPROVER)
def home() -> ResponseReturnValue:
    with database().read() as store:
        return render_template("analyst/home.html", vacancies=evidence_by_vacancy(store, staff().organisation_id))


@analyst.get("/studies")
@seen_by(ANALYST, APPROVER)
def studies() -> ResponseReturnValue:
    return _list_page("validity", {}, [])


@analyst.get("/workbench")
@seen_by(ANALYST, APPROVER)
def workbench() -> ResponseReturnValue:
    return _list_page("recalibration", {}, [])


@analyst.post("/studies")
@seen_by(ANALYST)
def declare_validity() -> ResponseReturnValue:
    return _declare("validity")


@analyst.post("/workbench")
@seen_by(ANALYST)
def declare_comparison() -> ResponseReturnValue:
    return _declare("recalibration")


@analyst.get("/studies/<int:study_id>")
@seen_by(ANALYST, APPROVER)
def study(study_id: int) -> ResponseReturnValue:
    with database().read() as store:
        context = study_context(store, staff().organisation_id, study_id)
    if context.study.kind == "recalibration":
        return redirect(url_for("analyst.comparison", study_id=study_id))
    result = context.study.result
    shown: dict[str, Any] = {}
    if result and not result.get("refused"):
        shown = _validity_page(result)
    return render_template("analyst/study.html", **_common(context), **shown)


@analyst.get("/workbench/<int:study_id>")
@seen_by(ANALYST, APPROVER)
def comparison(study_id: int) -> ResponseReturnValue:
    return _comparison_page(study_id, "", None, 200)


@analyst.post("/workbench/<int:study_id>/propose")
@seen_by(ANALYST)
def propose(study_id: int) -> ResponseReturnValue:
    rationale = request.form.get("rationale", "").strip()
    try:
        with database().write() as store:
            proposal = propose_key(store, study_id=study_id, rationale=rationale, actor=staff(), now=now())
            number = proposal.id
    except NotFound:
        raise
    except Refusal as refusal:
        return _comparison_page(study_id, rationale, _words(refusal), refusal.status)
    flash("Proposed. A person with the approver's role decides next.", "done")
    return redirect(url_for("analyst.proposal", proposal_id=number))


@analyst.get("/studies/<int:study_id>.json")
@seen_by(ANALYST, APPROVER)
def study_json(study_id: int) -> ResponseReturnValue:
    with database().read() as store:
        context = study_context(store, staff().organisation_id, study_id)
    return jsonify(
        study=context.study.id,
        kind=context.study.kind,
        state=context.study.state,
        vacancy=context.vacancy.code,
        simulated=context.vacancy.simulated,
        declared_at=context.study.declared_at.isoformat(),
        declaration=context.study.declaration,
        declaration_hash=context.study.declaration_hash,
        result=context.study.result,
    )


@analyst.get("/studies/<int:study_id>.csv")
@seen_by(ANALYST, APPROVER)
def study_csv(study_id: int) -> ResponseReturnValue:
    with database().read() as store:
        context = study_context(store, staff().organisation_id, study_id)
    result = context.study.result
    if not result:
        raise NotFound("The study has no result yet.")
    columns = ("study", "vacancy", "simulated", "part", "code", "label", "n", "r", "low", "high", "r_in_sample", "n_weights")
    head = (context.study.id, context.vacancy.code, int(context.vacancy.simulated))
    rows = [(*head, *row) for row in _coefficients(result)]
    lines = write_csv(columns, [dict(zip(columns, row, strict=True)) for row in rows])
    return Response(
        lines, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="study-{context.study.id}.csv"'}
    )


def comparison_words(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the comparison's template needs besides the result itself."""
    intervals = [s["interval"] for s in result["strategies"]] + [
        [s["r_in_sample"]] * 2 for s in result["strategies"] if s["n_weights"]
    ]
    tops = [w["proposed"] + (w["se"] or 0) for w in result["weights"]] + [w["current"] for w in result["weights"]]
    top = max(10, 5 * round(max(tops, default=10) / 5 + 0.5))
    return {
        "axis": charts.span(intervals),
        "weight_axis": (0, top, tuple(range(0, top + 1, 5 if top <= 30 else 10))),
        "scales": _signed_scales(result["proposed_key"]) if not result["weights"] else [],
        "words": {"count": WORDS.get(len(result["strategies"]), str(len(result["strategies"])))},
        "sentences": {
            "strategies": sentences.strategies_finding(result),
            "weights": sentences.weights_finding(result["weights"]),
            "shadow": sentences.shadow_finding(result["shadow"]),
        },
    }


def _predictor_sets(validity: Study | None) -> dict[str, Any] | None:
    if validity is None or not validity.result or not validity.result.get("strategies"):
        return None
    result = validity.result
    return {
        "study_id": validity.id,
        "result": result,
        "axis": _set_axis(result),
        "finding": sentences.sets_finding(result["strategies"]),
    }


def _set_axis(result: Mapping[str, Any]) -> tuple[float, float, tuple[float, ...]]:
    return charts.span(
        [s["interval"] for s in result["strategies"]] + [[s["r_in_sample"]] * 2 for s in result["strategies"] if s["n_weights"]]
    )


def _signed_scales(key: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scales of a proposed linear key, heaviest first; `share` is the weight against the heaviest, from -1 to 1."""
    scales = key.get("scale", {})
    heaviest = max((abs(entry["weight"]) for entry in scales.values()), default=0.0) or 1.0
    rows = [{"name": code, "share": entry["weight"] / heaviest} for code, entry in scales.items()]
    return sorted(rows, key=lambda row: -abs(row["share"]))


def criterion_label(declaration: Mapping[str, Any]) -> str:
    """A criterion as people read it."""
    names = {"qa:empathy": "empathy in QA", "qa:process": "process in QA", "qa:resolution": "resolution in QA"}
    name = str(declaration["criterion"])
    return names.get(name, name.replace("_", " ").lower())


def _declare(kind: Kind) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip() for name in ("what", "from", "to")}
    if not typed["what"] and request.form.get("vacancy"):
        typed["what"] = f"{request.form['vacancy']}:{request.form.get('criterion', '')}"
    try:
        vacancy, _, criterion = typed["what"].partition(":")
        if not vacancy.isascii() or not vacancy.isdigit() or not criterion:
            raise BadInput("Not declared.", [Fault("what", "Choose a vacancy and a criterion.")])
        with database().write() as store:
            found = declare_study(
                store,
                kind=kind,
                vacancy_id=int(vacancy),
                criterion=criterion,
                window_from=_day("from", typed["from"]),
                window_to=_day("to", typed["to"]),
                actor=staff(),
                now=now(),
            )
            number = found.id
    except BadInput as error:
        return _list_page(kind, typed, list(error.faults) or [Fault("what", str(error))]), 422
    return redirect(url_for("analyst.comparison" if kind == "recalibration" else "analyst.study", study_id=number))


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("Not declared.", [Fault(name, "Give the day as year-month-day, for example 2026-03-31.")]) from None


def _list_page(kind: str, typed: Mapping[str, str], faults: list[Fault]) -> str:
    with database().read() as store:
        contexts = study_contexts(store, staff().organisation_id, kind)
        evidence = evidence_by_vacancy(store, staff().organisation_id)
    choices = [
        {"value": f"{v.vacancy.id}:{c.name}", "label": f"{v.vacancy.code}: {c.label} (n = {c.n_agents:,})"}
        for v in evidence
        for c in v.criteria
    ]
    rows = [
        {"study": c.study, "vacancy": c.vacancy, "criterion_label": criterion_label(c.study.declaration), "found": _found(c)}
        for c in contexts
    ]
    return render_template(f"analyst/{PAGES[kind]}.html", rows=rows, choices=choices, typed=typed, faults=faults)


def _found(context: StudyContext) -> str:
    result = context.study.result
    if not result or result.get("refused"):
        return ""
    if context.study.kind == "validity":
        return f"r = {sentences.coefficient(result['composite']['r'])}, n = {result['n']:,}"
    return "Gate passed" if result["gate"]["passed"] else "Gate not passed"


def _common(context: StudyContext) -> dict[str, Any]:
    return {
        "study": context.study,
        "vacancy": context.vacancy,
        "form": context.form,
        "key": context.key,
        "result": context.study.result,
        "simulated": context.vacancy.simulated,
        "criterion_label": criterion_label(context.study.declaration),
        "here": "Validate" if context.study.kind == "validity" else "Recalibrate",
    }


def _validity_page(result: Mapping[str, Any]) -> dict[str, Any]:
    corrected = result["corrections"]
    corrections = [
        {"title": "Corrected for criterion unreliability", **corrected["unreliability"]},
        {"title": "and for range restriction", **corrected["range_restriction"]},
    ]
    parts = [result["composite"], *result["facets"]]
    drawn = [p["interval"] for p in parts] + [c["interval"] for c in corrections if c["interval"]]
    slope = 10 * result["scatter"]["line"]["slope"]
    return {
        "axis": charts.span(drawn),
        "item_axis": charts.span([i["interval"] for i in result["items"]]),
        "set_axis": _set_axis(result),
        "plot": charts.scatter(result["scatter"]),
        "bars": charts.expectancy(result["expectancy"]),
        "corrections": corrections,
        "slope": f"{'rises' if slope >= 0 else 'falls'} by {abs(slope):.2f}",
        "sentences": {
            "study": sentences.study_finding(result),
            "parts": sentences.parts_finding(result["facets"]),
            "expectancy": sentences.expectancy_finding(result["expectancy"]),
            "sets": sentences.sets_finding(result["strategies"]) if result["strategies"] else "",
        },
    }


def _comparison_page(study_id: int, typed: str, fault: str | None, status: int) -> ResponseReturnValue:
    with database().read() as store:
        context = study_context(store, staff().organisation_id, study_id)
        if context.study.kind != "recalibration":
            raise NotFound
        why_not = can_propose(store, context.study)
        proposal = open_proposal(store, staff().organisation_id, context.form.code)
        validity = newest_validity(store, context.study)
    result = context.study.result
    shown = comparison_words(result) if result and not result.get("refused") else {}
    page = render_template(
        "analyst/comparison.html",
        **_common(context),
        **shown,
        can_propose=why_not is None,
        why_not=why_not,
        open_proposal=proposal,
        sets=_predictor_sets(validity),
        typed=typed,
        fault=fault,
    )
    return page, status


def _coefficients(result: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    def row(part: str, entry: Mapping[str, Any], n: int) -> tuple[Any, ...]:
        low, high = entry["interval"]
        code = entry.get("code") or entry.get("name") or part
        label = entry.get("label") or entry.get("name") or part
        return (
            part,
            code,
            label,
            entry.get("n", n),
            entry["r"],
            low,
            high,
            entry.get("r_in_sample", ""),
            entry.get("n_weights", ""),
        )

    if result.get("refused"):
        return []
    rows = [row("composite", result["composite"], result["n"])] if "composite" in result else []
    rows += [row("facet", f, result["n"]) for f in result.get("facets", [])]
    rows += [row("item", i, result["n"]) for i in result.get("items", [])]
    return rows + [row("strategy, cross-validated", s, result["n"]) for s in result["strategies"]]


def _words(refusal: Refusal) -> str:
    return "; ".join(f.message for f in refusal.faults) if isinstance(refusal, BadInput) and refusal.faults else str(refusal)
