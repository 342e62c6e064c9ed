"""What a form is called, in the language of whoever reads it."""

from __future__ import annotations

from assessment.records.form import FormVersion


def form_title(form: FormVersion, language: str | None) -> str:
    """The title of a form in a language; as it was written where it is not translated, and for imported forms."""
    words = form.content.get("texts", {}).get(language or "", {})
    return str(words.get("title", form.title))
