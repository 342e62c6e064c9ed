"""Style sheets, scripts and icons keep in the browser for a year: their addresses carry the hash of their content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

A_YEAR = 365 * 24 * 3600


def make_static_addresses(app: Flask) -> None:
    """`url_for('static', …)` gives an address that changes with the file; only under that one is it kept unasked."""
    assert app.static_folder is not None
    folder = Path(app.static_folder)

    @app.url_defaults
    def _with_hash(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values.setdefault("v", hash_of_file(folder / values["filename"]))

    @app.after_request
    def _kept_for_a_year(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            name = (request.view_args or {})["filename"]
            if request.args.get("v") == hash_of_file(folder / name):
                response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        return response


def hash_of_file(path: Path) -> str | None:
    """A short hash of what the file holds now; None if there is no such file."""
    try:
        return _hash(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=256)
def _hash(path: Path, changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
