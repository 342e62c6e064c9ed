"""Where in a file something is wrong, in words: `items/composure/joke.toml: [[task.option]] c.text`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from assessment.errors import BadInput, Fault

Location = tuple[str | int, ...]
Broken = tuple[Location, str]
MOST_FAULTS = 1000
"""So many of one file are told: nobody reads more, and a hostile file has hundreds of thousands."""


class BankErrors(BadInput):
    """Files of the question bank that cannot be used; `faults` lists every one with file, table and field."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        many = f"{len(faults)} errors" if len(faults) != 1 else "one error"
        super().__init__(f"The question bank has {many}; nothing was read from it.\n{listing(faults)}", faults)


def listing(faults: Sequence[Fault], most: int = 200) -> str:
    """Faults one a line; beyond `most` only how many more there are."""
    more = [f"and {len(faults) - most} more"] if len(faults) > most else []
    return "\n".join([*map(str, faults[:most]), *more])


class RuleBroken(ValueError):
    """Raised inside a model when fields do not go together; carries every broken rule with its place in the model."""

    def __init__(self, broken: Iterable[Broken]) -> None:
        self.broken = tuple(broken)
        super().__init__("; ".join(f"{'.'.join(map(str, place))} {message}" for place, message in self.broken))


def keep_rules(broken: Iterable[Broken]) -> None:
    """Raise `RuleBroken` if there is anything in `broken`."""
    found = tuple(broken)
    if found:
        raise RuleBroken(found)


def printable(value: object, limit: int = 40) -> str:
    """A value as it may stand in a message: short, on one line, no control characters, however odd the value is."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**18:
        return "a very large number"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    text = ascii(value[: limit + 1]) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable_name(name: str, limit: int = 80) -> str:
    """A name of a file, table or field as it is, or `printable` where it could not stand on one line."""
    return name if name.isprintable() and len(name) <= limit else printable(name, limit)


def _child(node: object, part: str | int) -> object:
    if isinstance(node, Mapping):
        return node.get(part)
    if isinstance(node, Sequence) and not isinstance(node, str) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def _label(node: object, index: int) -> str:
    name = node.get("id") if isinstance(node, Mapping) else None
    return name if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 40 else str(index + 1)


def _is_table(node: object) -> bool:
    """A table or an array of tables; of a long array the first entries tell, because every fault in it asks again."""
    if isinstance(node, Mapping):
        return True
    return isinstance(node, list | tuple) and bool(node) and all(isinstance(entry, Mapping) for entry in node[:20])


def place(document: object, location: Location) -> str:
    """The table and field that `location` points to in a parsed document, e.g. `[[step.option]] feels.c.text`."""
    tables: list[str] = []
    labels: list[str] = []
    fields: list[str] = []
    node: object = document
    in_array = False
    for index, part in enumerate(location):
        last = index == len(location) - 1
        child = _child(node, part)
        if isinstance(part, int):
            in_array = not fields
            (labels if in_array else fields).append(_label(child, part))
        elif not tables or (not fields and not last and _is_table(child)):
            tables.append(printable_name(part))
            in_array = False
        else:
            fields.append(printable_name(part))
        node = child
    brackets = ("[[", "]]") if in_array or labels else ("[", "]")
    table = brackets[0] + ".".join(tables) + brackets[1] if tables else ""
    return " ".join(word for word in (table, ".".join(labels + fields)) if word)


_RULES = {
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be below {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must look like {pattern}",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "model_type": "must be a table",
    "mapping_type": "must be a table",
    "dict_type": "must be a table",
}


def _words(error: Mapping[str, Any], unknown_field: Callable[[str], str | None]) -> str:
    kind, field = error["type"], error["loc"][-1] if error["loc"] else ""
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return unknown_field(str(field)) or "is not a field of this table"
    if kind == "value_error":
        return f"{error['ctx']['error']}"
    if kind == "literal_error":
        return f"is {printable(error['input'])}; it should be {error['ctx']['expected']}"
    rule = _RULES.get(kind)
    message = rule.format(**error.get("ctx", {})) if rule else str(error["msg"])
    return f"{message} (it is {printable(error['input'])})"


def faults_in(
    error: ValidationError,
    name: str,
    document: object,
    unknown_field: Callable[[str], str | None] = lambda field: None,
) -> list[Fault]:
    """The errors of a model as faults in file `name`. `unknown_field` may word the refusal of a field by its name."""
    found: list[Fault] = []
    errors = error.errors(include_url=False)[:MOST_FAULTS]
    for entry in errors:
        location = tuple(part for part in entry["loc"] if part != "[key]")
        if entry["type"] == "too_short" and any(_lies_below(other["loc"], entry["loc"]) for other in errors):
            continue  # the list only looks short because an entry of it was refused
        cause = entry.get("ctx", {}).get("error")
        if isinstance(cause, RuleBroken):
            found += [Fault(at(name, document, location + rest), message) for rest, message in cause.broken]
        else:
            found.append(Fault(at(name, document, location), _words(entry, unknown_field)))
    return found


def _lies_below(location: Location, table: Location) -> bool:
    return len(location) > len(table) and location[: len(table)] == table


def at(name: str, document: object, location: Location) -> str:
    """`place` with the file's name before it."""
    return ": ".join(word for word in (name, place(document, location)) if word)
