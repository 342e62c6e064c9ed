"""What is seen and heard in a sitting: the media of the applicant's own form, up to the page that was reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from assessment.bank import PublishedItem
from assessment.bank.vocabulary import SOURCE_LOCALE
from assessment.errors import NotFound
from assessment.records.sitting import Sitting
from assessment.services.items.media import MediumFile, kept_medium
from assessment.services.sitting.paging import FormPlan, plan_form, published_form
from assessment.services.sitting.standing import find_standing


def sitting_medium(session: Session, *, invitation_id: int, sha256: str) -> MediumFile:
    """A file that a page of the applicant's open sitting shows. `NotFound` for any other, and for pages not reached."""
    sitting = find_standing(session, invitation_id=invitation_id).sitting
    if sitting is None or sitting.state != "active":
        raise NotFound()
    plan = plan_form(published_form(session, sitting.form_version_id), sitting.option_seed)
    for medium in _reached_media(plan, sitting):
        for part, kept in medium["hashes"].items():
            if kept == sha256:
                return kept_medium(session, sha256, medium[part])
    raise NotFound()


def media_at(item: dict[str, Any], step: int | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The media of a shown item on the page of a step (None: it has none): with the situation, and with the steps so far."""
    media = item.get("media", [])
    passed = set() if step is None else {part["id"] for part in item["step"][: step + 1]}
    return [m for m in media if m["at"] == item["id"]], [m for m in media if m["at"] in passed]


def _reached_media(plan: FormPlan, sitting: Sitting) -> Iterator[dict[str, Any]]:
    for locale in plan.form.locales:  # the practice comes before the language is fixed
        yield from _media_of(plan.form.practice, None, locale)
    for page in plan.pages[: sitting.reached]:
        for item in page.items:
            yield from _media_of(item, page.step, sitting.language or SOURCE_LOCALE)


def _media_of(item: PublishedItem, step: int | None, locale: str) -> Iterator[dict[str, Any]]:
    if item.media:
        for found in media_at(item.shown(locale), step):
            yield from found
