"""An analyst proposes a norm group of one language; too few people are a refusal that names the language."""

from __future__ import annotations

from flask import Flask

from assessment.records.database import Database
from tests.services.language_stage import answered, set_language_stage
from tests.web.recruiting import BASE, sign_in
from tests.web.taking import today


def test_a_norm_group_is_proposed_of_one_language(app: Flask, sqlite_database: Database) -> None:
    stage = set_language_stage(sqlite_database, today())
    answered(stage, today(), "es", 200, prefix="es")
    answered(stage, today(), "en", 3, prefix="en")
    analyst = sign_in(app, stage.organisation_id, "analyst", "Ana Analyst").client
    page = analyst.get("/keys", base_url=BASE).get_data(as_text=True)
    assert '<option value="es">Spanish</option>' in page and "in one language" in page
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    asked = {"csrf_token": csrf, "rationale": "Enough people have finished in this language."}
    few = analyst.post("/keys/trial/norms", data=asked | {"language": "en"}, base_url=BASE)
    assert few.status_code == 409 and "3 have finished" in few.get_data(as_text=True)
    assert asked["rationale"] in few.get_data(as_text=True), "nothing typed is lost"
    done = analyst.post("/keys/trial/norms", data=asked | {"language": "es"}, base_url=BASE, follow_redirects=True)
    assert "200 applicants in Spanish, A trial form" in done.get_data(as_text=True)
    nowhere = analyst.post("/keys/trial/norms", data=asked | {"language": "xx"}, base_url=BASE)
    assert nowhere.status_code == 422
