"""Pictures, sound and video on a page, and their files as browsers ask for them: whole, in ranges, or not at all if known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from assessment.services.items.media import MediumFile

A_YEAR = 365 * 24 * 3600
PARTS = ("file", "captions", "described")


@dataclass(frozen=True, slots=True)
class ShownMedium:
    """A medium with the addresses of its files."""

    medium: Mapping[str, Any]
    address: Mapping[str, str]


def shown_media(media: Sequence[Mapping[str, Any]], address_of: Callable[[Mapping[str, Any], str], str]) -> list[ShownMedium]:
    """Media for the macro of `parts/media.html`; `address_of` gives the address of a medium's `file`, `captions`, `described`."""
    return [ShownMedium(medium, {part: address_of(medium, part) for part in PARTS if medium.get(part)}) for medium in media]


def media_response(file: MediumFile, *, lasting: bool) -> Response:
    """The file, or the range of it that was asked for (phones play nothing without). `lasting` if its address never changes."""
    response = Response(file.content, mimetype=file.content_type)
    response.set_etag(file.sha256.removeprefix("sha256:"))
    if lasting:
        response.cache_control.private = True
        response.cache_control.max_age = A_YEAR
        response.cache_control.immutable = True
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=len(file.content))
    except RequestedRangeNotSatisfiable:
        return Response(status=416, headers={"Content-Range": f"bytes */{len(file.content)}"})
    return response
