"""The analyst's rooms that lead nowhere yet beyond the front page."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from assessment.web.access import STAFF, seen_by
from assessment.web.analyst.blueprint import analyst


@analyst.get("/evidence")
@seen_by(*STAFF)
def home() -> ResponseReturnValue:
    return render_template("front.html")


@analyst.get("/studies")
@seen_by(*STAFF)
def studies() -> ResponseReturnValue:
    return render_template("front.html")


@analyst.get("/workbench")
@seen_by(*STAFF)
def workbench() -> ResponseReturnValue:
    return render_template("front.html")


@analyst.get("/proposals")
@seen_by(*STAFF)
def proposals() -> ResponseReturnValue:
    return render_template("front.html")


@analyst.get("/keys")
@seen_by(*STAFF)
def keys() -> ResponseReturnValue:
    return render_template("front.html")


@analyst.get("/questions")
@seen_by(*STAFF)
def bank() -> ResponseReturnValue:
    return render_template("front.html")
