"""An applicant at the other end of the wire: a test client that reads forms and presses buttons."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from assessment.app import create_app
from assessment.config import Settings
from assessment.records.database import Database

ROOT = Path(__file__).parents[2]
SECRET = b"a secret for tests alone, 32 bytes or more"


def application(database: Database, var: Path, *, pseudo_language: bool = False) -> Flask:
    """The application on a test's database."""
    return create_app(
        Settings(
            database_url=database.url.render_as_string(hide_password=False),
            secret=SECRET,
            var=var,
            https=False,
            trusted_hosts=(),
            proxy_hops=0,
            questions=ROOT / "questions",
            worker_name="test",
            pseudo_language=pseudo_language,
        )
    )


class _Fields(HTMLParser):
    """The successful controls of a page's forms, as a browser without scripts would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name"), found.get("value") or ""
        if "disabled" in found:
            return
        if tag == "input" and name:
            if found.get("type") not in ("radio", "checkbox") or "checked" in found:
                self.values[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.values[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None


class Person:
    """An applicant's browser."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self.page: TestResponse | None = None
        if token is not None:
            self.go(f"/take/{token}")

    @property
    def text(self) -> str:
        assert self.page is not None
        return self.page.get_data(as_text=True)

    @property
    def address(self) -> str:
        assert self.page is not None
        return self.page.request.path

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.text)
        return found[1].removesuffix(" · Attune") if found else ""

    @property
    def fields(self) -> dict[str, str]:
        reader = _Fields()
        reader.feed(self.text)
        return reader.values

    @property
    def csrf(self) -> str:
        return self.fields["csrf_token"]

    def go(self, address: str) -> TestResponse:
        self.page = self.client.get(address, follow_redirects=True)
        return self.page

    def choose(self, go: str = "next", **fields: str) -> TestResponse:
        """Send the first form of the page's main part with what is chosen on top of what it holds, and follow where it leads."""
        action = re.findall(r'<form[^>]*action="([^"]+)"', self.text.partition("<main")[2])[0]
        self.page = self.client.post(action, data=self.fields | fields | {"go": go}, follow_redirects=True)
        return self.page

    def agree(self) -> None:
        self.choose(consent="yes")

    def begin(self) -> None:
        """Agree, and leave the practice."""
        self.agree()
        self.choose()

    def answer(self, csrf: str | None = None, **body: Any) -> TestResponse:
        """Save one answer as the script does."""
        headers = {"X-CSRFToken": csrf or self.csrf, "Accept": "application/json"}
        return self.client.post("/take/answer", json=body, headers=headers)


def today() -> datetime:
    """The server's own clock, which the pages use."""
    return datetime.now(UTC)
