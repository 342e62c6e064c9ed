"""What every import shares: the lines that a reader hands over, the fate of each, and the record of the whole.

An import is planned first (which line goes where, and which rows would be written) and then carried out, so that a
preview and the import itself cannot disagree. Imports of one organisation take turns: two uploads of the same file at
the same moment make one set of rows, and the second finds all of it there.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Any, Generic, Literal, Protocol, TypeVar

from sqlalchemy import Connection, Select, insert, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from assessment.errors import BadInput, Fault, NotFound
from assessment.records.base import Table
from assessment.records.observation import ImportBatch, ImportLine
from assessment.records.organisation import Organisation
from assessment.services.audit import record_event
from assessment.services.people.actors import Actor

Kind = Literal["hires", "qa", "criterion", "responses"]
Fate = Literal["matched", "unmatched", "duplicate", "rejected"]
FATES: tuple[Fate, ...] = ("matched", "unmatched", "duplicate", "rejected")
CHUNK = 2_000
LONGEST_NAME = 200
SHOWN_FAULTS = 20

Row = TypeVar("Row", covariant=True)
Value = TypeVar("Value")


class RefusedLine(Protocol):
    """A line that its reader could not use: why, in words, and its cells written again as a line of CSV."""

    @property
    def line(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def raw(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ReadFile(Generic[Row]):
    """A file as read: the lines that can be used, those that cannot, and what a person should know about how it was read.

    `name` is what the sender called it and is only ever shown; `hash` is "sha256:…" of its bytes; `columns` are the
    header's names in the file's order. `duplicates` say again what another line of the file says.
    """

    name: str
    hash: str
    lines: Sequence[Row]
    duplicates: Sequence[RefusedLine] = ()
    refused: Sequence[RefusedLine] = ()
    remarks: Sequence[str] = ()
    columns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class LineFate:
    """What becomes of one line, why if it is not simply taken, and the line itself as CSV in the plan's columns."""

    line: int
    fate: Fate
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. `remarks` are sentences about the file as a whole that a person should read first."""

    kind: Kind
    file_name: str
    file_hash: str
    lines: tuple[LineFate, ...]
    columns: tuple[str, ...]
    remarks: tuple[str, ...]
    notes: Mapping[str, Any] = field(default_factory=dict)

    def count(self, fate: Fate) -> int:
        """How many lines have this fate."""
        return sum(line.fate == fate for line in self.lines)

    def first(self, fate: Fate, limit: int = 5) -> list[LineFate]:
        """The first lines with this fate, in file order."""
        return list(islice((line for line in self.lines if line.fate == fate), limit))


def plan_of(
    file: ReadFile[Row],
    kind: Kind,
    fates: Iterable[LineFate],
    *,
    columns: Sequence[str],
    remarks: Iterable[str] = (),
    notes: Mapping[str, Any] | None = None,
) -> ImportPlan:
    """The plan of an import: `fates` of the lines that could be read, together with those that the reader put aside.

    Raises `BadInput` if not one line could be read: then there is nothing to import and nothing to keep.
    """
    again = (LineFate(line.line, "duplicate", line.reason, line.raw) for line in file.duplicates)
    refused = (LineFate(line.line, "rejected", line.reason, line.raw) for line in file.refused)
    lines = tuple(sorted((*fates, *again, *refused), key=lambda fate: fate.line))
    if file.refused and not file.lines and not file.duplicates:
        faults = [Fault(f"line {line.line}", line.reason) for line in file.refused[:SHOWN_FAULTS]]
        raise BadInput(f"Not one of the {len(file.refused)} lines of the file can be used. Nothing was imported.", faults)
    return ImportPlan(kind, shown_name(file.name), file.hash, lines, tuple(columns), (*file.remarks, *remarks), dict(notes or {}))


def written_line(columns: Sequence[str], cells: Mapping[str, object]) -> str:
    """A line of CSV with the cells of `columns`; a column without a cell stays empty."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(["" if cells.get(name) is None else cells[name] for name in columns])
    return buffer.getvalue()


def cells_of(text: str) -> list[str]:
    """The cells of a line of CSV."""
    return next(csv.reader([text]), [])


def take_turns(session: Session, organisation_id: int) -> None:
    """Wait until no other import of this organisation is under way. Call before reading what is stored already.

    PostgreSQL locks the organisation's row until the transaction ends; SQLite has one writer at a time as it is.
    """
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True))


def begin_batch(session: Session, plan: ImportPlan, *, actor: Actor, now: datetime) -> ImportBatch:
    """Record the import, the fate of each of its lines, and that it happened. What it brings refers to the batch's id."""
    batch = ImportBatch(
        organisation_id=actor.organisation_id,
        kind=plan.kind,
        file_name=plan.file_name,
        file_hash=plan.file_hash,
        matched=plan.count("matched"),
        unmatched=plan.count("unmatched"),
        duplicate=plan.count("duplicate"),
        rejected=plan.count("rejected"),
        notes={**plan.notes, "remarks": list(plan.remarks), "columns": list(plan.columns)},
        imported_by=actor.name,
        imported_at=now,
    )
    session.add(batch)
    session.flush()
    insert_rows(
        session,
        ImportLine,
        (
            {"import_id": batch.id, "line": line.line, "fate": line.fate, "reason": line.reason, "content": line.text}
            for line in plan.lines
        ),
    )
    record_event(
        session,
        organisation_id=actor.organisation_id,
        actor=actor.subject,
        action=f"{plan.kind} imported",
        subject=f"import {batch.id}",
        detail={"file": plan.file_hash, **{fate: plan.count(fate) for fate in FATES}},
        now=now,
    )
    return batch


def insert_rows(session: Session, model: type[Table], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert many rows of one table, each with the same columns. Returns how many.

    The driver is handed the rows directly: per-row work in between costs four times the insert itself. PostgreSQL takes
    them by COPY.
    """
    session.flush()
    rest = iter(rows)
    first = next(rest, None)
    if first is None:
        return 0
    connection, table = session.connection(), table_of(model)
    names = [column.name for column in table.columns if column.name in first]  # the order in which a statement is written
    bound = [table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect) for name in names]
    write = _copy if connection.dialect.name == "postgresql" else _execute_many
    done = 0
    for chunk in chunks(chain([first], rest)):
        columns = [
            [row[name] for row in chunk] if bind is None else list(_bound(bind, (row[name] for row in chunk)))
            for name, bind in zip(names, bound, strict=True)
        ]
        write(connection, table, names, list(zip(*columns, strict=True)))
        done += len(chunk)
    return done


def _execute_many(connection: Connection, table: SqlTable, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(names))
    connection.exec_driver_sql(statement.string, rows)


def _copy(connection: Connection, table: SqlTable, names: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table.name)} ({', '.join(map(quote, names))}) FROM STDIN"
    driver_error = connection.dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except driver_error as error:  # told as other statements tell theirs: a database that is down is a database that is down
        raise DBAPIError.instance(statement, None, error, driver_error, dialect=connection.dialect) from error
    finally:
        cursor.close()


def _bound(bind: Callable[[Any], Any], values: Iterable[Any]) -> Iterator[Any]:
    """Values as the driver takes them; one that is the same object as the one before is turned once."""
    last = turned = object()
    for value in values:
        if value is not last:
            last, turned = value, bind(value)
        yield turned


def insert_rows_with_ids(session: Session, model: type[Table], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert many rows of a table whose key is `id`. Returns the ids in the order of `rows`."""
    session.flush()
    table = table_of(model)
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return [row.id for chunk in chunks(rows) for row in session.execute(statement, chunk)]


def table_of(model: type[Table]) -> SqlTable:
    """The plain table behind a mapped class."""
    table = model.__table__
    assert isinstance(table, SqlTable)
    return table


def chunks(values: Iterable[Value], size: int = CHUNK) -> Iterator[list[Value]]:
    """`values` in lists of at most `size`, in order."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def recent_imports(session: Session, organisation_id: int, *, kind: Kind | None = None, limit: int = 20) -> list[ImportBatch]:
    """The organisation's newest imports, newest first."""
    query = select(ImportBatch).where(ImportBatch.organisation_id == organisation_id)
    if kind is not None:
        query = query.where(ImportBatch.kind == kind)
    return list(session.scalars(query.order_by(ImportBatch.id.desc()).limit(limit)))


def find_import(session: Session, organisation_id: int, import_id: int) -> ImportBatch:
    """One import, or `NotFound`: the same for one that is missing and one of another organisation."""
    batch = session.scalar(select(ImportBatch).where(ImportBatch.id == import_id, ImportBatch.organisation_id == organisation_id))
    if batch is None:
        raise NotFound()
    return batch


def lines_of(session: Session, batch: ImportBatch, fate: Fate, *, limit: int | None = None) -> Iterator[LineFate]:
    """The lines of an import with this fate, in file order."""
    query: Select[ImportLine] = (
        select(ImportLine).where(ImportLine.import_id == batch.id, ImportLine.fate == fate).order_by(ImportLine.line).limit(limit)
    )
    for line in session.scalars(query.execution_options(yield_per=CHUNK)):
        yield LineFate(line.line, fate, line.reason, line.content)


def common_reasons(lines: Iterable[LineFate], fate: Fate, limit: int = 5) -> list[tuple[str, int]]:
    """The commonest reasons among lines with this fate, with how often each was given."""
    return Counter(line.reason for line in lines if line.fate == fate).most_common(limit)


def shown_name(name: str) -> str:
    """A file's name as it may be shown and stored: no control or direction characters, no folders, at most 200 characters."""
    plain = "".join(c for c in name if not unicodedata.category(c).startswith("C")).replace("\\", "/")
    return plain.rsplit("/", 1)[-1].strip()[:LONGEST_NAME] or "a file without a name"
