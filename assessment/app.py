"""Where every part meets: settings, database, pages, commands."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from assessment.cli import register_commands
from assessment.config import Settings, read_settings
from assessment.demo.command import demo_commands
from assessment.jobs.command import worker_command
from assessment.records import schema
from assessment.records.database import Database
from assessment.records.vault import Vault
from assessment.web.access import guard
from assessment.web.applicant.saving import make_short_way
from assessment.web.register import register_blueprints
from assessment.web.session import make_sessions
from assessment.web.site import make_site

LARGEST_REQUEST = 64 * 1024 * 1024
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Settings come from the environment unless given."""
    settings = settings or read_settings()
    vault = Vault(settings.secret)
    database = Database(settings.database_url, vault)
    app = Flask("assessment", root_path=str(settings.root / "assessment" / "web"))
    app.config.update(
        SECRET_KEY=vault.derive("form tokens"),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or LOCAL_HOSTS,
        HTTPS=settings.https,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # pages send Referrer-Policy no-referrer; the token and SameSite carry the check
    )
    app.extensions["settings"] = settings
    app.extensions["database"] = database
    app.extensions["tables"] = schema.metadata  # every table must be known before the first foreign key is followed
    make_sessions(app, database, https=settings.https)
    make_site(app)
    register_blueprints(app)
    make_short_way(app)
    guard(app)
    register_commands(app)
    app.cli.add_command(worker_command)
    app.cli.add_command(demo_commands)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way
    return app
