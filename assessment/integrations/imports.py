"""Files of people's later life on the job, from bytes to what the importing services take."""

from __future__ import annotations

import hashlib
from datetime import datetime

from assessment.integrations.codebook import read_codebook
from assessment.integrations.criterion_csv import CriterionLine, read_criterion
from assessment.integrations.evaluations import Evaluation
from assessment.integrations.hires import HireLine, read_hires
from assessment.integrations.qa_csv import read_evaluations
from assessment.integrations.responses_csv import Person, read_responses
from assessment.services.history import ImportedForm
from assessment.services.importing import ReadFile


def hires_file(data: bytes, *, name: str, now: datetime) -> ReadFile[HireLine]:
    """A file of hires. Raises BadInput when it cannot be used as a whole."""
    found = read_hires(data, now=now)
    return ReadFile(name, content_hash(data), found.hires, found.duplicates, found.refused, found.notes, found.columns)


def evaluations_file(data: bytes, *, name: str, now: datetime) -> ReadFile[Evaluation]:
    """A file of QA evaluations. Raises BadInput when it cannot be used as a whole."""
    found = read_evaluations(data, now=now)
    return ReadFile(name, content_hash(data), found.evaluations, found.duplicates, found.refused, found.notes, found.columns)


def criterion_file(data: bytes, *, name: str) -> ReadFile[CriterionLine]:
    """A file of agent-level criteria. Raises BadInput when it cannot be used as a whole."""
    found = read_criterion(data)
    return ReadFile(name, content_hash(data), found.agents, found.duplicates, found.refused, found.notes, found.columns)


def responses_file(data: bytes, codebook: bytes, *, name: str) -> tuple[ImportedForm, ReadFile[Person]]:
    """A file of responses and the form that its codebook describes. Raises BadInput when either cannot be used."""
    book = read_codebook(codebook)
    found = read_responses(data, book)
    form = ImportedForm(book.form.code, book.form.title, dict(found.content))
    return form, ReadFile(name, content_hash(data), found.people, found.duplicates, found.refused, found.notes, found.columns)


def content_hash(data: bytes) -> str:
    """How a file is known again, whatever it is called."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
