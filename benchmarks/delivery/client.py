"""Keep-alive clients on one thread: each waits for its reply, then sends the next request. Little work a request, so that the
machine's processors are left to the servers."""

from __future__ import annotations

import json
import re
import secrets
import selectors
import socket
import time
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Protocol

UNITS = [f"s-{number}" for number in range(1, 8)]
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
PATIENCE_SECONDS = 30.0


class Conversation(Protocol):
    """What one client says, and what it makes of the replies."""

    def request(self) -> bytes: ...
    def reply(self, status: int, body: bytes) -> None: ...


@dataclass
class Greeting:
    """Asks for the bare page."""

    port: int

    def request(self) -> bytes:
        return f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode()

    def reply(self, status: int, body: bytes) -> None:
        if (status, body) != (200, b"hello"):
            raise RuntimeError(f"{status}: {body[:200]!r}")


@dataclass
class Answering:
    """Saves one answer after another for one sitting, as the page's script does, and keeps what was acknowledged."""

    port: int
    sitting_id: int
    address: str
    cookie: str
    csrf: str
    acknowledged: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    number: int = 0
    _sent: tuple[str, str, int] = ("", "", 0)

    def request(self) -> bytes:
        unit, value, key = UNITS[self.number % 7], self.number // 7 % 5 + 1, secrets.token_hex(12)
        self.number += 1
        self._sent = (key, unit, value)
        seen = self.sequences.get(unit, 0)
        body = json.dumps({"unit": unit, "value": value, "sequence": seen, "key": key, "milliseconds": 10})
        return (
            f"POST {self.address} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nX-CSRFToken: {self.csrf}\r\nCookie: {self.cookie}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def reply(self, status: int, body: bytes) -> None:
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")
        key, unit, value = self._sent
        sequence = json.loads(body)["sequence"]
        self.sequences[unit] = sequence
        self.acknowledged[key] = (unit, value, sequence)


def arrive(port: int, path: str, sitting_id: int, address: str) -> Answering:
    """Open the page that begins a session; its cookies and its form's token go with every answer."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_SECONDS) as page:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    if found is None:
        raise RuntimeError(f"no token on the page of {path}")
    return Answering(port, sitting_id, address, "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), found[1])


def converse(port: int, conversations: list[Conversation], *, seconds: float, at_most: int) -> tuple[float, list[float]]:
    """Let all talk for so many seconds or requests. Requests a second, and each one's milliseconds."""
    selector = selectors.DefaultSelector()
    spent: list[float] = []
    begun = time.perf_counter()
    talking = [_Line(port, conversation) for conversation in conversations]
    for line in talking:
        selector.register(line.socket, selectors.EVENT_READ, line)
        line.say()
    open_lines = len(talking)
    while open_lines:
        ready = selector.select(PATIENCE_SECONDS)
        if not ready:
            raise RuntimeError("no reply in time")
        for key, _ in ready:
            milliseconds = key.data.hear()
            if milliseconds is None:
                continue
            spent.append(milliseconds)
            if time.perf_counter() - begun < seconds and len(spent) + open_lines <= at_most:
                key.data.say()
            else:
                selector.unregister(key.fileobj)
                key.data.socket.close()
                open_lines -= 1
    selector.close()
    return len(spent) / (time.perf_counter() - begun), spent


class _Line:
    """One connection."""

    def __init__(self, port: int, conversation: Conversation) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._conversation, self._received, self._asked = conversation, b"", 0.0

    def say(self) -> None:
        request = self._conversation.request()
        self._asked = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> float | None:
        """Milliseconds since the request once the whole reply is here."""
        part = self.socket.recv(65536)
        if not part:
            raise RuntimeError("the server closed the connection")
        self._received += part
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not found or (length and len(body) < int(length[1])):
            return None
        took = 1000 * (time.perf_counter() - self._asked)
        self._received = b""
        self._conversation.reply(int(head[9:12]), body)
        return took
