"""TOML files as plain tables, or the reasons why not. Nothing that a file can hold makes this raise.

Bounds: a file of at most 1 MiB, lines of at most 8 000 characters, eight tables deep, 5 000 entries in a table or list,
strings of at most 4 000 characters, whole numbers within 2^53. Strings are plain text: no markup, no control, zero-width or
direction characters.
"""

from __future__ import annotations

import math
import os
import re
import stat
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from assessment.bank.faults import MOST_FAULTS, Broken, Location, at, printable
from assessment.errors import Fault

MAX_BYTES = 2**20
MAX_LINE = 8_000
MAX_DEPTH = 8
MAX_ENTRIES = 5_000
MAX_STRING = 4_000
MAX_WHOLE = 2**53

# Sixteen names joined by dots. tomllib needs quadratic time for one very long dotted name, so it never sees one.
_LONG_NAME = re.compile(r"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){16}""")
_MARKUP = re.compile(r"<[/!?]?[A-Za-z]|<!--|&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]{1,30});")
_SCRIPT = re.compile(r"(?:java|vb)script\s*:|data\s*:\s*text/html", re.IGNORECASE)


def read_bytes(path: Path, root: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file that lies under `root`. Raises ValueError, in words, when it is none or too large."""
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            raise ValueError("is a link to a place outside the question bank")
        # Without waiting: opening a pipe would otherwise hang until somebody writes into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ValueError("is not a regular file")
            content = file.read(limit + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "a link leads to itself"
        raise ValueError(f"cannot be read: {reason}") from error
    if len(content) > limit:
        raise ValueError(f"is larger than {limit // 1024} KiB")
    return content


def decode(content: bytes) -> str:
    """UTF-8 text without a byte order mark. Raises ValueError, in words, for any other encoding and for NUL bytes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("is written in UTF-16; save it as UTF-8")
    if content.startswith(b"\xef\xbb\xbf"):
        raise ValueError("begins with a byte order mark; save it as UTF-8 without one")
    if b"\x00" in content:
        raise ValueError("holds a NUL byte; it is no text, or not UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not UTF-8 (line {line}); save it as UTF-8") from error


def parse(text: str) -> dict[str, Any]:
    """TOML as a dict. Raises ValueError, in words with the line, when it is none, is empty or is nested too deeply."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > MAX_LINE:
            raise ValueError(f"line {number} is longer than {MAX_LINE} characters")
        if _LONG_NAME.search(line):
            raise ValueError(f"line {number} is nested too deeply")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error).replace("Cannot overwrite a value", "A key or table is given twice")
        raise ValueError(f"is not TOML: {message}") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except ValueError as error:
        raise ValueError("holds a number or a date that cannot be") from error
    if not document:
        raise ValueError("is empty")
    return document


def _bad_text(text: str) -> str | None:
    if len(text) > MAX_STRING:
        return f"is longer than {MAX_STRING} characters"
    if not text.isprintable():
        for character in text:
            if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
                return f"holds the invisible or control character U+{ord(character):04X}"
    if _MARKUP.search(text):
        return "holds markup; texts are plain"
    if _SCRIPT.search(text):
        return "holds a script address; texts are plain"
    return None


def _bad_name(name: object, seen: set[str]) -> str | None:
    """What is wrong with the name of a field, given the names before it in its table."""
    if not isinstance(name, str):
        return "the name is not text"
    complaint = "holds a line break" if "\n" in name else _bad_text(name)
    if complaint:
        return f"the name {complaint}"
    composed = unicodedata.normalize("NFC", name)
    if composed in seen:
        return "the name is given twice, with its letters composed in two ways"
    seen.add(composed)
    return None


def _walk(node: object, location: Location) -> Iterator[Broken]:
    if len(location) > 2 * MAX_DEPTH:
        yield location[:3], "is nested too deeply"
    elif isinstance(node, Mapping | list | tuple) and len(node) > MAX_ENTRIES:
        yield location, f"has {len(node)} entries; at most {MAX_ENTRIES} are possible"
    elif isinstance(node, Mapping):
        seen: set[str] = set()
        for name, value in node.items():
            complaint = _bad_name(name, seen)
            if complaint:
                yield (*location, printable(name)), complaint
            else:
                yield from _walk(value, (*location, name))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from _walk(value, (*location, index))
    elif isinstance(node, str):
        complaint = _bad_text(node)
        if complaint:
            yield location, complaint
    elif isinstance(node, float) and not math.isfinite(node):
        yield location, "must be a finite number"
    elif isinstance(node, int) and abs(node) > MAX_WHOLE:
        yield location, "is too large a number"


def unfit_values(document: Mapping[str, Any]) -> list[Broken]:
    """The values of a parsed document that no file of the bank may hold, with their places."""
    return list(islice(_walk(document, ()), MOST_FAULTS))


def read_document(path: Path, root: Path, name: str) -> tuple[dict[str, Any], list[Fault]]:
    """A TOML file as a dict and what is wrong with it as a file. The dict is empty when the file is no TOML at all."""
    try:
        document = parse(decode(read_bytes(path, root)))
    except ValueError as error:
        return {}, [Fault(name, str(error))]
    return document, [Fault(at(name, document, location), message) for location, message in unfit_values(document)]
