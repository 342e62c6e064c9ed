"""Numbers and names in addresses."""

from __future__ import annotations

from typing import Any

from assessment.errors import NotFound

LARGEST_ID = 2**31 - 1


def refuse_impossible_ids(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A number or a name that no row can have is nobody's; the database would call it an error."""
    for value in (values or {}).values():
        if (isinstance(value, int) and value > LARGEST_ID) or (isinstance(value, str) and "\x00" in value):
            raise NotFound()
