"""Whom to invite: pasted lines, or a CSV file with a column `email`."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assessment.errors import BadInput, Fault
from assessment.integrations.delimited import SEPARATORS, Limits, RefusedLine, read_table
from assessment.integrations.encoding import recognise
from assessment.integrations.headers import name_key
from assessment.integrations.values import BadValue, cell, identifier, plain_words, shown

KNOWN = ("email", "name", "reference", "language")
INVITATION_LIMITS = Limits(bytes=4 * 2**20, rows=20_000, columns=50, cell=2_000, refused=20_000)

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,59})")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?")


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody to invite. `email` has its domain in small letters; `reference` is the sender's own id for the person."""

    line: int
    name: str | None
    email: str
    reference: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class InvitationList:
    """The people in the list's order, each address once, and the lines that name nobody who can be invited."""

    people: tuple[Invitee, ...]
    refused: tuple[RefusedLine, ...]
    notes: tuple[str, ...] = ()


def email_address(text: str) -> str:
    """An address that mail can be sent to: ASCII, at most 254 characters, a domain with a dot. Raises BadValue."""
    local, at, domain = text.rpartition("@")
    if not text:
        raise BadValue("is empty; an address is needed")
    if not at or not local or not domain:
        raise BadValue(f"{shown(text)} is not an e-mail address such as ana@example.org")
    if not text.isascii():
        raise BadValue(f"{shown(text)} has a character that addresses cannot have")
    if len(text) > 254 or len(local) > 64 or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise BadValue(f"{shown(text)} is not an e-mail address such as ana@example.org")
    return f"{local}@{domain.lower()}"


def _language(text: str) -> str | None:
    if not text:
        return None
    match = _LANGUAGE.fullmatch(text)
    if not match:
        raise BadValue(f"{shown(text)} is not a language such as en, es or pt-BR")
    language, region = match.groups()
    return f"{language.lower()}-{region.upper()}" if region else language.lower()


def _name(text: str) -> str | None:
    return plain_words(" ".join(text.split())) or None


def _from_cells(line: int, cells: Mapping[str, str]) -> Invitee:
    return Invitee(
        line,
        cell(cells, "name", _name),
        cell(cells, "email", email_address),
        cell(cells, "reference", lambda text: identifier(text) if text else None),
        cell(cells, "language", _language),
    )


def _name_and_address(text: str) -> tuple[str, str]:
    """The two parts of a pasted line. By hand and not by pattern: a pattern can be made to take for ever."""
    if text.endswith(">") and text.count("<") == 1:
        name, _, address = text[:-1].partition("<")
        return name.strip().strip('"'), address.strip()
    parts = [part.strip().strip('"') for part in re.split("[,;\t]", text)]
    addresses = [part for part in parts if "@" in part]
    if not addresses:
        raise BadValue(f"{shown(text)} has no e-mail address")
    if len(addresses) > 1:
        raise BadValue(f"{shown(text)} has more than one address; write one a line")
    return ", ".join(part for part in parts if part and "@" not in part), addresses[0]


def _from_pasted(line: int, text: str) -> Invitee:
    name, address = _name_and_address(text)
    return Invitee(line, cell({"name": name}, "name", _name), email_address(address))


def _is_table(text: str) -> bool:
    """Whether the first line with content is a header: one of its cells is `email`, and no cell an address."""
    first = next((line for line in text.splitlines() if line.strip() and not line.lower().startswith("sep=")), "")
    cells = re.split("[" + "".join(map(re.escape, SEPARATORS)) + "]", first[:2_000])
    return "@" not in first and "email" in {name_key(entry.strip('" ')) for entry in cells}


def _pasted_lines(text: str, limits: Limits) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(re.split("\r\n|\r|\n", text), start=1):
        if number > limits.rows:
            raise BadInput(f"The list has more than {limits.rows} lines. Nobody was invited.", [Fault("list", "is too long")])
        if line.strip():
            yield number, line.strip()


def _once_each(found: list[Invitee]) -> dict[int, str]:
    reasons: dict[int, str] = {}
    for label, entries in (
        ("address", [(person.line, person.email.casefold()) for person in found]),
        ("reference", [(person.line, person.reference) for person in found if person.reference]),
    ):
        first: dict[str, int] = {}
        for line, entry in entries:
            if first.setdefault(entry, line) != line:
                reasons.setdefault(line, f"has the same {label} as line {first[entry]}")
    return reasons


def read_invitations(data: bytes | str, *, limits: Limits = INVITATION_LIMITS) -> InvitationList:
    """Read a list of people to invite. Raises BadInput when nothing in it can be read.

    Either a table with a header (`email`, and perhaps `name`, `reference`, `language`), or lines such as `ana@example.org`,
    `Ana Ruiz <ana@example.org>` and `Ana Ruiz, ana@example.org`. Names may be missing. A line without one usable address
    is refused; of two lines with the same address (or reference) the first stays.
    """
    content = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(content) > limits.bytes:
        raise BadInput(
            f"The list is larger than {limits.bytes / 2**20:.3g} MB. Nobody was invited.", [Fault("list", "is too large")]
        )
    known = recognise(content)
    text = codecs.decode(known.data[known.start :], known.encoding)
    reasons: dict[int, str] = {}
    found: list[Invitee] = []
    if _is_table(text):
        table = read_table(content, required=("email",), known=KNOWN, limits=limits)
        for line, cells in table.rows:
            try:
                found.append(_from_cells(line, cells))
            except BadValue as error:
                reasons[line] = str(error)
        reasons |= _once_each(found)
        refused, notes = table.refusals(reasons), table.notes
    else:
        lines = dict(_pasted_lines(text, limits))
        for line, entry in lines.items():
            try:
                found.append(_from_pasted(line, entry))
            except BadValue as error:
                reasons[line] = str(error)
        reasons |= _once_each(found)
        refused, notes = tuple(RefusedLine(line, reasons[line], lines[line]) for line in sorted(reasons)), known.notes
    people = tuple(person for person in found if person.line not in reasons)
    nameless = sum(person.name is None for person in people)
    return InvitationList(people, refused, (*notes, *((f"{nameless} of {len(people)} people have no name.",) if nameless else ())))
