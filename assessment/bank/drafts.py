"""Items in the making: documents in the shape of an item's file that may still have errors."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any, get_args

from pydantic import ValidationError

from assessment.bank.content import content_hash
from assessment.bank.documents import decode, parse, unfit_values
from assessment.bank.draft_fields import Document, blank_choice, fields_of, with_fields
from assessment.bank.faults import at, faults_in
from assessment.bank.files import no_scores_here
from assessment.bank.hashing import digest
from assessment.bank.items import Item
from assessment.bank.vocabulary import Format, StepRole
from assessment.errors import BadInput, Fault


def blank_item(code: str, format: str, author: str) -> Document:
    """An item of a format with nothing written yet."""
    document: Document = {
        "item": {"schema": 1, "id": code, "version": 1, "status": "draft", "format": format, "families": ["customer_support"]},
        "review": {"author": author, "source": {"kind": "author"}},
    }
    if format == "likert":
        document["item"]["instruction"] = "would_do"
        document["task"] = {"scale": "accuracy5"}
        return document
    document["item"]["instruction"] = "should_do"
    document["scenario"] = {"transcript": [{"who": "customer"}]}
    if format == "storyline":
        document["step"] = [_step(role) for role in get_args(StepRole)]
    else:
        document["task"] = blank_choice(format)
    return document


def _step(role: str) -> Document:
    format = "rate" if role in ("feels", "in_their_place") else "pick_best"
    return {"id": role.replace("_", "-"), "role": role, "format": format} | blank_choice(format)


def read_item_file(data: bytes) -> Document:
    """An item's file as a draft. Raises BadInput for what the pages could not show: no TOML, unknown fields, other shapes."""
    name = "the file"
    try:
        document = parse(decode(data))
    except ValueError as error:
        raise BadInput(f"Nothing was taken in: the file {error}.", [Fault(name, str(error))]) from error
    faults = [Fault(at(name, document, location), message) for location, message in unfit_values(document)]
    if not faults and not _can_be_edited(_with_days_as_text(document)):
        faults = item_faults(document, name) or [Fault(name, "is not in the shape of an item")]
    if faults:
        raise BadInput("Nothing was taken in: the file is not in the shape of an item.", faults)
    return _with_days_as_text(document)


def item_faults(document: Mapping[str, Any], name: str) -> list[Fault]:
    """Everything that keeps a document from being an item, with the place in it."""
    unfit = [Fault(at(name, document, location), message) for location, message in unfit_values(document)]
    if unfit:
        return unfit
    try:
        Item.model_validate(document)
    except ValidationError as error:
        return faults_in(error, name, document, no_scores_here)
    return []


def finished_item(document: Mapping[str, Any]) -> Item | None:
    """The document as an item, or None while something is wrong with it."""
    if unfit_values(document):
        return None
    try:
        return Item.model_validate(document)
    except ValidationError:
        return None


def draft_hash(document: Mapping[str, Any]) -> str:
    """The content hash of the item; of an unfinished one, the hash of what is there without status and review block."""
    item = finished_item(document)
    if item is not None:
        return content_hash(item)
    head = {name: value for name, value in document["item"].items() if name != "status"}
    return digest({name: value for name, value in document.items() if name != "review"} | {"item": head})


def _with_days_as_text(document: Mapping[str, Any]) -> Document:
    found: Document = deepcopy(dict(document))
    review = found.get("review")
    readers = review.get("readers") if isinstance(review, dict) else None
    for reader in readers if isinstance(readers, list) else []:
        if isinstance(reader, dict) and type(reader.get("on")) is date:
            reader["on"] = reader["on"].isoformat()
    return found


def _can_be_edited(document: Document) -> bool:
    if finished_item(document) is not None:
        return True
    head = document.get("item")
    if not isinstance(head, dict) or head.get("schema") != 1 or head.get("format") not in get_args(Format):
        return False
    if document.get("media") or (isinstance(document.get("review"), dict) and document["review"].get("readers")):
        return False  # nothing on the pages could mend these
    return with_fields(document, fields_of(document)) == {"review": {}} | document
