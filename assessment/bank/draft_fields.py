"""The fields of a draft, one by one: what a page shows of it, and the draft that a page sends back.

A field is named by its place, `task.option.2.text`. What is sent back becomes the draft again, so that nothing typed is lost,
however wrong it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from assessment.bank.faults import place
from assessment.errors import BadInput

Document = dict[str, Any]
LETTERS = "abcdef"
_OPTIONS_AT_FIRST = {"pick_best": 4, "best_worst": 4, "rank": 4, "rate": 5}
MOST_ROWS = {"contacts": 6, "transcript": 20, "limits": 8, "option": 6, "reveals": 10, "step": 6}
_ROW: dict[str, Any] = {
    "contacts": {"channel": "phone"},
    "transcript": {"who": "customer"},
    "reveals": {"who": "narrator"},
    "limits": "",
}
_N = "[0-9]{1,3}"
_LINES = rf"(?:contacts\.{_N}\.(?:ago|channel|note)|transcript\.{_N}\.(?:who|text)|limits\.{_N})"
_CHOICE = rf"(?:ask|text|scale|option\.{_N}\.(?:id|text|moves))"
_STEP = rf"(?:id|role|format|facet|rater|reveals\.{_N}\.(?:who|text)|{_CHOICE})"
_FIELD = re.compile(
    r"item\.(?:instruction|facet|attitude|rater|channel|trouble|families|enemies)"
    rf"|scenario\.(?:setting|card\.(?:name|since|facts\.{_N})|{_LINES})|task\.{_CHOICE}|step\.{_N}\.{_STEP}"
    r"|review\.(?:author|neurodivergence|culture|source\.(?:kind|summary|code|wording|licence|credit))"
)
_ROWS = re.compile(rf"(?:scenario\.(?:contacts|transcript|limits)|task\.option|step|step\.{_N}\.(?:reveals|option))")
_LISTS = frozenset({"families", "enemies", "moves"})
_KEPT = frozenset({"schema", "id", "version", "status", "format"})
"""Fields of the head that the pages do not change."""


def blank_choice(format: str) -> Document:
    """What is asked in a format, with nothing written yet."""
    scale = {"scale": "effectiveness5"} if format == "rate" else {}
    return scale | {"option": [{"id": letter} for letter in LETTERS[: _OPTIONS_AT_FIRST[format]]]}


def fields_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every field of a draft that the pages show, with its text; a list of words has one entry a word."""
    return [(name, text) for name, text in _leaves(document, ()) if _FIELD.fullmatch(name)]


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, (*path, str(name)))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for index, value in enumerate(node):
            yield from _leaves(value, path if path and path[-1] in _LISTS else (*path, str(index)))
    elif isinstance(node, str):
        yield ".".join(path), node


def with_fields(document: Mapping[str, Any], fields: Iterable[tuple[str, str]]) -> Document:
    """The draft with the fields of a page in place of its own; what pages do not show stays. Empty fields are left out."""
    tree: dict[Any, Any] = {}
    for name, typed in fields:
        if _FIELD.fullmatch(name):
            _put(tree, name, clean_text(typed))
    written = _as_lists(tree)
    kept_head = {name: value for name, value in document["item"].items() if name in _KEPT}
    found: Document = {"item": kept_head | written.pop("item", {})}
    if document.get("media"):
        found["media"] = deepcopy(document["media"])
    review = written.pop("review", {})
    for name in ("readers", "drop_reason"):
        if name in document.get("review", {}):
            review[name] = deepcopy(document["review"][name])
    if document["item"]["format"] == "likert" and "scale" in document.get("task", {}):
        written["task"] = {"scale": document["task"]["scale"]} | written.get("task", {})
    found |= written
    found["review"] = review
    return found


def _put(tree: dict[Any, Any], name: str, text: str) -> None:
    *above, last = name.split(".")
    node = tree
    for part in above:
        node = node.setdefault(int(part) if part.isdigit() else part, {})
    if last in _LISTS:
        words = [text] if last != "enemies" else re.split(r"[\s,]+", text)
        node.setdefault(last, []).extend(word for word in words if word)
    elif last.isdigit():
        node[int(last)] = text
    elif text:
        node[last] = text


def clean_text(typed: str) -> str:
    """As typed, but with one kind of line end, composed letters, and no space around."""
    return unicodedata.normalize("NFC", typed.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n").strip())


def _as_lists(node: Any, name: str = "") -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        rows = [_as_lists(node[index]) for index in sorted(node)]
        return [row for row in rows if row] if name == "facts" else rows
    found = {key: _as_lists(value, key) for key, value in node.items()}
    return {key: value for key, value in found.items() if value not in ({}, [])}


def with_row(document: Mapping[str, Any], rows: str) -> Document:
    """The draft with one row more at the end of a list such as `scenario.transcript`. Raises BadInput for no such list."""
    found: Document = deepcopy(dict(document))
    table, last = _table_of(found, rows)
    entries = table.setdefault(last, [])
    if len(entries) >= MOST_ROWS[last]:
        raise BadInput(f"There are {MOST_ROWS[last]} already, and no more are possible.")
    entries.append(_new_row(last, entries))
    return found


def without_row(document: Mapping[str, Any], row: str) -> Document:
    """The draft without one row, such as `scenario.transcript.2`. Raises BadInput for no such row."""
    rows, _, index = row.rpartition(".")
    found: Document = deepcopy(dict(document))
    table, last = _table_of(found, rows)
    entries = table.get(last, [])
    if not re.fullmatch(_N, index) or int(index) >= len(entries):
        raise BadInput("That line is not there any more.")
    del entries[int(index)]
    if not entries:
        del table[last]
    return found


def _new_row(name: str, entries: Sequence[Any]) -> Any:
    if name == "step":
        return {"id": f"step-{len(entries) + 1}", "role": "action", "format": "pick_best"} | blank_choice("pick_best")
    if name == "option":
        used = {option.get("id") for option in entries}
        return {"id": next(letter for letter in LETTERS if letter not in used)}
    return deepcopy(_ROW[name])


def _table_of(document: Document, rows: str) -> tuple[Document, str]:
    """The table that holds a list of rows, and the list's name in it."""
    if not _ROWS.fullmatch(rows):
        raise BadInput("This page was sent with something that cannot be used. Nothing was lost: load it again.")
    *above, last = rows.split(".")
    node: Any = document
    for part in above:
        if part.isdigit():
            if int(part) >= len(node):
                raise BadInput("That part is not there any more.")
            node = node[int(part)]
        else:
            node = node.setdefault(part, {})
    return node, last


def field_names(document: Mapping[str, Any]) -> list[str]:
    """The fields that a page shows of a draft, empty ones too, in the order of the page."""
    likert = document["item"]["format"] == "likert"
    names = ["item.facet", "item.attitude", "item.rater", "item.channel", "item.trouble"]
    names += ["item.instruction", "item.families", "item.enemies"]
    if not likert:
        scenario = document.get("scenario", {})
        names += [f"scenario.{name}" for name in ("setting", "card.name", "card.since", "card.facts.0", "card.facts.1")]
        names += _row_names(scenario, "scenario", "contacts", ("ago", "channel", "note"))
        names += _row_names(scenario, "scenario", "transcript", ("who", "text"))
        names += [f"scenario.limits.{index}" for index in range(len(scenario.get("limits", ())))]
    names += ["task.text"] if likert else _choice_names(document.get("task", {}), "task")
    for index, step in enumerate(document.get("step", ())):
        table = f"step.{index}"
        names += [f"{table}.{name}" for name in ("id", "role", "format", "facet", "rater")]
        names += _row_names(step, table, "reveals", ("who", "text")) + _choice_names(step, table)
    names += [f"review.source.{name}" for name in ("kind", "summary", "code", "wording", "licence", "credit")]
    return [*names, "review.neurodivergence", "review.culture", "review.author"]


def _choice_names(table: Mapping[str, Any], name: str) -> list[str]:
    return [f"{name}.ask", f"{name}.scale", *_row_names(table, name, "option", ("text", "id", "moves"))]


def _row_names(table: Mapping[str, Any], name: str, rows: str, fields: tuple[str, ...]) -> list[str]:
    return [f"{name}.{rows}.{index}.{field}" for index in range(len(table.get(rows, ()))) for field in fields]


def fields_by_place(document: Mapping[str, Any]) -> dict[str, str]:
    """From a place as findings name it, `[[task.option]] c.text`, to the field there; a whole table leads to its first field."""
    found: dict[str, str] = {}
    for name in field_names(document):
        location = tuple(int(part) if part.isdigit() else part for part in name.split("."))
        found.setdefault(place(document, location), name)
    for name in field_names(document):
        location = tuple(int(part) if part.isdigit() else part for part in name.split("."))
        for length in range(1, len(location)):
            found.setdefault(place(document, location[:length]), name)
    return found
