"""The codebook: a TOML file that says what the columns of a file of responses are.

    missing = ["NA", -99]                     # beside the empty cell and NA, which always are

    [form]
    code = "…"  title = "…"  instruction = "would_do" | "should_do" | "unknown"

    [id]                                      # without it, the first column is the id
    column = "…"

    [[item]]                                  # one item, or a family of them by glob
    code = "SJ_*"                             # without it, the item is called as its column
    columns = ["SJ_Most_*", "SJ_Least_*"]     # `column` will do for one
    format = "nominal" | "likert" | "best_worst" | "count"
    options = "1..4" | [1, 2, 3, 4] | ["never", "always"]
    reverse = true | ["SJ_2", "SJ_[78]"]      # all items of the table, or those whose codes match
    scale = "…"
    time_column = "SJ_Time_*"                 # seconds

    [[scale]]
    code = "…"  items = ["SJ_*"]

    [[criterion]]                             # also [[group]], which is for impact figures alone
    column = "…"

Patterns are shell globs over column names without regard to letter case. In `code`, `scale` and `time_column` each `*`
takes what the same `*` of `columns` stood for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from assessment.bank.documents import MAX_BYTES, decode, parse, unfit_values
from assessment.bank.faults import Broken, at, faults_in, keep_rules
from assessment.bank.frozen import Frozen
from assessment.errors import BadInput, Fault
from assessment.integrations.headers import clean_name
from assessment.integrations.patterns import Pattern

MOST_OPTIONS = 100
_RANGE = re.compile(r"(-?[0-9]{1,6})\.\.(-?[0-9]{1,6})")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_WHOLE_AS_DECIMAL = re.compile(r"-?[0-9]+\.0*")
_WHOLE = re.compile(r"-?[0-9]{1,9}")

Format = Literal["nominal", "likert", "best_worst", "count"]


def _glob(value: str) -> str:
    name = clean_name(value)
    if not name:
        raise ValueError("is empty")
    Pattern(name)
    return name


def folded_option(text: str) -> str:
    """An option without regard to letter case and spaces. "3.0" is the option 3: statistics programs write it so."""
    folded = " ".join(text.casefold().split())
    return folded.partition(".")[0] if _WHOLE_AS_DECIMAL.fullmatch(folded) else folded


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _code_words(value: object) -> object:
    """Codes may be written as numbers: -99 means the cell -99."""
    if isinstance(value, list | tuple):
        return tuple(str(entry) if isinstance(entry, int) and not isinstance(entry, bool) else entry for entry in value)
    return value


def _options(value: object) -> object:
    """A list of codes, or a range such as "1..4", kept as the codes in order; a count keeps only the two ends."""
    if isinstance(value, str):
        found = _RANGE.fullmatch(value)
        if not found or int(found.group(1)) >= int(found.group(2)):
            raise ValueError('is neither a list nor a range such as "1..4"')
        return Options(low=int(found.group(1)), high=int(found.group(2)))
    codes = _code_words(value)
    if isinstance(codes, tuple) and codes and all(isinstance(code, str) for code in codes):
        whole = [int(code) for code in codes if _WHOLE.fullmatch(code)]
        return Options(codes=codes, low=min(whole), high=max(whole)) if len(whole) == len(codes) else Options(codes=codes)
    raise ValueError('is neither a list of codes nor a range such as "1..4"')


def _reversed(value: object) -> object:
    """True means every item of the table."""
    return (["*"] if value else []) if isinstance(value, bool) else _one_or_many(value)


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        raise ValueError("must begin with a letter or a digit and have only letters, digits, _ . and -, 80 at most")
    return value


def _starred_code(value: str) -> str:
    _code(value.replace("*", "0"))
    return value


class Options(Frozen):
    """What a cell may hold: `codes` in their order, or every whole number from `low` to `high`."""

    codes: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = ()
    low: int | None = None
    high: int | None = None

    @property
    def listed(self) -> tuple[str, ...]:
        """The codes, those of a range written out."""
        if self.codes or self.low is None or self.high is None:
            return self.codes
        return tuple(str(code) for code in range(self.low, self.high + 1))


Glob = Annotated[str, StringConstraints(max_length=200), AfterValidator(_glob)]
Globs = Annotated[tuple[Glob, ...], BeforeValidator(_one_or_many), Field(min_length=1, max_length=500)]
Code = Annotated[str, AfterValidator(_code)]
StarredCode = Annotated[str, AfterValidator(_starred_code)]


class FormTable(Frozen):
    """The `[form]` table. `instruction` says whether people chose what they would do or what one should do."""

    code: Code
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    instruction: Literal["would_do", "should_do", "unknown"] = "unknown"


class ColumnTable(Frozen):
    """A table that names one column, or several by glob."""

    column: Glob


class ItemTable(Frozen):
    """An `[[item]]` table: one item, or all items whose columns match."""

    code: StarredCode | None = None
    columns: Annotated[tuple[Glob, ...], BeforeValidator(_one_or_many), Field(min_length=1, max_length=2)]
    format: Format
    options: Annotated[Options, BeforeValidator(_options)] | None = None
    reverse: Annotated[tuple[Glob, ...], BeforeValidator(_reversed), Field(max_length=500)] = ()
    scale: StarredCode | None = None
    time_column: Glob | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_column(cls, value: Any) -> Any:
        """`column` is another word for `columns` when there is one."""
        if isinstance(value, dict) and "column" in value and "columns" not in value:
            return {("columns" if name == "column" else name): entry for name, entry in value.items()}
        return value

    @model_validator(mode="after")
    def _fields_go_together(self) -> ItemTable:
        keep_rules(self._broken())
        return self

    def _broken(self) -> Iterator[Broken]:
        stars = Pattern(self.columns[0]).n_stars
        wanted = 2 if self.format == "best_worst" else 1
        if len(self.columns) != wanted:
            yield ("columns",), f"a {self.format} item has {'two columns, the best first' if wanted == 2 else 'one column'}"
        if any(Pattern(column).n_stars != stars for column in self.columns):
            yield ("columns",), "both columns must have as many stars"
        if len(self.columns) == 2 and self.code is None:
            yield ("code",), "is missing; an item of two columns needs one"
        for name in ("code", "scale", "time_column"):
            text = getattr(self, name)
            if text and text.count("*") > stars:
                yield (name,), f"has more stars than columns, which has {stars}"
        yield from self._broken_options()

    def _broken_options(self) -> Iterator[Broken]:
        if self.options is None:
            if self.format != "count":
                yield ("options",), "is missing; what may a cell hold?"
            return
        listed = self.options.codes
        if self.format == "count" and (listed or (self.options.low or 0) < 0):
            yield ("options",), 'a count takes a range from 0 up, such as "0..9"'
        if self.format != "count" and not 2 <= len(self.options.listed) <= MOST_OPTIONS:
            yield ("options",), f"there must be 2 to {MOST_OPTIONS} of them"
        if len(set(map(folded_option, listed))) != len(listed):
            yield ("options",), "one of them is there twice"
        if self.reverse and self.format not in ("likert", "count"):
            yield ("reverse",), f"a {self.format} item has no order to reverse"
        if (
            self.format == "likert"
            and self.options.low is not None
            and listed
            and [int(c) for c in listed] != sorted(map(int, listed))
        ):
            yield ("options",), "must rise from the lowest to the highest"


class ScaleTable(Frozen):
    """A `[[scale]]` table: items by their codes or by glob."""

    code: Code
    items: Globs


class Codebook(Frozen):
    """A whole codebook. That its columns exist in a file is found out by `expand`."""

    form: FormTable
    id: ColumnTable | None = None
    missing: Annotated[tuple[Annotated[str, StringConstraints(max_length=200)], ...], BeforeValidator(_code_words)] = ()
    items: Annotated[tuple[ItemTable, ...], Field(alias="item", min_length=1, max_length=500)]
    scales: Annotated[tuple[ScaleTable, ...], Field(alias="scale", max_length=200)] = ()
    criteria: Annotated[tuple[ColumnTable, ...], Field(alias="criterion", max_length=100)] = ()
    groups: Annotated[tuple[ColumnTable, ...], Field(alias="group", max_length=50)] = ()


def _unknown_field(field: str) -> str | None:
    if field in ("items", "scales", "criteria", "groups", "criterions"):
        return f"is not a field of this table; write [[{ {'criteria': 'criterion'}.get(field, field.removesuffix('s')) }]]"
    return None


def read_codebook(data: bytes | str, name: str = "codebook") -> Codebook:
    """A codebook from the text of its file, of at most 1 MiB. Raises BadInput whose faults name table and field."""
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    faults: list[Fault] = []
    document: dict[str, Any] = {}
    try:
        if len(content) > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES // 1024} KiB")
        document = parse(decode(content))
        faults = [Fault(at(name, document, location), message) for location, message in unfit_values(document)]
        if not faults:
            return Codebook.model_validate(document)
    except ValidationError as error:
        faults = faults_in(error, name, document, _unknown_field)
    except ValueError as error:
        faults = [Fault(name, str(error))]
    many = f"{len(faults)} errors" if len(faults) != 1 else "one error"
    raise BadInput(f"The codebook has {many}; nothing was read. {faults[0]}", faults)
