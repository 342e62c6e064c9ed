"""The faces of a scoring key: authored TOML in, JSON-able row content and exchange file in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assessment.bank.documents import decode, parse, read_bytes, unfit_values
from assessment.bank.faults import at, faults_in, listing, printable, printable_name
from assessment.bank.hashing import canonical_json
from assessment.errors import BadInput, Fault
from assessment.keys.key import ScoringKey
from assessment.keys.parts import UnitKey

MAX_JSON_BYTES = 2 * 2**20
TEXT_WORDS = frozenset({"text", "stem", "ask", "setting", "scenario", "transcript", "limits", "label", "task", "title"})
_ENTRY_TABLES = frozenset({"option", "facets", "attitudes"})
_ENTRY_FIELDS = frozenset(field.alias or name for name, field in UnitKey.model_fields.items())


class KeyErrors(BadInput):
    """A scoring key that cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"This scoring key cannot be used; nothing was read from it.\n{listing(faults)}", faults)


def read_key(path: Path, *, root: Path | None = None, name: str | None = None) -> ScoringKey:
    """An authored key (`.toml`) or an exchange file (`.json`). Raises KeyErrors.

    The file has to lie under `root` (a link that leads out of it is refused); `name` is what faults call the file.
    """
    name = name or printable_name(path.name, 200)
    as_json = path.suffix == ".json"
    try:
        text = decode(read_bytes(path, root or path.resolve().parent, MAX_JSON_BYTES if as_json else 2**20))
        document = _parse_json(text) if as_json else parse(text)
    except ValueError as error:
        raise KeyErrors([Fault(name, str(error))]) from error
    return _key_from(document, name)


def key_from_json(content: str | bytes | Mapping[str, Any]) -> ScoringKey:
    """A key from an exchange file's text or from the content of a key version's row. Raises KeyErrors."""
    name = "key"
    if isinstance(content, Mapping):
        return _key_from(content, name)
    try:
        text = decode(content) if isinstance(content, bytes) else content
        if len(text) > MAX_JSON_BYTES:
            raise ValueError(f"is larger than {MAX_JSON_BYTES // 2**20} MiB")
        document = _parse_json(text)
    except ValueError as error:
        raise KeyErrors([Fault(name, str(error))]) from error
    return _key_from(document, name)


def key_to_dict(key: ScoringKey) -> dict[str, Any]:
    """The key as JSON-able content of a database row, in the shape of the authored file; unit codes are flat."""
    return key.model_dump(mode="json", exclude_defaults=True)


def key_to_json(key: ScoringKey) -> str:
    """The exchange file: canonical JSON (sorted keys, NFC), two spaces deep, with a line end. Equal keys, equal bytes."""
    return canonical_json(key_to_dict(key), indent=2) + "\n"


def _parse_json(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except _Unfit:
        raise
    except ValueError as error:
        raise ValueError("holds a number that cannot be") from error
    if not isinstance(document, dict):
        raise ValueError("is not a JSON object")
    return document


class _Unfit(ValueError):
    """Legal for Python's JSON reader, and not for a key."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise _Unfit(f"gives {printable(twice)} twice in one object")
    return dict(pairs)


def _no_constant(name: str) -> float:
    raise _Unfit(f"holds {name}; numbers must be finite")


def _key_from(document: Mapping[str, Any], name: str) -> ScoringKey:
    faults = [Fault(at(name, document, place), message) for place, message in unfit_values(document)]
    if faults:
        raise KeyErrors(faults)
    flat = dict(document)
    if isinstance(flat.get("item"), Mapping):
        flat["item"], twice = _flat_units(flat["item"])
        faults += [Fault(at(name, flat, ("item", code)), "is given twice") for code in twice]
    try:
        key = ScoringKey.model_validate(flat)
    except ValidationError as error:
        raise KeyErrors(faults + faults_in(error, name, flat, _no_text_here)) from error
    if faults:
        raise KeyErrors(faults)
    return key


def _no_text_here(field: str) -> str | None:
    if field in TEXT_WORDS:
        return "scoring keys carry no text; stems and options are in the item (questions/items/)"
    return None


def _flat_units(table: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """`[item.<id>.<step>]` as unit codes `item.step`, and the codes that come up twice."""
    flat: dict[str, Any] = {}
    twice: list[str] = []
    for name, entry in table.items():
        steps = {f"{name}.{step}": unit for step, unit in entry.items()} if _holds_steps(entry) else {name: entry}
        twice += [code for code in steps if code in flat]
        flat |= steps
    return flat, twice


def _holds_steps(entry: Any) -> bool:
    """A table of steps holds tables alone, and at least one that no entry has (an entry lacks `method` otherwise)."""
    if not isinstance(entry, Mapping) or not entry or not all(isinstance(value, Mapping) for value in entry.values()):
        return False
    return not set(entry) <= _ENTRY_TABLES
