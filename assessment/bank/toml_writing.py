"""Items as TOML, in the order of fields that the files of the bank have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ORDER = (
    *("item", "scenario", "task", "step", "media", "review", "translation"),
    *("schema", "id", "version", "status", "role", "kind", "at", "who", "on", "verdict"),
    *("format", "instruction", "facet", "attitude", "rater", "channel", "trouble", "families", "enemies"),
    *("setting", "card", "contacts", "transcript", "limits", "name", "since", "facts", "ago", "note"),
    *("ask", "scale", "reveals", "moves", "text", "option"),
    *("author", "source", "neurodivergence", "culture", "readers", "drop_reason"),
    *("summary", "code", "wording", "file", "alt", "captions", "described", "seconds", "locale", "credit", "licence"),
)
_RANK = {name: place for place, name in enumerate(_ORDER)}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def to_toml(document: Mapping[str, Any]) -> str:
    """The document as TOML; reading it gives the document again. Strings under `on` that are days are written as days."""
    return "\n".join(_table((), document)).strip("\n") + "\n"


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    """Plain values first, then the tables below: TOML has no way back from a table to the one above it."""
    names = sorted(table, key=lambda name: _RANK.get(name, len(_RANK)))
    for name in names:
        if not _is_table(table[name]) and not _is_list_of_tables(table[name]):
            yield f"{_key(name)} = {_value(table[name], is_day=name == 'on')}"
    for name in names:
        below = (*path, name)
        heading = ".".join(map(_key, below))
        if _is_table(table[name]):
            yield from ("", f"[{heading}]", *_table(below, table[name]))
        elif _is_list_of_tables(table[name]):
            for entry in table[name]:
                yield from ("", f"[[{heading}]]", *_table(below, entry))


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_list_of_tables(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and all(map(_is_table, value))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _value(value: object, *, is_day: bool = False) -> str:
    if isinstance(value, str):
        return value if is_day and _DAY.fullmatch(value) else _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _string(text: str) -> str:
    """A JSON string is a TOML string, but for one character that JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
