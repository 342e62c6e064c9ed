"""Settings, read once from the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class BadSetting(ValueError):
    """A setting in the environment cannot be used; the message names it and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where Attune keeps its data and how it is reached.

    Parameters
    ----------
    database_url
        SQLAlchemy address; `sqlite:///path` or `postgresql://…`. From `DATABASE_URL`, else a file under `var/`.
    secret
        32 or more random bytes from which every other key is derived. From `ATTUNE_SECRET`, else `var/secret`, made on
        first use with mode 600. Losing it makes sealed personal data unreadable.
    https
        True behind TLS (`ATTUNE_HTTPS=1`): cookies become `__Host-` and Secure, and HSTS is sent.
    trusted_hosts
        Host names the server answers to, from `ATTUNE_HOSTS` (comma-separated); empty means the local ones.
    proxy_hops
        How many reverse proxies stand in front (`ATTUNE_PROXY_HOPS`); their X-Forwarded headers are believed, no others.
    questions
        Folder of the question bank, `ATTUNE_QUESTIONS`.
    worker_name
        The stable name under which a worker resumes its own unfinished jobs, `ATTUNE_WORKER`.
    pseudo_language
        True shows applicants' pages in a made-up language that runs from right to left (`ATTUNE_PSEUDO_LANGUAGE=1`), to see
        what is not translated and what breaks. Never for real applicants.
    """

    database_url: str
    secret: bytes
    var: Path
    https: bool
    trusted_hosts: tuple[str, ...]
    proxy_hops: int
    questions: Path
    worker_name: str
    root: Path = ROOT
    pseudo_language: bool = False

    @property
    def jobs_url(self) -> str:
        """Where the durable workflows keep their own state: beside the data, or in the same PostgreSQL."""
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            return f"sqlite:///{path}.jobs"
        return self.database_url


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raise `BadSetting` for a value that cannot be used."""
    env = os.environ if environment is None else environment
    var = Path(env.get("ATTUNE_VAR", str(ROOT / "var"))).resolve()
    url = env.get("DATABASE_URL") or f"sqlite:///{var / 'attune.sqlite3'}"
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    if not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BadSetting("DATABASE_URL must begin with sqlite:/// or postgresql://")
    hops = env.get("ATTUNE_PROXY_HOPS", "0")
    if not hops.isascii() or not hops.isdigit():
        raise BadSetting("ATTUNE_PROXY_HOPS must be a whole number, 0 or more")
    return Settings(
        database_url=url,
        secret=_secret(env.get("ATTUNE_SECRET"), var),
        var=var,
        https=env.get("ATTUNE_HTTPS", "") == "1",
        trusted_hosts=tuple(h.strip() for h in env.get("ATTUNE_HOSTS", "").split(",") if h.strip()),
        proxy_hops=int(hops),
        questions=Path(env.get("ATTUNE_QUESTIONS", str(ROOT / "questions"))).resolve(),
        worker_name=env.get("ATTUNE_WORKER", "worker-1"),
        pseudo_language=env.get("ATTUNE_PSEUDO_LANGUAGE", "") == "1",
    )


def _secret(given: str | None, var: Path) -> bytes:
    if given is not None:
        if len(given) < 32:
            raise BadSetting("ATTUNE_SECRET must have at least 32 characters")
        return given.encode()
    path = var / "secret"
    var.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    return path.read_bytes()
