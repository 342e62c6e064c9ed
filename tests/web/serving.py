"""A server for a browser, in the process of the test."""

from collections.abc import Iterable
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server


def local_server(app: Any) -> BaseWSGIServer:
    """`app` on a free port of this machine.

    Bodies are read whole before they are sent. A browser that leaves a page drops its connections, and this server then forgets
    to close the file that it was sending, which would fail whichever test runs when the file is noticed.
    """

    def whole_bodies(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            if hasattr(body, "close"):
                body.close()

    return make_server("127.0.0.1", 0, whole_bodies, threaded=True)
