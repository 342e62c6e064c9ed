"""Take the pictures of the README, and of every main page at 390 and 1440 px, light and dark.

    .venv/bin/python docs/screenshots/take.py [FOLDER]

Starts the application on a demonstration of its own. The pictures of the README land here; with FOLDER, all of them land there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from browsing import launch, running  # noqa: E402 (the path above comes first)
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from assessment.demo.organisation import PASSWORD, STAFF  # noqa: E402

README = {
    ("applicant", 390, "light"): "applicant-390-light.png",
    ("job", 1440, "light"): "recruiter-1440-light.png",
    ("analyst", 1440, "light"): "analyst-1440-light.png",
    ("approver", 1440, "light"): "approver-1440-light.png",
}
PAGES = {
    "recruiter": {
        "recruiter": "/jobs",
        "job": "/jobs/1",
        "candidate": "job-first",
        "invite": "/jobs/1/invite",
        "retail": "/jobs/2",
    },
    "analyst": {
        "home": "/evidence",
        "observe": "/observe",
        "studies": "/studies",
        "analyst": "retail-study",
        "study": "/studies/1",
        "workbench": "/workbench",
        "comparison": "/workbench/2",
        "keys": "/keys",
        "questions": "/bank",
        "item": "/bank/shipped/ten-minutes-to-opening",
    },
    "approver": {"proposals": "/proposals", "approver": "/proposals/2"},
    "administrator": {"organisation": "/organisation", "audit": "/audit"},
}


def sign_in(page: Page, address: str, role: str) -> None:
    email = next(e for r, _name, e in STAFF if r == role)
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def address_of(page: Page, address: str, path: str) -> str:
    if path == "job-first":
        page.goto(f"{address}/jobs/1")
        return str(page.locator("table.people tbody th a").first.get_attribute("href"))
    if path == "retail-study":
        for _ in range(120):
            page.goto(f"{address}/studies/3")
            if page.locator(".triple").count():
                return "/studies/3"
            time.sleep(2)
    return path


def take(browser: Browser, address: str, link: str, folder: Path | None) -> None:
    here = Path(__file__).parent
    for width in (390, 1440):
        for scheme in ("light", "dark"):
            for role, pages in PAGES.items():
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
                page = context.new_page()
                sign_in(page, address, role)
                for name, path in pages.items():
                    if folder is None and (name, width, scheme) not in README:
                        continue
                    page.goto(address + address_of(page, address, path))
                    keep(page, here, folder, name, width, scheme)
                context.close()
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            walk_as_applicant(page, address + link, here, folder, width, scheme)
            context.close()


def walk_as_applicant(page: Page, link: str, here: Path, folder: Path | None, width: int, scheme: str) -> None:
    page.goto(link)
    keep(page, here, folder, "welcome", width, scheme)
    if page.get_by_role("checkbox").count():
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Start with practice").click()
        page.wait_for_load_state()
        keep(page, here, folder, "practice", width, scheme)
        page.get_by_role("button", name="Begin the questionnaire").click()
        page.wait_for_load_state()
    keep(page, here, folder, "applicant", width, scheme)


def keep(page: Page, here: Path, folder: Path | None, name: str, width: int, scheme: str) -> None:
    readme = README.get((name, width, scheme))
    if readme:
        page.screenshot(path=here / readme, full_page=False)
    if folder:
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var, running(Path(var), ("demo", "load")) as app, sync_playwright() as playwright:
        lines = app.flask("demo", "sign-ins", "--port", app.address.rsplit(":", 1)[1]).splitlines()
        link = next(line.split()[-1] for line in lines if "/take/" in line).removeprefix(app.address)
        browser = launch(playwright)
        take(browser, app.address, link, folder)
        browser.close()


if __name__ == "__main__":
    main()
