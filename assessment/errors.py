"""Refusals, in words that the person who made the request may read.

Every stage of the loop raises one of these when it will not do what was asked. `str(error)` is the whole message: what
happened, what was kept, what to do. Nothing in it names a table, a stack frame or another person's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date


class Words(str):
    """English text that can be said in another language: pages look `template` up and put `values` into the translation.

    It is the English text itself wherever text is wanted. Values are named, `%(most)s`; whole numbers are written with
    thousands apart, and words among them are translated too. Catalogues are made from the calls, so that the template
    must stand in the call as it is. A day is written with its month's name.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, **values: object) -> Words:
        written = {name: _written(value) for name, value in values.items()}
        words = super().__new__(cls, template % written if values else template)
        words.template, words.values = template, values
        return words


def _written(value: object) -> object:
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return f"{value:,}" if isinstance(value, int) else value


class Refusal(Exception):
    """A request that the rules or the data do not allow. Web pages answer it with 409, commands with exit status 1."""

    status = 409

    @property
    def words(self) -> str:
        """The whole message; `Words` where it can be said in another language."""
        return self.args[0] if self.args else ""


class NotFound(Refusal):
    """Nothing by that name that this person may see. The same words whether it is missing or somebody else's."""

    status = 404

    def __init__(self, message: str = Words("There is nothing here under that name.")) -> None:
        super().__init__(message)


class NotAllowed(Refusal):
    """The person's role does not give them this."""

    status = 403


class BadInput(Refusal):
    """Something in a form, a file or an address cannot be used. `faults` say where and what, in reading order."""

    status = 422

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class Fault:
    """One thing wrong in an input: `where` (a field, or "line 7, column score"), `message` (what, and what would do)."""

    __slots__ = ("message", "where")

    def __init__(self, where: str, message: str) -> None:
        self.where = where
        self.message = message

    def __repr__(self) -> str:
        return f"Fault({self.where!r}, {self.message!r})"

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and (self.where, self.message) == (other.where, other.message)

    def __hash__(self) -> int:
        return hash((self.where, self.message))


class Unavailable(Refusal):
    """A part the request needs is down or full. Web pages answer with 503 and Retry-After; nothing was changed."""

    status = 503
