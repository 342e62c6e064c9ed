"""What all pages share: headers, error pages, the words of templates, and where the blueprints are joined."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError

from assessment.bank import content_type
from assessment.errors import BadInput, Fault, Refusal
from assessment.records.database import DatabaseDown
from assessment.web import access
from assessment.web.compression import make_compression
from assessment.web.languages import make_languages, say
from assessment.web.static_files import make_static_addresses

log = logging.getLogger("attune")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)


def make_site(app: Flask) -> None:
    """Give the application its headers, error pages, template words and blueprints."""
    CSRFProtect(app)
    make_languages(app)
    make_static_addresses(app)
    make_compression(app)
    _headers(app)
    _errors(app)
    _template_words(app)


def headers_of_every_reply(app: Flask) -> list[tuple[str, str]]:
    """The headers that are the same whatever is asked."""
    found = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
    ]
    if app.config["HTTPS"]:
        found.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    return found


def _headers(app: Flask) -> None:
    always = headers_of_every_reply(app)

    @app.after_request
    def _secure(response: Response) -> Response:
        headers = response.headers
        headers.extend(always)
        headers.add("Content-Security-Policy", _content_security_policy())
        if request.endpoint != "static" and not ("Cache-Control" in headers and response.cache_control.immutable):
            headers["Cache-Control"] = "no-store"
        return response


def _content_security_policy() -> str:
    """No page stands in a frame, but for the preview of an item, which stands in a page of ours."""
    if g.get("shows_frames"):
        return f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    if g.get("stands_in_frame"):
        return CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return CONTENT_SECURITY_POLICY


def _errors(app: Flask) -> None:
    def answer(status: int, title: str, message: str, faults: list[str] | None = None) -> tuple[Any, int]:
        if request.accept_mimetypes.best == "application/json":
            return jsonify(error=message, faults=faults or []), status
        template = "applicant/error.html" if request.path.startswith("/take") else "error.html"
        return render_template(template, status=status, title=title, message=message, faults=faults or []), status

    @app.errorhandler(Refusal)
    def _refused(error: Refusal) -> tuple[Any, int]:
        faults = [_told(f) for f in error.faults] if isinstance(error, BadInput) else None
        titles = {404: _("Not found"), 403: _("Not allowed"), 503: _("Not available just now")}
        return answer(error.status, titles.get(error.status, _("That was not done")), say(error), faults)

    @app.errorhandler(CSRFError)
    def _forged(error: CSRFError) -> tuple[Any, int]:
        return answer(
            400,
            _("This page was too old"),
            _("The page had been open too long, or was sent from elsewhere. Nothing was changed. Go back, load it again, repeat."),
        )

    @app.errorhandler(DatabaseDown)
    def _down(error: DatabaseDown) -> tuple[Any, int]:
        log.error("database not available: %s", type(error).__name__)
        body, status = answer(
            503,
            _("Not available just now"),
            _("The database does not answer. Nothing was changed; what was saved before is safe. Try again soon."),
        )
        response = app.make_response((body, status))
        response.headers["Retry-After"] = "10"
        return response, status

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> tuple[Any, int]:
        if isinstance(error, SecurityError):
            return "This server does not answer to that host name.", 400  # no address can be built for a host we do not trust
        down = getattr(error, "original_exception", None)
        if isinstance(down, DatabaseDown):
            return _down(down)  # met when the reply was made and its session was to be kept
        code = error.code or 500
        messages = {
            401: (_("Sign in first"), _("This page needs a sign-in, or the link from your invitation. Nothing was changed.")),
            404: (_("Not found"), _("There is nothing here under that name.")),
            405: (_("Not done"), _("This address does not take that kind of request.")),
            413: (_("Too large"), _("The file or form is larger than this page takes. Nothing was read.")),
            429: (_("Too many requests"), _("Wait a moment and try again.")),
        }
        title, message = messages.get(code, (_("That did not work"), _("The request could not be understood.")))
        return answer(code, title, message)

    @app.errorhandler(Exception)
    def _broken(error: Exception) -> tuple[Any, int]:
        log.exception("unexpected error in %s", request.endpoint)
        return answer(
            500, _("Something broke"), _("The fault is ours and has been noted. What was saved before is safe. Try again.")
        )


def _told(fault: Fault) -> str:
    """A fault as a line; the names of fields mean nothing to applicants."""
    words = say(fault.message)
    return words if request.path.startswith("/take") else f"{fault.where}: {words}"


def _template_words(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def _words() -> dict[str, Any]:
        opened = g.get("opened")
        return {
            "actor": opened.staff if opened else None,
            "organisation_name": opened.organisation_name if opened else "",
            "now": access.now(),
        }

    @app.template_filter("day")
    def _day(moment: datetime | None) -> str:
        return format_date(moment, "long", locale=_writing()) if moment else ""

    @app.template_filter("day_of_year")
    def _day_of_year(moment: datetime) -> str:
        return format_skeleton("MMMMd", moment, locale=_writing())

    app.add_template_filter(content_type, "media_type")

    @app.template_filter("moment")
    def _moment(text: str) -> datetime:
        """A time that a document holds as text."""
        return datetime.fromisoformat(text)

    @app.template_filter("r")
    def _coefficient(value: float | None, digits: int = 2) -> str:
        """A correlation as analysts write it: no leading zero, a true minus."""
        if value is None:
            return "–"
        text = f"{abs(value):.{digits}f}"
        text = text[1:] if text.startswith("0") else text
        return ("−" if value < 0 and float(text) != 0 else "") + text

    @app.template_filter("signed")
    def _signed(value: float, digits: int = 3) -> str:
        text = _coefficient(value, digits)
        return text if text.startswith("−") else "+" + text


def _writing() -> Locale:
    """How dates are written in the language of the page; in English with the day before the month."""
    found = get_locale()
    return found if found is not None and found.language != "en" else Locale("en", "GB")
