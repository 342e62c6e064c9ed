"""Flask's session, kept in the database. The cookie holds a random token and nothing else.

Staff and applicants have cookies of their own, so that one browser can hold both and neither sees the other's. An
applicant's cookie belongs to paths under `/take`.

Every request asks the database whether its session still runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from assessment.records.database import Database, DatabaseDown
from assessment.services.people.accounts import end_session, find_session, hash_token, keep_session, open_session

SEEN_EVERY = timedelta(minutes=1)
WITHOUT_SESSION = ("/static/", "/healthz")  # paths: a session is opened before its request is matched to an endpoint


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """Values of one browser's session; `token` is None until there is something to keep; `unread` is why it could not be read."""

    def __init__(self, values: dict[str, Any], token: str | None, *, unread: DatabaseDown | None = None) -> None:
        def changed(_: object) -> None:
            self.modified = True

        super().__init__(values, changed)
        self.token = token
        self.unread = unread
        self.modified = False
        self.replaced_by: str | None = None

    @property
    def hash(self) -> str | None:
        """What the database keeps of the token."""
        return hash_token(self.token) if self.token else None


def make_sessions(app: Flask, database: Database, *, https: bool) -> None:
    """Keep the application's sessions in the database. Nothing else looks at a request whose session could not be read."""
    app.session_interface = DatabaseSessions(database, https=https)

    @app.before_request
    def _was_read() -> None:
        assert isinstance(session, StoredSession)
        if session.unread is not None:
            raise session.unread


class DatabaseSessions(SessionInterface):
    """Opens the session of a request and keeps what changed in it."""

    def __init__(self, database: Database, *, https: bool) -> None:
        self.database = database
        self.https = https

    def cookie_name(self, path: str) -> str:
        name = "attune-sitting" if path.startswith("/take") else "attune"
        return f"__Host-{name}" if self.https else name

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        g.opened = None
        token = request.cookies.get(self.cookie_name(request.path))
        if request.path.startswith(WITHOUT_SESSION) or not token or len(token) > 100:
            return StoredSession({}, None)
        try:
            g.opened = find_session(self.database, token, now=datetime.now(UTC))
        except DatabaseDown as error:
            return StoredSession({}, None, unread=error)
        if g.opened is None:
            return StoredSession({}, None)
        return StoredSession(dict(g.opened.values), token)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed, and nothing else: another request of the same browser may have changed the values meanwhile."""
        assert isinstance(session, StoredSession)
        if session.unread is not None:
            return
        now = datetime.now(UTC)
        if session.replaced_by is not None:
            self._set_cookie(response, session.replaced_by)
            return
        if response.status_code >= 500:
            return
        if session.token is None:
            if session:
                with self.database.write() as store:
                    token = open_session(store, now=now, values=dict(session))
                self._set_cookie(response, token)
            return
        if session.modified or g.opened.seen_at + SEEN_EVERY < now:
            with self.database.write() as store:
                keep_session(store, session.token, values=dict(session) if session.modified else None, now=now)

    def begin(
        self,
        session: SessionMixin,
        *,
        staff_member_id: int | None = None,
        invitation_id: int | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        """Start a session for a person who has just shown who they are. The token they came with, if any, ends."""
        assert isinstance(session, StoredSession)
        now = datetime.now(UTC)
        with self.database.write() as store:
            if session.token is not None:
                end_session(store, session.token)
            session.replaced_by = open_session(
                store,
                now=now,
                staff_member_id=staff_member_id,
                invitation_id=invitation_id,
                values=dict(values or {}),
            )

    def end(self, session: SessionMixin) -> None:
        """End the session on the server; its cookie opens nothing any more."""
        assert isinstance(session, StoredSession)
        if session.token is not None:
            with self.database.write() as store:
                end_session(store, session.token)
        session.token = None
        session.clear()
        session.modified = False

    def _set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(self.cookie_name(request.path), token, path="/", secure=self.https, httponly=True, samesite="Lax")
        response.headers.add("Vary", "Cookie")
