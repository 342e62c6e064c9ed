"""The same save as one would write it in Django: session and CSRF middleware, the ORM, one transaction a request.

It works on the application's own tables, so that both store the same rows under the same constraints. SQLite is set as well as
Django allows: WAL, `synchronous=FULL`, BEGIN IMMEDIATE, connections kept open.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.conf import settings


def _database() -> dict[str, Any]:
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme == "sqlite":
        options: dict[str, Any] = {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            "timeout": 10,
        }
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path[1:], "OPTIONS": options, "CONN_MAX_AGE": None}
    host = parse_qs(url.query).get("host", [url.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path[1:],
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": host,
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
    }


settings.configure(
    DEBUG=False,
    SECRET_KEY="a secret for the benchmark alone, 32 bytes",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": _database()},
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402  # Django wants its settings before its models
from django.db import models, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402
from django.urls import path  # noqa: E402

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Sitting(models.Model):
    id = models.IntegerField(primary_key=True)
    state = models.CharField(max_length=12)
    sequence = models.IntegerField()
    reached = models.IntegerField()
    deadline_at = models.DateTimeField(null=True)

    class Meta:
        app_label, managed, db_table = "benchmark", False, "sitting"


class Response(models.Model):
    pk = models.CompositePrimaryKey("sitting_id", "unit")
    sitting_id = models.IntegerField()
    unit = models.CharField(max_length=100)
    value = models.TextField(null=True)
    state = models.CharField(max_length=16)
    milliseconds = models.IntegerField(null=True)
    sequence = models.IntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "benchmark", False, "response"


class AnswerReceipt(models.Model):
    pk = models.CompositePrimaryKey("sitting_id", "idempotency_key")
    sitting_id = models.IntegerField()
    idempotency_key = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    sequence = models.IntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        app_label, managed, db_table = "benchmark", False, "answer_receipt"


def begin(request: HttpRequest, sitting_id: int) -> HttpResponse:
    request.session["sitting"] = sitting_id
    return HttpResponse(f'<input name="csrf_token" value="{get_token(request)}">')


def answer(request: HttpRequest) -> HttpResponse:
    sent = json.loads(request.body)
    unit, value, seen, key = sent["unit"], sent["value"], sent["sequence"], sent["key"]
    if value not in (1, 2, 3, 4, 5) or not KEY.fullmatch(key):
        return JsonResponse({"error": "cannot be used"}, status=422)
    now = datetime.now(UTC)
    with transaction.atomic():
        sitting = Sitting.objects.select_for_update().get(pk=request.session["sitting"])
        receipt = AnswerReceipt.objects.filter(sitting_id=sitting.id, idempotency_key=key).first()
        if receipt is not None:
            return JsonResponse({"unit": unit, "sequence": receipt.sequence})
        if sitting.state != "active" or sitting.reached < 1 or (sitting.deadline_at and sitting.deadline_at < now):
            return JsonResponse({"error": "closed"}, status=409)
        response = Response.objects.filter(sitting_id=sitting.id, unit=unit).first()
        if response is not None and response.sequence > seen:
            return JsonResponse({"error": "stale"}, status=409)
        sitting.sequence += 1
        sitting.save(update_fields=["sequence"])
        values = {"value": json.dumps(value), "state": "answered", "sequence": sitting.sequence, "saved_at": now}
        if response is None:
            Response.objects.create(sitting_id=sitting.id, unit=unit, milliseconds=sent["milliseconds"], **values)
        else:
            spent = (response.milliseconds or 0) + sent["milliseconds"]
            Response.objects.filter(sitting_id=sitting.id, unit=unit).update(milliseconds=spent, **values)
        AnswerReceipt.objects.create(
            sitting_id=sitting.id, idempotency_key=key, request_hash="", sequence=sitting.sequence, saved_at=now
        )
    return JsonResponse({"unit": unit, "sequence": sitting.sequence, "saved_at": now.isoformat(), "complete": True})


def up(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("up")


urlpatterns = [path("begin/<int:sitting_id>", begin), path("answer", answer), path("", up)]
app = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", "sessions", verbosity=0)
