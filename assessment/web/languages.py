"""The language of a page: what applicants chose, English for staff. Words stand in `translations/`, one catalogue a language."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Flask, current_app, g, request
from flask_babel import Babel, format_decimal, get_locale, gettext

from assessment.errors import NotFound, Refusal, Words
from assessment.records.database import DatabaseDown
from assessment.services.sitting.languages import Languages, languages_of
from assessment.services.sitting.notice import spoken_day
from assessment.web.access import database
from assessment.web.pseudo_language import PSEUDO_LANGUAGE, PseudoDomain

LANGUAGES = {"en": "English", "es": "Español"}
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


def make_languages(app: Flask) -> None:
    """Give templates `_`, `ngettext`, `{% trans %}`, and the page's `language` and `direction`."""
    babel = Babel(app, default_locale="en", locale_selector=_language_of_page)
    babel.domain_instance = PseudoDomain()
    app.jinja_env.finalize = _in_page_language
    app.jinja_env.policies["ext.i18n.trimmed"] = True  # as babel.cfg says for taking the words out

    @app.context_processor
    def _words() -> dict[str, Any]:
        language = page_language()
        return {
            "language": language,
            "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
            "other_languages": _other_languages,
        }


def page_language() -> str:
    """The language of the page that is being made."""
    return str(get_locale() or "en")


def say(message: str | Refusal) -> str:
    """A message in the language of the page; as it is where it was not made to be translated."""
    words = message.words if isinstance(message, Refusal) else message
    if not isinstance(words, Words):
        return words
    return str(gettext(words.template, **{name: _said(value) for name, value in words.values.items()}))


def _said(value: object) -> object:
    if isinstance(value, int):  # English alone sets a mark into four digits
        return format_decimal(value) if value >= 10_000 or page_language() == "en" else value
    if isinstance(value, date):
        return spoken_day(value, str(get_locale() or "en"))
    return say(value) if isinstance(value, str) else value


def _in_page_language(value: Any) -> Any:
    """What a template prints: refusals and their words are translated, everything else stands as it is."""
    return say(value) if isinstance(value, Words | Refusal) else value


def _language_of_page() -> str:
    if not request.path.startswith("/take") and not g.get("stands_in_frame"):
        return "en"
    if current_app.extensions["settings"].pseudo_language:
        return PSEUDO_LANGUAGE
    languages = _languages()
    if languages.chosen in LANGUAGES:
        return languages.chosen
    offered = [language for language in languages.offered if language in LANGUAGES]
    wanted = [tag.replace("_", "-").split("-")[0].lower() for tag, quality in request.accept_languages if quality > 0]
    return next((language for language in wanted if language in offered), offered[0] if offered else "en")


def _other_languages() -> list[tuple[str, str]]:
    """What an applicant can switch to, each by its own name; nothing once the questionnaire has begun."""
    languages = _languages()
    if languages.fixed:
        return []
    return [(code, LANGUAGES[code]) for code in languages.offered if code in LANGUAGES and code != page_language()]


def _languages() -> Languages:
    """The languages of the applicant whose request this is; without one, those of the pages."""
    if "languages" not in g:
        g.languages = _languages_of_applicant() or Languages(tuple(LANGUAGES), None, True)
    found: Languages = g.languages
    return found


def _languages_of_applicant() -> Languages | None:
    opened = g.get("opened")
    if opened is None or opened.invitation_id is None:
        return None
    try:
        with database().read() as store:
            return languages_of(store, invitation_id=opened.invitation_id)
    except (DatabaseDown, NotFound):  # a page that says so is on its way
        return None
