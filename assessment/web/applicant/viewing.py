"""The files of pictures, sound and video on the applicant's pages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from assessment.services.sitting.viewing import media_at, sitting_medium
from assessment.web.access import APPLICANT, database, invitation_id, seen_by
from assessment.web.applicant.blueprint import applicant
from assessment.web.media import ShownMedium, media_response, shown_media


@applicant.get("/media/<sha256>")
@seen_by(APPLICANT)
def medium(sha256: str) -> ResponseReturnValue:
    """One file of the applicant's own form. What they have not reached is as if it did not exist."""
    with database().read() as store:
        file = sitting_medium(store, invitation_id=invitation_id(), sha256=f"sha256:{sha256}")
    return media_response(file, lasting=True)


def media_of(item: dict[str, Any], step: int | None) -> tuple[list[ShownMedium], list[ShownMedium]]:
    """What a page shows: with the situation, and with what was revealed up to the step."""
    with_situation, with_steps = media_at(item, step)
    return shown_media(with_situation, _address), shown_media(with_steps, _address)


def _address(found: Any, part: str) -> str:
    return url_for("applicant.medium", sha256=found["hashes"][part].removeprefix("sha256:"))
