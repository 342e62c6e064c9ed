"""What an applicant is told about the use of their answers: the notice of one organisation, under its policy."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from assessment.notices import prose, told
from assessment.records.organisation import Organisation
from assessment.services.people.policies import Policy, policy_of

Sections = tuple[tuple[str, tuple[str, ...]], ...]
"""Headed paragraphs."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of the notice in the words of one organisation, and the hash of all of it.

    `substance` is the same for all languages, and for versions that differ in words alone.
    """

    jurisdiction: str
    language: str
    version: str
    issued_on: date
    sections: Sections
    substance: str

    @property
    def date(self) -> str:
        """The day of this version as its readers write it."""
        return spoken_day(self.issued_on, self.language)

    @property
    def hash(self) -> str:
        about = [self.jurisdiction, self.language, self.version, self.issued_on.isoformat()]
        text = "\n".join([*about, *(part for head, texts in self.sections for part in (head, *texts))])
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def notice_for(organisation: Organisation, language: str = "en") -> Notice:
    """The notice that applicants of this organisation read, under its policy, in a language."""
    return notice_under(policy_of(organisation), organisation.name, language)


def notice_under(policy: Policy, name: str, language: str) -> Notice:
    """The notice of an organisation of that name under a policy."""
    words = prose(language)
    return Notice(
        jurisdiction=policy.jurisdiction,
        language=words.language,
        version=words.version,
        issued_on=words.date,
        sections=told(words, policy.jurisdiction, _facts(policy, name, words.language)),
        substance=_substance(policy, words.substance),
    )


def spoken_day(day: date, language: str) -> str:
    """A day with the month's name."""
    return str(format_date(day, "long", locale={"en": "en_GB"}.get(language, language)))


def _facts(policy: Policy, name: str, language: str) -> dict[str, str]:
    """What the paragraphs name, in words. A fact that another jurisdiction would need is not told."""
    facts = {"organisation": name}
    for fact in {"contact", "keep_months", *policy.profile.needs}:
        value = getattr(policy, fact)
        if isinstance(value, date):
            facts[fact] = spoken_day(value, language)
        elif value:
            facts[fact] = str(value)
    if "legal_basis" in facts:
        facts[f"legal_basis:{policy.legal_basis}"] = policy.legal_basis
    if policy.asks:
        facts["self_identification"] = "yes"
    return facts


def _substance(policy: Policy, version: str) -> str:
    """What a person agrees to, apart from words: whom to write to, or when an audit was, is not in it."""
    facts = {fact: getattr(policy, fact) for fact in ("legal_basis", "controller", "hosting") if fact in policy.profile.needs}
    means = [version, policy.jurisdiction, policy.keep_months, facts]
    return hashlib.sha256(json.dumps(means, sort_keys=True).encode()).hexdigest()
