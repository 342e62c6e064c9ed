"""The bytes of pictures, sound and video below `questions/media/`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from assessment.bank.catalogue import Bank, form_items
from assessment.bank.documents import read_bytes
from assessment.bank.forms import Form
from assessment.errors import BadInput, Fault

FOLDER = "media"
MOST_BYTES = 8_000_000
"""8 MB: a minute of video for a phone. More is a slow download for who has a slow line."""


def read_medium(root: Path, name: str) -> bytes:
    """One file below the bank's folder for media. Raises ValueError, in words, if it cannot be had or is too large."""
    return read_bytes(root / FOLDER / name, root, MOST_BYTES)


def form_media(bank: Bank, form: Form) -> dict[str, bytes]:
    """Every file that the items of a form show, by its name. Raises BadInput, naming each that cannot be had."""
    items = (*form_items(bank, form), *(bank.items[name] for name in (form.head.practice,) if name in bank.items))
    found: dict[str, bytes] = {}
    faults = []
    for name in sorted({name for item in items for medium in item.media for name in medium.files.values()}):
        try:
            if bank.root is None:
                raise ValueError("cannot be had: this bank was not read from a folder")
            found[name] = read_medium(bank.root, name)
        except ValueError as error:
            faults.append(Fault(f"{FOLDER}/{name}", str(error)))
    if faults:
        raise BadInput(f"Form {form.id} shows media whose files cannot be had.", faults)
    return found


def file_hash(content: bytes) -> str:
    """SHA-256 of a file, written as the hashes of the bank are."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
