"""A17: is every text that a form promises in a language there, fresh and of a like length?"""

from __future__ import annotations

from collections.abc import Iterator

from assessment.bank.catalogue import Bank, form_items
from assessment.bank.content import source_hash
from assessment.bank.forms import Form
from assessment.bank.items import Item
from assessment.bank.review.findings import Finding, Severity
from assessment.bank.review.options import RATIO_WARNING, length_ratio
from assessment.bank.review.texts import ItemText, source_texts, translated_texts, translation_file
from assessment.bank.vocabulary import SOURCE_LOCALE

# A Spanish text is a tenth to a quarter longer than its English source. Far outside, something is missing or explained.
LENGTH_RATIO = (0.9, 1.5)


def translation_findings(bank: Bank) -> Iterator[Finding]:
    """A17 for every item: missing in a language of its forms, stale, too short or too long, options out of balance."""
    promised = _promised(bank)
    for item in bank.items.values():
        translations = bank.translations.get(item.id, {})
        for locale in sorted({*promised.get(item.id, {}), *translations}):
            severity: Severity = "error" if promised.get(item.id, {}).get(locale) else "warning"
            translation = translations.get(locale)
            file = translation_file(bank, item, locale)
            if translation is None:
                message = f"there is no {locale} text, which a form of the bank promises"
                yield Finding(
                    "A17", severity, item.id, file, "", message, "Have it translated, or take the locale out of the form."
                )
                continue
            if translation.head.source_hash != source_hash(item):
                message = "was made from another text of the item: its source_hash is not the item's"
                remedy = f"Compare it with version {item.version} and set of_version and source_hash to {source_hash(item)}."
                yield Finding("A17", severity, item.id, file, "[translation] source_hash", message, remedy)
            yield from _length_findings(source_texts(bank, item), translated_texts(bank, item, translation), severity)
    for form in bank.forms.values():
        yield from _form_findings(bank, form)


def _form_findings(bank: Bank, form: Form) -> Iterator[Finding]:
    """The title and the introductions of a form in the languages that it is given in."""
    approved = all(item.status == "approved" for item in (*form_items(bank, form), bank.items[form.head.practice]))
    severity: Severity = "error" if approved else "warning"
    for locale in sorted(set(form.head.locales) - {SOURCE_LOCALE}):
        translation = bank.form_translations.get(form.id, {}).get(locale)
        file = f"forms/{form.id}.{locale}.toml"
        if translation is None:
            message = f"there is no {locale} text of the title and the introductions, though the form is given in it"
            remedy = "Have it translated, or take the locale out of the form."
            yield Finding("A17", severity, form.id, file, "", message, remedy)
        elif translation.head.source_hash != source_hash(form):
            message = "was made from another text of the form: its source_hash is not the form's"
            remedy = f"Compare it with version {form.version} and set of_version and source_hash to {source_hash(form)}."
            yield Finding("A17", severity, form.id, file, "[translation] source_hash", message, remedy)


def _promised(bank: Bank) -> dict[str, dict[str, bool]]:
    """item -> locale that a form with it is given in -> whether one such form is approved (all its items are)."""
    promised: dict[str, dict[str, bool]] = {}
    for form in bank.forms.values():
        items: tuple[Item, ...] = (*form_items(bank, form), bank.items[form.head.practice])
        approved = all(item.status == "approved" for item in items)
        for item in items:
            for locale in form.head.locales:
                if locale != SOURCE_LOCALE:
                    known = promised.setdefault(item.id, {})
                    known[locale] = known.get(locale, False) or approved
    return promised


def _length_findings(source: ItemText, translated: ItemText, severity: Severity) -> Iterator[Finding]:
    written = sum(len(passage.words) for passage in source.all)
    length = sum(len(passage.words) for passage in translated.all)
    low, high = LENGTH_RATIO
    if len(source.all) == len(translated.all) and not low <= length / written <= high:
        message = f"is {length / written:.2f} times as long as the source; it should be {low} to {high}"
        yield translated.finding("A17", severity, "[text]", message, "Look for what was left out or explained.")
    for question in translated.questions:
        if (ratio := length_ratio(question)) > RATIO_WARNING:
            message = f"the longest option is {ratio:.2f} times as long as the shortest; the most is {RATIO_WARNING}"
            yield translated.finding("A17", severity, question.place, message, "Balance the lengths in this language too.")
