"""Pages and files travel gzipped to whoever takes gzip: on a phone's line most of the wait is bytes.

A page holds a form token, so its compressed length could tell of it to someone who can make the same browser ask again and again
(BREACH). Three things stand against that: cookies are not sent with requests that other sites start in the background, a token's
signature changes every second, and the length carries random padding.
"""

from __future__ import annotations

import gzip
import io
import secrets
from functools import lru_cache

from flask import Flask, Response, request

COMPRESSIBLE = {"text/html", "text/css", "text/javascript", "text/plain", "application/json", "image/svg+xml"}
SMALLEST = 600  # below this a reply fits one packet anyway
LONGEST_PADDING = 100


def make_compression(app: Flask) -> None:
    """Gzip what is worth it. Streams go as they are, so that a long export is never held in memory."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if response.status_code != 304 and (response.content_length or 0) < SMALLEST:
            return response
        if response.mimetype not in COMPRESSIBLE:
            return response
        response.vary.add("Accept-Encoding")
        if not _is_worth_it(response) or not request.accept_encodings.quality("gzip"):
            return response
        response.direct_passthrough = False
        content = response.get_data()
        response.set_data(_gzipped_file(content) if request.endpoint == "static" else gzipped_with_padding(content))
        response.headers["Content-Encoding"] = "gzip"
        etag, _ = response.get_etag()
        if etag:
            response.set_etag(etag, weak=True)  # the same meaning, other bytes
        return response


def gzipped_with_padding(content: bytes) -> bytes:
    """Gzip, with a name of random length in its head, where decompression ignores it."""
    found = io.BytesIO()
    padding = "a" * (1 + secrets.randbelow(LONGEST_PADDING))
    with gzip.GzipFile(padding, "wb", compresslevel=6, fileobj=found, mtime=0) as archive:
        archive.write(content)
    return found.getvalue()


@lru_cache(maxsize=64)
def _gzipped_file(content: bytes) -> bytes:
    """A file of the site holds no secret and is the same for all: once, and as small as it gets."""
    return gzip.compress(content, 9, mtime=0)


def _is_worth_it(response: Response) -> bool:
    if response.status_code in (204, 206, 304) or request.method == "HEAD" or "Content-Encoding" in response.headers:
        return False
    return not response.is_streamed or response.direct_passthrough
