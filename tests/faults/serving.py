"""A real server in processes of its own, which the tests may kill, and applicants who answer over a real connection."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from assessment.records.database import Database

ROOT = Path(__file__).parents[2]
SECRET = "a secret for tests alone, 32 bytes or more"
PATIENCE_SECONDS = 60.0


class Server:
    """gunicorn with two workers of four threads on one database. `kill` is -9; `start` begins again on the same port."""

    def __init__(self, database: Database, var: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = (var / "server.log").open("ab")
        self._environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "ATTUNE_SECRET": SECRET,
            "ATTUNE_VAR": str(var),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--bind", f"127.0.0.1:{self.port}"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "wsgi:app"],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._wait_until_up()

    def kill_everything(self) -> None:
        """kill -9 of the whole server, as a power cut would for its processes."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_one_worker(self) -> None:
        """kill -9 of one worker; the server starts another by itself."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if children:
            os.kill(int(secrets.choice(children)), signal.SIGKILL)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill_everything()
        self._log.close()

    def _wait_until_up(self) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as reply:
                    if reply.status == 200:
                        return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)


@dataclass
class Acknowledged:
    """What the server said is saved."""

    sitting_id: int
    unit: str
    value: Any
    key: str
    sequence: int


@dataclass
class Answerer:
    """An applicant's script: one answer after another; what gets no reply is sent again with the same key."""

    address: str
    token: str
    sitting_id: int
    jar: CookieJar = field(default_factory=CookieJar)
    csrf: str = ""
    sequences: dict[str, int] = field(default_factory=dict)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    unanswered: int = 0

    def arrive(self) -> None:
        """Open the link, and read the form's token from the page."""
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        with opener.open(f"{self.address}/take/{self.token}", timeout=30) as reply:
            page = reply.read().decode()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, page[:500]
        self.csrf = found[1]

    def send(self, unit: str, value: Any, *, patience: float = PATIENCE_SECONDS) -> None:
        """Save one answer, however often the connection breaks."""
        key = secrets.token_hex(12)
        body = {"unit": unit, "value": value, "sequence": self.sequences.get(unit, 0), "key": key, "milliseconds": 10}
        end = time.monotonic() + patience
        while True:
            status, reply = self._post(body)
            if status == 200:
                self.sequences[unit] = reply["sequence"]
                self.acknowledged.append(Acknowledged(self.sitting_id, unit, value, key, reply["sequence"]))
                return
            if status is not None and status < 500 and reply.get("kind") != "KeyInFlight":
                raise AssertionError(f"refused with {status}: {reply}")
            self.unanswered += status is None
            if time.monotonic() > end:
                raise AssertionError("the server did not come back")
            time.sleep(0.02)

    def _post(self, body: dict[str, Any]) -> tuple[int | None, dict[str, Any]]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-CSRFToken": self.csrf,
            "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar),
        }
        request = urllib.request.Request(f"{self.address}/take/answer", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return None, {}
