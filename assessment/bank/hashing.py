"""One way to write a value down, so that equal content has equal bytes and an equal hash."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        # 1.0 and 1 are one number, and a JSON column may give back either.
        return int(value)
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): _canonical(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(entry) for entry in value]
    return value


def canonical_json(value: Any, *, indent: int | None = None) -> str:
    """JSON with sorted keys, NFC strings, whole numbers without a point and no spaces (`indent` asks for lines).

    Raises ValueError for a number that is not finite.
    """
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(_canonical(value), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=separators, indent=indent)


def digest(value: Any) -> str:
    """`sha256:` and the hexadecimal SHA-256 of the canonical JSON of a JSON-able value (71 characters)."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode()).hexdigest()
