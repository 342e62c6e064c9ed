"""A member of staff who writes items at the other end of the wire: pages read as a browser without scripts would send them."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.web.recruiting import sign_in, text_of

BASE = "http://localhost"


class _Form(HTMLParser):
    """The successful controls of the form with an address, lists of check boxes and long texts too."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.values: MultiDict[str, str] = MultiDict()
        self._inside = False
        self._select: str | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = found.get("action") == self.action
        elif self._inside and tag == "input" and "name" in found:
            if found.get("type") not in ("radio", "checkbox", "file") or "checked" in found:
                self.values.add(found["name"], found.get("value", ""))
        elif self._inside and tag == "select":
            self._select = found["name"]
        elif tag == "option" and self._select and ("selected" in found or self._select not in self.values):
            self.values[self._select] = found.get("value", "")
        elif self._inside and tag == "textarea":
            self._text = found["name"]
            self.values.add(self._text, "")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self.values[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None
        elif tag == "form":
            self._inside = False


class Writer:
    """A signed-in browser without scripts."""

    def __init__(self, app: Flask, organisation_id: int, role: str, name: str, token: str | None = None) -> None:
        if token is None:
            self.client = sign_in(app, organisation_id, role, name).client
        else:
            self.client = app.test_client()
            self.client.set_cookie("attune", token)
        self.page: TestResponse

    @property
    def html(self) -> str:
        return self.page.get_data(as_text=True)

    @property
    def text(self) -> str:
        return text_of(self.html)

    def go(self, address: str, status: int = 200) -> str:
        self.page = self.client.get(address, base_url=BASE, follow_redirects=True)
        assert self.page.status_code == status, f"{address}: {self.page.status_code}"
        return self.text

    def fields(self, action: str) -> MultiDict[str, str]:
        """What the form of the page would send."""
        assert f'action="{action}"' in unescape(self.html), f"no form for {action} on {self.page.request.path}"
        reader = _Form(action)
        reader.feed(self.html)
        return reader.values

    def send(self, action: str, status: int = 200, fields: MultiDict[str, str] | None = None, **changes: str) -> str:
        """Send the form of the page that goes to `action`, with some fields changed, and follow where it leads."""
        data = MultiDict(self.fields(action) if fields is None else fields)
        for name, value in changes.items():
            data[name.replace("__", ".")] = value
        self.page = self.client.post(action, data=data, base_url=BASE, follow_redirects=True)
        assert self.page.status_code == status, f"{action}: {self.page.status_code}: {self.text[:300]}"
        return self.text


def values_of(html: str, name: str) -> list[str]:
    """The text that a field of a page holds."""
    found = re.findall(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"|name="{re.escape(name)}"[^>]*>([^<]*)</textarea>', html)
    return [unescape(one or other) for one, other in found]
