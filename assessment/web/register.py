"""The blueprints, joined. They do not know each other."""

from __future__ import annotations

from flask import Flask

from assessment.web.account import account
from assessment.web.admin import admin
from assessment.web.analyst import analyst
from assessment.web.applicant import applicant
from assessment.web.health import health
from assessment.web.recruiter import recruiter
from assessment.web.requests import requests
from assessment.web.voluntary import voluntary


def register_blueprints(app: Flask) -> None:
    for blueprint in (account, health, applicant, voluntary, recruiter, requests, analyst, admin):
        app.register_blueprint(blueprint)
    undeclared = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "audience")
    ]
    if undeclared:
        raise RuntimeError(f"views without an audience: {', '.join(undeclared)}")
