"""Reads `questions/` into a `Bank`, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from assessment.bank.catalogue import Bank
from assessment.bank.construct import ConstructMap
from assessment.bank.faults import BankErrors, Broken, printable_name
from assessment.bank.feedback import FeedbackWords
from assessment.bank.files import Entry, Shelf, no_scores_here
from assessment.bank.forms import Form
from assessment.bank.items import Item
from assessment.bank.references import expected_folder, form_references, item_references
from assessment.bank.scorecards import Scorecard
from assessment.bank.translations import FormTranslation, Translation
from assessment.errors import Fault

T = TypeVar("T")
Named = TypeVar("Named", Item, Form, Scorecard)
Read = TypeVar("Read", Form, Scorecard, FeedbackWords)
PRACTICE = "practice"


def read_bank(root: Path) -> Bank:
    """The question bank under `root` (a folder like `questions/`).

    Raises `BankErrors` with every fault found, in the order of the files: the bank is complete and consistent or it is
    refused. How the fields of a file go together is looked at once each of them can be read.
    """
    if not root.is_dir():
        raise BankErrors([Fault(printable_name(str(root), 200), "is not a folder")])
    shelf = Shelf(root)
    construct = _read_construct_map(shelf)
    items, translations, unread = _read_items(shelf)
    forms, form_translations = _read_forms(shelf)
    cards = _read_folder(shelf, "scorecards", Scorecard, _any_field)
    words = _read_folder(shelf, "feedback", FeedbackWords, no_scores_here)
    for card in cards:
        shelf.faults += card.faults(_file_name(card, card.content.id))
    if construct is None:
        raise BankErrors(_sorted(shelf.faults))
    for entry in words:
        shelf.faults += entry.faults(_feedback_place(entry, construct))
    bank = _assemble(root, construct, items, translations, forms, form_translations, cards, words)
    for item in items:
        shelf.faults += item.faults(item_references(item.content, bank, unread))
    for form in forms:
        shelf.faults += form.faults(form_references(form.content, bank, unread))
    if shelf.faults:
        raise BankErrors(_sorted(shelf.faults))
    return bank


def bank_as_known(root: Path) -> Bank:
    """The bank under `root`, read again only when a file of it came, went or changed: for pages, which read it with every view."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return _read_once(root, tuple((path, stat.st_mtime_ns, stat.st_size) for path in files for stat in [path.stat()]))


@lru_cache(maxsize=2)
def _read_once(root: Path, _files: tuple[tuple[Path, int, int], ...]) -> Bank:
    return read_bank(root)


def _any_field(field: str) -> None:
    """Scorecards score: no field of theirs is refused for being a weight."""


def _read_folder(shelf: Shelf, folder: str, model: type[Read], unknown_field: Callable[[str], str | None]) -> list[Entry[Read]]:
    entries = [shelf.read(path, model, unknown_field) for path in shelf.toml_files(folder)]
    return [entry for entry in entries if entry is not None]


def _read_forms(shelf: Shelf) -> tuple[list[Entry[Form]], list[Entry[FormTranslation]]]:
    forms: dict[str, Entry[Form]] = {}
    translations: list[Entry[FormTranslation]] = []
    unread: set[str] = set()
    for path in shelf.toml_files("forms"):
        if "." in path.stem:
            if translated := shelf.read(path, FormTranslation):
                translations.append(translated)
        elif form := shelf.read(path, Form, no_scores_here):
            shelf.faults += form.faults(_file_name(form, form.content.id))
            forms[form.content.id] = form
        else:
            unread.add(path.stem)
    for translated in translations:
        shelf.faults += translated.faults(_form_translation_place(translated, forms, unread))
    return list(forms.values()), translations


def _sorted(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: fault.where.split(":", 1)[0])


def _read_construct_map(shelf: Shelf) -> ConstructMap | None:
    entry = shelf.read(shelf.root / "facets.toml", ConstructMap)
    return entry.content if entry else None


def _read_items(shelf: Shelf) -> tuple[list[Entry[Item]], list[Entry[Translation]], set[str]]:
    """Items, translations, and the names of the item files that could not be read."""
    items: dict[str, Entry[Item]] = {}
    unread: set[str] = set()
    translations: list[Entry[Translation]] = []
    paths = shelf.toml_files("items", depth=1)
    if not paths:
        shelf.faults.append(Fault("items", "there is not one item in this bank"))
    for path in paths:
        if "." in path.stem:
            if translated := shelf.read(path, Translation):
                translations.append(translated)
        elif entry := shelf.read(path, Item):
            shelf.faults += entry.faults(_item_place(entry))
            if entry.content.id in items:
                other = items[entry.content.id].name
                shelf.faults += entry.faults([(("item", "id"), f"{entry.content.id} is also the id of {other}")])
            items.setdefault(entry.content.id, entry)
        else:
            unread.add(path.stem)
    for translated in translations:
        shelf.faults += translated.faults(_translation_place(translated, items, unread))
    return list(items.values()), translations, unread


def _file_name(entry: Entry[Named], name: str) -> Iterator[Broken]:
    if entry.stem != name:
        yield (), f"the file should be called {name}.toml, after its id"


def _item_place(entry: Entry[Item]) -> Iterator[Broken]:
    yield from _file_name(entry, entry.content.id)
    folder = expected_folder(entry.content)
    for_practice = entry.folder == PRACTICE and entry.content.facet is not None
    if entry.folder != folder and not for_practice:
        yield (), f"belongs in items/{folder}/"


def _feedback_place(entry: Entry[FeedbackWords], construct: ConstructMap) -> Iterator[Broken]:
    locale = entry.content.head.locale
    if entry.stem != locale:
        yield (), f"the file should be called {locale}.toml, after its locale"
    yield from entry.content.gaps([facet.id for facet in construct.facets])


def _translation_place(entry: Entry[Translation], items: Mapping[str, Entry[Item]], unread: Collection[str]) -> Iterator[Broken]:
    head = entry.content.head
    if entry.stem != f"{head.item}.{head.locale}":
        yield (), f"the file should be called {head.item}.{head.locale}.toml, after its item and locale"
    source = items.get(head.item)
    if source is None:
        if head.item not in unread:
            yield ("translation", "item"), f"{head.item} is not an item of the bank"
        return
    if source.folder != entry.folder:
        yield (), f"belongs beside its item, {source.name}"
    if head.of_version > source.content.version:
        yield ("translation", "of_version"), f"is later than the item, which is at version {source.content.version}"
    yield from entry.content.gaps(source.content)


def _form_translation_place(
    entry: Entry[FormTranslation], forms: Mapping[str, Entry[Form]], unread: Collection[str]
) -> Iterator[Broken]:
    head = entry.content.head
    if entry.stem != f"{head.form}.{head.locale}":
        yield (), f"the file should be called {head.form}.{head.locale}.toml, after its form and locale"
    source = forms.get(head.form)
    if source is None:
        if head.form not in unread:
            yield ("translation", "form"), f"{head.form} is not a form of the bank"
        return
    if head.of_version > source.content.version:
        yield ("translation", "of_version"), f"is later than the form, which is at version {source.content.version}"
    yield from entry.content.gaps(source.content)


def _assemble(
    root: Path,
    construct: ConstructMap,
    items: Sequence[Entry[Item]],
    translations: Sequence[Entry[Translation]],
    forms: Sequence[Entry[Form]],
    form_translations: Sequence[Entry[FormTranslation]],
    cards: Sequence[Entry[Scorecard]],
    feedback: Sequence[Entry[FeedbackWords]],
) -> Bank:
    words: dict[str, dict[str, Translation]] = {}
    for entry in translations:
        words.setdefault(entry.content.head.item, {})[entry.content.head.locale] = entry.content
    form_words: dict[str, dict[str, FormTranslation]] = {}
    for translated in form_translations:
        form_words.setdefault(translated.content.head.form, {})[translated.content.head.locale] = translated.content
    return Bank(
        construct=construct,
        items=_in_order({entry.content.id: entry.content for entry in items}),
        practice=frozenset(entry.content.id for entry in items if entry.folder == PRACTICE),
        translations=_in_order({name: _in_order(by_locale) for name, by_locale in words.items()}),
        forms=_in_order({entry.content.id: entry.content for entry in forms}),
        form_translations=_in_order({name: _in_order(by_locale) for name, by_locale in form_words.items()}),
        scorecards=_in_order({entry.content.id: entry.content for entry in cards}),
        feedback=_in_order({entry.content.head.locale: entry.content for entry in feedback}),
        facets=MappingProxyType({facet.id: facet for facet in construct.facets}),
        attitudes=MappingProxyType({attitude.id: attitude for attitude in construct.attitudes}),
        root=root,
    )


def _in_order(entries: Mapping[str, T]) -> Mapping[str, T]:
    return MappingProxyType(dict(sorted(entries.items())))
