"""The language of a page: what applicants chose, English for staff. Words stand in `translations/`, one catalogue a language."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, format_decimal, get_locale, gettext  # type: ignore[import-untyped]  # the library ships no types

from assessment.errors import Refusal, Words

LANGUAGES = {"en": "English", "es": "Español"}
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


def make_languages(app: Flask) -> None:
    """Give templates `_`, `ngettext`, `{% trans %}`, and the page's `language` and `direction`."""
    Babel(app, default_locale="en", locale_selector=_language_of_page)
    app.jinja_env.finalize = _in_page_language
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # as babel.cfg says for taking the words out

    @app.context_processor
    def _page_language() -> dict[str, str]:
        language = str(get_locale() or "en")
        return {"language": language, "direction": "rtl" if language.split("_")[0] in RIGHT_TO_LEFT else "ltr"}


def say(message: str | Refusal) -> str:
    """A message in the language of the page; as it is where it was not made to be translated."""
    words = message.words if isinstance(message, Refusal) else message
    if not isinstance(words, Words):
        return words
    return str(gettext(words.template, **{name: _said(value) for name, value in words.values.items()}))


def _said(value: object) -> object:
    if isinstance(value, int):
        return format_decimal(value)
    return say(value) if isinstance(value, str) else value


def _in_page_language(value: Any) -> Any:
    """What a template prints: refusals and their words are translated, everything else stands as it is."""
    return say(value) if isinstance(value, Words | Refusal) else value


def _language_of_page() -> str:
    if not request.path.startswith("/take") and not g.get("stands_in_frame"):
        return "en"
    chosen = g.get("language")
    return chosen if chosen in LANGUAGES else "en"
