"""What browser tests share: the real application behind gunicorn with its worker, Debian's Chromium, and axe."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, Page, Playwright, expect

ROOT = Path(__file__).parents[2]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # what takes a moment on a quiet machine takes ten on a busy one


@dataclass(frozen=True, slots=True)
class Running:
    """The application as it runs: its address, and the environment its commands need."""

    address: str
    environment: dict[str, str]

    def flask(self, *words: str) -> str:
        command = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def running(var: Path, *prepare: tuple[str, ...]) -> Iterator[Running]:
    """Start gunicorn and the worker on a free port, over a database of their own under `var`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "ATTUNE_VAR": str(var), "DATABASE_URL": f"sqlite:///{var / 'attune.sqlite3'}"}
    app = Running(f"http://127.0.0.1:{port}", environment)
    app.flask("database", "upgrade")
    for words in prepare:
        app.flask(*words)
    scripts = Path(sys.executable).parent
    log = (var / "server.log").open("wb")
    server = [
        str(scripts / "gunicorn"),
        "wsgi:app",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
        "--workers",
        "1",
        "--threads",
        "8",
    ]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        for command in (server, [str(scripts / "flask"), "--app", "wsgi", "worker"])
    ]
    try:
        wait_for(app.address)
        yield app
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
        log.close()


def wait_for(address: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
                assert answer.status == 200
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def axe_faults(page: Page) -> list[str]:
    """What axe-core finds on the page, WCAG 2.2 AA rules included; an empty list is a pass."""
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return [f"{page.url}: {v['id']} ({v['impact']}): {v['nodes'][0]['html'][:160]}" for v in found]
