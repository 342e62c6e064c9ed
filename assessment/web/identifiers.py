"""Numbers in addresses."""

from __future__ import annotations

from typing import Any

from assessment.errors import NotFound

LARGEST_ID = 2**31 - 1


def refuse_impossible_ids(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A number that no row can have is nobody's id; the database would call it an error."""
    if any(isinstance(value, int) and value > LARGEST_ID for value in (values or {}).values()):
        raise NotFound()
