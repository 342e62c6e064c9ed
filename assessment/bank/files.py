"""The files of a bank: found, read and turned into objects, with the file's name kept for whatever is wrong later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from assessment.bank.documents import read_document
from assessment.bank.faults import Broken, at, faults_in, printable_name
from assessment.bank.frozen import Frozen
from assessment.errors import Fault

M = TypeVar("M", bound=Frozen)
MAX_FILES = 20_000
SCORING_WORDS = frozenset(
    {"weight", "weights", "score", "scores", "points", "key", "keys", "keyed", "correct", "best", "worst", "direction"}
)


def no_scores_here(field: str) -> str | None:
    """The refusal of a field that belongs to a scoring key."""
    if field in SCORING_WORDS:
        return "items and forms carry no weights and no scores; they belong in a scoring key (questions/keys/)"
    return None


@dataclass(frozen=True)
class Entry(Generic[M]):
    """An object with the file that it was read from: `name` is the path below the bank, `document` its tables."""

    name: str
    document: Mapping[str, Any]
    content: M

    @property
    def folder(self) -> str:
        return self.name.split("/")[-2] if "/" in self.name else ""

    @property
    def stem(self) -> str:
        return self.name.rsplit("/", 1)[-1].removesuffix(".toml")

    def faults(self, broken: Iterable[Broken]) -> list[Fault]:
        """Rules that this file breaks, as faults with its name."""
        return [Fault(at(self.name, self.document, place), message) for place, message in broken]


class Shelf:
    """Reads the files below one root and gathers what is wrong with them in `faults`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.faults: list[Fault] = []

    def name_of(self, path: Path) -> str:
        """The path below the root, fit to be printed."""
        return "/".join(printable_name(part, 200) for part in path.relative_to(self.root).parts)

    def toml_files(self, folder: str, depth: int = 0) -> list[Path]:
        """TOML files of a folder (`depth` 0) or of its folders (`depth` 1), sorted. README.md and dot files are passed over.

        Anything else is a fault: a file with a mistyped ending would otherwise be lost without a word.
        """
        found = list(self._files(self.root / folder, depth))
        if len(found) > MAX_FILES:
            self.faults.append(Fault(folder, f"holds more than {MAX_FILES} files"))
        return found[:MAX_FILES]

    def _files(self, folder: Path, depth: int) -> Iterator[Path]:
        if not folder.exists() and not folder.is_symlink():
            return
        try:
            if not folder.resolve().is_relative_to(self.root.resolve()):
                self.faults.append(Fault(self.name_of(folder), "is a link to a place outside the question bank"))
                return
            paths = sorted(folder.iterdir())
        except (OSError, RuntimeError) as error:
            self.faults.append(Fault(self.name_of(folder), f"cannot be read: {getattr(error, 'strerror', error)}"))
            return
        for path in (path for path in paths if not path.name.startswith(".") and path.name != "README.md"):
            if path.is_dir() != (depth > 0):
                kind = "folders" if path.is_dir() else "files"
                self.faults.append(Fault(self.name_of(path), f"{kind} do not belong here"))
            elif depth:
                yield from self._files(path, depth - 1)
            elif path.suffix != ".toml":
                self.faults.append(Fault(self.name_of(path), "only .toml files belong here"))
            else:
                yield path

    def read(self, path: Path, model: type[M], unknown_field: Callable[[str], str | None] = no_scores_here) -> Entry[M] | None:
        """One file as one object, or None with the reasons in `faults`."""
        name = self.name_of(path)
        document, faults = read_document(path, self.root, name)
        content: M | None = None
        if document:
            try:
                content = model.model_validate(document)
            except ValidationError as error:
                known = {fault.where for fault in faults}
                faults += [f for f in faults_in(error, name, document, unknown_field) if f.where not in known]
        self.faults += faults
        return Entry(name, document, content) if content is not None and not faults else None
