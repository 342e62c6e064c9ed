"""Saving one answer as it is chosen, which is asked for more than all else together.

The first answer of a browser in a minute goes through everything that guards a page. Then this process knows which session came
with exactly these cookies to this host, and answers that come with them and with a form token of that session go straight to the
desk, whose statement asks whether the session is still there. Whatever is not saved so goes the way of every page, which says why.
"""

from __future__ import annotations

import hmac
import io
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import RequestEntityTooLarge

from assessment.errors import BadInput, Refusal, Unavailable, Words
from assessment.services.delivery import AnswerDesk, StalePage
from assessment.services.people.accounts import OpenSession
from assessment.web.access import APPLICANT, invitation_id, now, seen_by, session_hash
from assessment.web.applicant.blueprint import answer_desk, applicant
from assessment.web.languages import say
from assessment.web.site import CONTENT_SECURITY_POLICY, headers_of_every_reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/take/answer"
LARGEST_ANSWER = 16 * 1024
REMEMBERED_FOR = timedelta(minutes=1)
REMEMBERED = 10_000
LONGEST_REMEMBERED = 1_000
FAILED = "attune.answer_failed"
SECRET_OF_TOKENS, SALT_OF_TOKENS = "csrf_token", "wtf-csrf-token"  # Flask-WTF's names
EXTENSION = "short_way"


@applicant.post("/answer")
@seen_by(APPLICANT)
def answer() -> ResponseReturnValue:
    """Save one answer: JSON `unit`, `value`, `sequence`, `key`, `milliseconds`. 200 means that it is in the database."""
    if request.content_length is None or request.content_length > LARGEST_ANSWER:
        raise RequestEntityTooLarge()
    try:
        if (failed := request.environ.get(FAILED)) is not None:
            raise failed
        sent, session = request.get_data(), session_hash()
        moment = now()
        saved = save(answer_desk(current_app), sent, invitation_id(), session, moment)
    except Refusal as refusal:
        return _refused(refusal)
    if session is not None:
        current_app.extensions[EXTENSION].remember(request.environ, g.opened, session, moment)
    return Response(saved, content_type="application/json")


def save(desk: AnswerDesk, sent: bytes, invitation: int, session: str | None, moment: datetime) -> bytes:
    """Save what was sent. The receipt as JSON; raises what `AnswerDesk.record_response` raises."""
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("unit"), str):
        raise BadInput(Words("This answer was not saved: the page sent something that cannot be used. Load it again."))
    receipt = desk.record_response(
        desk.sitting_of(invitation, session),
        body["unit"],
        body.get("value"),
        body.get("milliseconds"),
        body.get("sequence", 0),
        body.get("key", ""),
        moment,
        session,
    )
    told = {
        "unit": receipt.unit,
        "sequence": receipt.sequence,
        "saved_at": receipt.saved_at.isoformat(),
        "complete": receipt.complete,
    }
    return json.dumps(told).encode()


def make_short_way(app: Flask) -> None:
    """Let answers of browsers that this process knows take the short way."""
    app.extensions[EXTENSION] = way = ShortWay(app, app.wsgi_app)
    app.wsgi_app = way  # type: ignore[method-assign]  # Flask's documented way


class _Known(NamedTuple):
    """What is known of a browser: whose it is, the secret that its form tokens are made of, and until when."""

    invitation_id: int
    session: str
    secret: str
    until: datetime


class ShortWay:
    """The application, with answers of known browsers saved before it."""

    def __init__(self, app: Flask, whole: WSGIApplication) -> None:
        self._app, self._whole = app, whole
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._guard = threading.Lock()
        self._tokens = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt=SALT_OF_TOKENS)
        self._headers = [
            ("Content-Type", "application/json"),
            *headers_of_every_reply(app),
            ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            ("Cache-Control", "no-store"),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "POST":
            saved = self._save(environ)
            if saved is not None:
                start_response("200 OK", [*self._headers, ("Content-Length", str(len(saved)))])
                return [saved]
        return self._whole(environ, start_response)

    def remember(self, environ: WSGIEnvironment, opened: OpenSession, session: str, moment: datetime) -> None:
        """Whose the browser is that every guard let pass."""
        shown, secret = _shown(environ), opened.values.get(SECRET_OF_TOKENS)
        if opened.invitation_id is None or not secret or sum(map(len, shown)) > LONGEST_REMEMBERED:
            return
        with self._guard:
            self._known[shown] = _Known(opened.invitation_id, session, secret, min(moment + REMEMBERED_FOR, opened.expires_at))
            self._known.move_to_end(shown)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def _save(self, environ: WSGIEnvironment) -> bytes | None:
        """The receipt, or None: what was sent can then be read again, and what went wrong stands with it."""
        shown, length = _shown(environ), _length(environ)
        known = self._known.get(shown)
        if known is None or length is None or length > LARGEST_ANSWER or not self._is_of(known, environ):
            return None
        sent = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(sent)
        moment = now()  # read once all is here: who sends slowly gains no time
        if len(sent) < length or known.until <= moment:
            return None
        try:
            return save(answer_desk(self._app), sent, known.invitation_id, known.session, moment)
        except Exception as error:
            environ[FAILED] = error
            with self._guard:
                self._known.pop(shown, None)
            return None

    def _is_of(self, known: _Known, environ: WSGIEnvironment) -> bool:
        """True if the form token was made for this session, as Flask-WTF decides it."""
        try:
            told = self._tokens.loads(environ.get("HTTP_X_CSRFTOKEN", ""))
        except BadData:
            return False
        return isinstance(told, str) and hmac.compare_digest(known.secret.encode(), told.encode())


def _shown(environ: WSGIEnvironment) -> tuple[str, str]:
    """What a browser shows of itself on every page."""
    return environ.get("HTTP_COOKIE", ""), environ.get("HTTP_HOST", "")


def _length(environ: WSGIEnvironment) -> int | None:
    """How many bytes were announced; None if no number that a page of ours would send."""
    told = environ.get("CONTENT_LENGTH", "")
    return int(told) if told.isdecimal() and len(told) <= len(str(LARGEST_ANSWER)) else None


def _refused(refusal: Refusal) -> ResponseReturnValue:
    body: dict[str, Any] = {"error": say(refusal), "kind": type(refusal).__name__}
    if isinstance(refusal, StalePage):
        body |= {"unit": refusal.unit, "saved": refusal.saved, "sequence": refusal.sequence}
    headers = {"Retry-After": "2"} if isinstance(refusal, Unavailable) else {}
    return jsonify(body), refusal.status, headers
