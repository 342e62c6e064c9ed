"""Pages travel gzipped with padding of random length; files of the site are kept for a year under the hash of their content."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment.web.static_files import hash_of_file
from tests.web.taking import ROOT

SHEET = ROOT / "assessment" / "web" / "static" / "attune.css"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def fetch(client: FlaskClient, address: str, **headers: str) -> TestResponse:
    return client.get(address, headers={"Accept-Encoding": "gzip, br"} | headers, buffered=True)


def sheet_address(client: FlaskClient) -> str:
    found = re.search(r'href="(/static/attune\.css[^"]*)"', client.get("/sign-in").get_data(as_text=True))
    assert found is not None
    return found[1]


def test_a_page_is_gzipped_for_whoever_takes_it_and_is_the_same_page(client: FlaskClient) -> None:
    plain, zipped = client.get("/sign-in"), fetch(client, "/sign-in")
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["Vary"] and "Accept-Encoding" in zipped.headers["Vary"]
    assert int(zipped.headers["Content-Length"]) == len(zipped.data) < len(plain.data) / 2
    title = re.compile(r"<title>.*?</title>")
    page = gzip.decompress(zipped.data).decode()
    assert title.findall(page) == title.findall(plain.get_data(as_text=True)) != []


def test_gzip_that_is_refused_is_not_sent(client: FlaskClient) -> None:
    for wanted in ("identity", "br", "gzip;q=0", "gzip;q=0, *"):
        reply = client.get("/sign-in", headers={"Accept-Encoding": wanted})
        assert "Content-Encoding" not in reply.headers, wanted


def test_the_length_of_a_page_is_padded_by_chance(client: FlaskClient) -> None:
    """The same content in different lengths: the spread must be wider than what a new form token makes of itself."""
    lengths = [len(fetch(client, "/sign-in").data) for _ in range(40)]
    assert max(lengths) - min(lengths) > 40


def test_small_replies_and_those_without_a_body_go_as_they_are(client: FlaskClient) -> None:
    assert "Content-Encoding" not in fetch(client, "/healthz").headers
    head = client.head("/sign-in", headers={"Accept-Encoding": "gzip"})
    assert (head.status_code, "Content-Encoding" in head.headers) == (200, False)


def test_a_file_is_kept_for_a_year_under_the_hash_of_its_content_alone(client: FlaskClient) -> None:
    address = sheet_address(client)
    assert re.fullmatch(r"/static/attune\.css\?v=[0-9a-f]{12}", address)
    kept = fetch(client, address)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(kept.data) == SHEET.read_bytes()
    for other in ("/static/attune.css", "/static/attune.css?v=000000000000"):
        assert "immutable" not in fetch(client, other).headers["Cache-Control"], other


def test_a_file_that_the_browser_has_is_not_sent_again(client: FlaskClient) -> None:
    first = fetch(client, "/static/attune.css")
    again = fetch(client, "/static/attune.css", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    part = fetch(client, "/static/attune.css", Range="bytes=0-9")
    assert (part.status_code, part.data) == (206, SHEET.read_bytes()[:10])


def test_a_changed_file_has_a_new_address(tmp_path: Path) -> None:
    file = tmp_path / "sheet.css"
    file.write_text("a { color: red }")
    before = hash_of_file(file)
    file.write_text("a { color: blue }")
    assert before is not None
    assert hash_of_file(file) not in (None, before)
    assert hash_of_file(tmp_path / "none.css") is None
