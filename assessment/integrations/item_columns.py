"""A codebook meets a header: which column is which item, and what its cells may say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assessment.errors import BadInput, Fault
from assessment.integrations.codebook import Codebook, ColumnTable, Format, ItemTable
from assessment.integrations.headers import clean_name, near_names
from assessment.integrations.patterns import Pattern, fill

_LONGEST_CODE = 100


@dataclass(frozen=True, slots=True)
class ItemColumn:
    """One item of a form delivered elsewhere, and the columns it was answered in (best, then worst, for best_worst).

    `options` are the codes in order, empty for a count; `numbers` what each of them counts in a likert item (words count
    from 1); `low` and `high` bound the numbers of a likert item or a count, None where there is no bound. `reverse` means
    that a scale takes low + high - x. `time_column` holds seconds; with `time_shared` those of several items together.
    """

    code: str
    format: Format
    columns: tuple[str, ...]
    options: tuple[str, ...]
    numbers: tuple[int, ...]
    low: int | None
    high: int | None
    reverse: bool = False
    scale: str | None = None
    time_column: str | None = None
    time_shared: bool = False


@dataclass(frozen=True, slots=True)
class ScaleItems:
    """A scale: its items by code, those of them that are reversed, and the bounds that all of them share."""

    code: str
    items: tuple[str, ...]
    reversed: tuple[str, ...]
    low: int | None
    high: int | None


def _numbers(table: ItemTable) -> tuple[tuple[str, ...], tuple[int, ...], int | None, int | None]:
    """`options`, `numbers`, `low` and `high` of an item."""
    options = table.options
    if table.format == "count":
        return (), (), options.low if options else 0, options.high if options else None
    assert options is not None, "read_codebook lets no such item through"
    listed = options.listed
    if table.format != "likert":
        return listed, (), None, None
    numbers = tuple(range(1, len(listed) + 1)) if options.low is None else tuple(map(int, listed))
    return listed, numbers, numbers[0], numbers[-1]


class _Expansion:
    """Items found so far, and the faults."""

    def __init__(self, header: Sequence[str]) -> None:
        self.header = [clean_name(name) for name in header]
        self._spelling = {name.casefold(): name for name in self.header}
        self.items: list[ItemColumn] = []
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        self._owner: dict[str, str] = {}
        self._codes: dict[str, str] = {}

    def claim(self, column: str, owner: str) -> None:
        other = self._owner.setdefault(column, owner)
        if other != owner:
            self.faults.append(Fault(f"column {column}", f"is claimed by {other} and by {owner}"))

    def columns_of(self, table: ColumnTable, owner: str) -> tuple[str, ...]:
        found = tuple(Pattern(table.column).among(self.header))
        for column in found:
            self.claim(column, f"{owner} {table.column}")
        return found

    def optional_columns(self, tables: Sequence[ColumnTable], owner: str) -> tuple[str, ...]:
        """Columns that the same form's files may lack: of applicants, nobody knows yet how they will do."""
        names: dict[str, None] = {}
        for table in tables:
            found = self.columns_of(table, owner)
            if not found:
                self.notes.append(f"The file has no column {table.column!r} for {owner}{self._near(table.column)}.")
            names |= dict.fromkeys(found)
        return tuple(names)

    def add_items(self, table: ItemTable, where: str) -> None:
        options, numbers, low, high = _numbers(table)
        reversing = [Pattern(glob) for glob in table.reverse]
        codes = []
        for columns, taken in self._families(table, where):
            code = fill(table.code, taken) if table.code else columns[0]
            codes.append(code)
            self._name_item(code, columns, where)
            reverse = any(pattern.match(code) is not None for pattern in reversing)
            scale = fill(table.scale, taken) if table.scale else None
            time_column = self._time_column(table, taken, where)
            self.items.append(ItemColumn(code, table.format, columns, options, numbers, low, high, reverse, scale, time_column))
        for pattern in reversing if codes else ():
            if not pattern.among(codes):
                self.faults.append(Fault(f"{where} reverse", f"no item is called {pattern.glob!r}{near_hint(pattern.glob, codes)}"))

    def _families(self, table: ItemTable, where: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The columns of each item that a table declares, and what the stars took there."""
        first, *others = ({taken: name for name, taken in Pattern(glob).among(self.header).items()} for glob in table.columns)
        if not first and not any(others):
            self.faults.append(Fault(where, f"no column is called {table.columns[0]!r}{self._near(table.columns[0])}"))
        if not others:
            yield from (((name,), taken) for name, taken in Pattern(table.columns[0]).among(self.header).items())
            return
        for taken in {**first, **others[0]}:
            best, worst = first.get(taken), others[0].get(taken)
            if best and worst:
                yield (best, worst), taken
            else:
                there, absent = (best, fill(table.columns[1], taken)) if best else (worst, fill(table.columns[0], taken))
                self.faults.append(Fault(where, f"there is a column {there!r} and no {absent!r}"))

    def _name_item(self, code: str, columns: Sequence[str], where: str) -> None:
        if len(code) > _LONGEST_CODE:
            self.faults.append(Fault(where, f"the code {code[:40]!r}… is longer than {_LONGEST_CODE} characters"))
        other = self._codes.setdefault(code.casefold(), columns[0])
        if other != columns[0]:
            told = f"columns {other!r} and {columns[0]!r} would both be item {code!r}; its code needs a star"
            self.faults.append(Fault(where, told))
        for column in columns:
            self.claim(column, f"item {code}")

    def _time_column(self, table: ItemTable, taken: Sequence[str], where: str) -> str | None:
        if table.time_column is None:
            return None
        name = fill(table.time_column, taken)
        column = self._spelling.get(name.casefold())
        if column is None:
            self.faults.append(Fault(f"{where} time_column", f"no column is called {name!r}{self._near(name)}"))
        else:
            self.claim(column, "time")
        return column

    def _near(self, name: str) -> str:
        return near_hint(name, self.header)


def near_hint(name: str, names: Sequence[str]) -> str:
    """The end of a message: which of `names` come near `name`. Empty when none does."""
    near = near_names(name, names)
    return f"; near it: {', '.join(map(repr, near))}" if near else ""


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a file with a meaning: of whom, what they answered, how they did later, which group they are of.

    `notes` name the columns for criteria and groups that the file does not have.
    """

    id: str
    items: tuple[ItemColumn, ...]
    criteria: tuple[str, ...]
    groups: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def known(self) -> frozenset[str]:
        """Every column with a meaning."""
        answered = (name for item in self.items for name in (*item.columns, item.time_column) if name)
        return frozenset((self.id, *answered, *self.criteria, *self.groups))


def expand_columns(codebook: Codebook, header: Sequence[str]) -> Columns:
    """Find every column that the codebook speaks of. Raises BadInput with a fault for each that is missing or claimed twice."""
    work = _Expansion(header)
    if codebook.id is not None:
        ids = work.columns_of(codebook.id, "[id]")
        if len(ids) != 1:
            near = near_hint(codebook.id.column, work.header)
            work.faults.append(Fault("[id]", f"{codebook.id.column!r} fits {len(ids)} columns; the id is one{near}"))
    else:
        ids = tuple(work.header[:1])
        work.claim(ids[0], "[id] (the first column)")
    criteria = work.optional_columns(codebook.criteria, "[[criterion]]")
    groups = work.optional_columns(codebook.groups, "[[group]]")
    for number, table in enumerate(codebook.items, start=1):
        work.add_items(table, f"[[item]] {table.code or number}")
    items = tuple(_with_shared_times(work.items))
    work.faults += _scale_faults(codebook, items)
    if work.faults:
        raise BadInput(f"The codebook does not fit the file: {work.faults[0]}. Nothing was read.", work.faults)
    return Columns(ids[0], items, criteria, groups, tuple(work.notes))


def expand(codebook: Codebook, header: Sequence[str]) -> tuple[ItemColumn, ...]:
    """The items of a file with this header, in the codebook's order. Raises BadInput as `expand_columns` does."""
    return expand_columns(codebook, header).items


def _with_shared_times(items: Sequence[ItemColumn]) -> Iterator[ItemColumn]:
    users: dict[str, int] = {}
    for item in items:
        if item.time_column:
            users[item.time_column] = users.get(item.time_column, 0) + 1
    for item in items:
        yield replace(item, time_shared=bool(item.time_column) and users[str(item.time_column)] > 1)


def _members(codebook: Codebook, items: Sequence[ItemColumn]) -> dict[str, tuple[ItemColumn, ...]]:
    members: dict[str, dict[str, ItemColumn]] = {}
    for item in items:
        if item.scale:
            members.setdefault(item.scale, {})[item.code] = item
    by_code = {item.code: item for item in items}
    for table in codebook.scales:
        for glob in table.items:
            for code in Pattern(glob).among(by_code):
                members.setdefault(table.code, {})[code] = by_code[code]
    return {code: tuple(found.values()) for code, found in members.items()}


def _scale_faults(codebook: Codebook, items: Sequence[ItemColumn]) -> Iterator[Fault]:
    codes = [item.code for item in items]
    for table in codebook.scales:
        for glob in table.items:
            if not Pattern(glob).among(codes):
                yield Fault(f"[[scale]] {table.code}", f"no item is called {glob!r}{near_hint(glob, codes)}")
    for code, members in _members(codebook, items).items():
        unordered = [item.code for item in members if item.format not in ("likert", "count")]
        if unordered:
            yield Fault(f"scale {code}", f"item {unordered[0]} has no order, so a scale cannot add it up")
        elif len({(item.low, item.high) for item in members}) > 1:
            yield Fault(f"scale {code}", "its items do not run from the same lowest to the same highest number")
        elif any(item.reverse for item in members) and members[0].high is None:
            yield Fault(f"scale {code}", 'a reversed count needs a highest number: options such as "0..9"')


def expand_scales(codebook: Codebook, items: Sequence[ItemColumn]) -> tuple[ScaleItems, ...]:
    """The scales of `items`, from their `scale` and from the `[[scale]]` tables together."""
    return tuple(
        ScaleItems(
            code,
            tuple(item.code for item in members),
            tuple(item.code for item in members if item.reverse),
            members[0].low,
            members[0].high,
        )
        for code, members in _members(codebook, items).items()
    )


def form_content(codebook: Codebook, items: Sequence[ItemColumn]) -> Mapping[str, Any]:
    """The form as a JSON object: what a form version stores of a form that was delivered elsewhere."""
    return {
        "kind": "imported",
        "title": codebook.form.title,
        "instruction": codebook.form.instruction,
        "items": [
            {
                "code": item.code,
                "format": item.format,
                "options": list(item.options),
                "low": item.low,
                "high": item.high,
                "scale": item.scale,
                "reverse": item.reverse,
            }
            for item in items
        ],
        "scales": [
            {"code": scale.code, "items": list(scale.items), "reversed": list(scale.reversed), "low": scale.low, "high": scale.high}
            for scale in expand_scales(codebook, items)
        ],
    }
