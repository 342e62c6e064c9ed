"""The language of a page: what applicants chose, English for staff. Words stand in `translations/`, one catalogue a language."""

from __future__ import annotations

from flask import Flask, g, request
from flask_babel import Babel, get_locale  # type: ignore[import-untyped]  # the library ships no types

LANGUAGES = {"en": "English", "es": "Español"}
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


def make_languages(app: Flask) -> None:
    """Give templates `_`, `ngettext`, `{% trans %}`, and the page's `language` and `direction`."""
    Babel(app, default_locale="en", locale_selector=_language_of_page)
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # as babel.cfg says for taking the words out

    @app.context_processor
    def _page_language() -> dict[str, str]:
        language = str(get_locale() or "en")
        return {"language": language, "direction": "rtl" if language.split("_")[0] in RIGHT_TO_LEFT else "ltr"}


def _language_of_page() -> str:
    if not request.path.startswith("/take"):
        return "en"
    chosen = g.get("language")
    return chosen if chosen in LANGUAGES else "en"
