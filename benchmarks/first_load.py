"""What an applicant's phone fetches and how long it waits, the first time it opens a page.

    make bench-first-load      (or: python -m benchmarks.first_load [--rounds 5] [--quick])

The demonstration behind gunicorn as in production; Chromium as a slow phone: DevTools' processor four times slower, 150 ms of delay
a request, 1.6 Mbit/s down and 0.75 up. Every round is a browser that knows nothing yet. Bytes are those on the line, heads
included. A page is usable when it has been painted and its script has run. Writes `benchmarks/FIRST_LOAD.md`; `--quick` tries the
harness and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from benchmarks.delivery.servers import ROOT, SECRET, serving
from tests.browser.browsing import launch

RESULTS = Path(__file__).parent / "FIRST_LOAD.md"
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True}
SLOWER_PROCESSOR = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
BYTES_GOAL, SECONDS_GOAL = 60 * 1024, 1.5
MOST_PAGES = 60
REPORT = """# The first load of an applicant's page

`make bench-first-load`, {when}, {machine}; {load}. {verdict} (medians of {rounds}).

{table}

Sizes in KiB on the line, gzipped, heads included; redirects count with the page. Times in seconds. The second page of a visit
fetches {warm:.1f} KiB in all: files are kept for a year under the hash of their content.

**How.** The demonstration behind gunicorn (two workers of eight threads); Chromium at 390 px with a processor {slower} times
slower, {latency} ms of delay a request and 1.6 Mbit/s; every round with an empty cache. A page is usable when it has been painted
and its script has run.

**What this leaves out.** DevTools delays requests, not the opening of a connection: over the internet TCP and TLS 1.3 add two
delays, {connecting:.1f} s on such a line, to the first page of a visit. Where the load is above the number of processors, times say
more of the machine than of the pages: look at the smallest.
"""
TIMES = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  return {painted: painted.startTime, ready: page.domContentLoadedEventEnd, loaded: page.loadEventEnd};
}"""


@dataclass
class Measured:
    """One page over the rounds: seconds until it was painted and usable, and the bytes of each kind of file."""

    name: str
    address: str
    painted: list[float] = field(default_factory=list)
    usable: list[float] = field(default_factory=list)
    kinds: dict[str, list[int]] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(statistics.median(sizes) for sizes in self.kinds.values())

    def add(self, times: dict[str, float], sizes: dict[str, int]) -> None:
        self.painted.append(times["painted"] / 1000)
        self.usable.append(max(times["painted"], times["ready"]) / 1000)
        for kind, size in sizes.items():
            self.kinds.setdefault(kind, []).append(size)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--quick", action="store_true")
    chosen = arguments.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = {"DATABASE_URL": f"sqlite:///{folder}/attune.sqlite3", "ATTUNE_SECRET": SECRET, "ATTUNE_VAR": folder}
        link = _load_demonstration(environment)
        with serving("wsgi:app", environment) as port:
            address = f"http://127.0.0.1:{port}"
            browser = launch(playwright)
            rounds = 1 if chosen.quick else chosen.rounds
            pages = [_measure_welcome(browser, address + link, rounds)]
            state, places = _walk(browser, address, link)
            pages += [_measure(browser, Measured(name, f"{address}{place}"), state, rounds) for name, place in places.items()]
            warm = _bytes_with_files_kept(browser, [page.address for page in pages[1:3]], state)
            report = _report(pages, warm, rounds, browser.version, load)
            browser.close()
    print(report)
    if not chosen.quick:
        RESULTS.write_text(report)


def _load_demonstration(environment: dict[str, str]) -> str:
    """The path of the demonstration applicant's link."""
    for words in (("database", "upgrade"), ("demo", "load", "--stage", "applicants"), ("demo", "sign-ins")):
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        done = subprocess.run(command, cwd=ROOT, env=dict(os.environ) | environment, capture_output=True, text=True, check=True)
    found = re.search(r"/take/\S+", done.stdout)
    assert found is not None, done.stdout
    return found[0]


def _measure_welcome(browser: Browser, link: str, rounds: int) -> Measured:
    """The link itself, with the redirects behind it."""
    return _measure(browser, Measured("Welcome, from the link", link), None, rounds)


def _measure(browser: Browser, measured: Measured, state: StorageState | None, rounds: int) -> Measured:
    for _ in range(rounds):
        context = browser.new_context(**PHONE, storage_state=state)
        page = context.new_page()
        sizes = _slow_down(context, page)
        page.goto(measured.address, wait_until="load")
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        times = page.evaluate(TIMES)
        page.wait_for_load_state("networkidle")  # the icon comes last
        measured.add(times, sizes)
        context.close()
    return measured


def _slow_down(context: BrowserContext, page: Page) -> dict[str, int]:
    """Make the page's line and processor slow. The dictionary fills with the bytes received of each kind."""
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def count(kind: str, size: float) -> None:
        sizes[kind] = sizes.get(kind, 0) + round(size)

    def asked(event: dict[str, Any]) -> None:
        if "redirectResponse" in event:
            count("page", event["redirectResponse"]["encodedDataLength"])

    def answered(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = _kind(event["response"]["url"])

    devtools.on("Network.requestWillBeSent", asked)
    devtools.on("Network.responseReceived", answered)
    devtools.on("Network.loadingFinished", lambda event: count(kinds[event["requestId"]], event["encodedDataLength"]))
    return sizes


def _kind(address: str) -> str:
    path = address.partition("?")[0]
    return {".css": "style sheet", ".js": "script", ".svg": "icon"}.get(Path(path).suffix, "page")


def _walk(browser: Browser, address: str, link: str) -> tuple[StorageState, dict[str, str]]:
    """Go through the questionnaire to its last page. What the browser then knows, and the paths of the pages to measure."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(address + link)
    page.get_by_role("checkbox").check()
    page.locator("form button.button--main").click()
    page.locator("#answers button.button--main").click()
    places: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page.wait_for_load_state()
        path = page.url.removeprefix(address)
        if path.endswith("/review"):
            break
        n_questions = page.locator("[data-unit]").count()
        name = "Statements, first page" if n_questions > 1 else "First situation"
        if re.search(r"\bpart 2 of", page.title()):
            name = "Storyline, second part"
        places.setdefault(name, path)
        with page.expect_navigation():
            page.locator("#answers .actions button.button--main").click()
    state = context.storage_state()
    context.close()
    return state, places


def _bytes_with_files_kept(browser: Browser, addresses: list[str], state: StorageState) -> int:
    """The bytes of the second page in one browser, which has the files already."""
    context = browser.new_context(**PHONE, storage_state=state)
    page = context.new_page()
    page.goto(addresses[0], wait_until="load")
    sizes = _slow_down(context, page)
    page.goto(addresses[1], wait_until="load")
    context.close()
    return sum(sizes.values())


def _report(pages: list[Measured], warm: int, rounds: int, version: str, load: float) -> str:
    heaviest = max(page.total for page in pages)
    slowest = max(statistics.median(page.usable) for page in pages)
    both = "Both goals are met" if heaviest <= BYTES_GOAL and slowest <= SECONDS_GOAL else "**Not both goals are met**"
    return REPORT.format(
        when=f"{datetime.now(UTC):%d %B %Y}",
        machine=f"{platform.machine()}, {os.cpu_count()} processors, Chromium {version}",
        load=f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after",
        verdict=f"{both}: the heaviest page is {heaviest / 1024:.1f} KiB, the slowest is usable after {slowest:.2f} s",
        rounds=rounds,
        table=_table(pages),
        warm=warm / 1024,
        slower=SLOWER_PROCESSOR,
        latency=LINE["latency"],
        connecting=2 * LINE["latency"] / 1000,
    )


def _table(pages: list[Measured]) -> str:
    kinds = ["page", "style sheet", "script", "icon"]
    goals = [f"all (goal {BYTES_GOAL // 1024})", "painted", f"usable (goal {SECONDS_GOAL})", "smallest and largest"]
    lines = [f"| first load of | {' | '.join([*kinds, *goals])} |", "|---|" + "---:|" * (len(kinds) + len(goals))]
    for page in pages:
        sizes = [f"{statistics.median(page.kinds.get(kind, [0])) / 1024:.1f}" for kind in kinds]
        times = [f"{statistics.median(seconds):.2f}" for seconds in (page.painted, page.usable)]
        spread = f"{min(page.usable):.2f}–{max(page.usable):.2f}"
        lines.append(f"| {' | '.join([page.name, *sizes, f'**{page.total / 1024:.1f}**', *times, spread])} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
