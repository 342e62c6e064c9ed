"""The finished document that an applicant reads, in one language. Pure: facts and words in, a JSON-able document out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assessment.bank import FeedbackWords
from assessment.bank.feedback import Level
from assessment.keys.parts import Grade

SCHEMA = "attune.feedback/1"


@dataclass(frozen=True, slots=True)
class FacetSeen:
    """What is said of a facet, and how many answered situations and statements it rests on."""

    level: Level
    situations: int
    statements: int


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report is about. `facets` is None where too little was answered for a score."""

    finished_at: datetime | None
    form_title: str
    key_version: int
    grade: Grade
    simulated: bool
    facets: Mapping[str, FacetSeen] | None


def feedback_document(words: FeedbackWords, facts: ReportFacts) -> dict[str, Any]:
    """The document, facets in the order of the words. A facet without words is left out."""
    seen = facts.facets or {}
    facets = [_facet(words, code, seen[code]) for code in words.facets if code in seen]
    said = any(facet["level"] != "theme" for facet in facets)
    title, lead = (words.head.title, words.head.said if said else words.head.nothing_said)
    if facts.facets is None:
        title, lead = words.head.too_little_title, words.head.too_little
    means = words.meaning.means if said else words.meaning.means_nothing_said
    return {
        "schema": SCHEMA,
        "locale": words.head.locale,
        "title": title,
        "lead": lead,
        "finished_at": facts.finished_at.isoformat() if facts.finished_at else None,
        "form": facts.form_title,
        "key_version": facts.key_version,
        "grade": facts.grade,
        "simulated": facts.simulated,
        "evidence": getattr(words.evidence, facts.grade),
        "facets": facets,
        "means": list(means) if facets else [],
        "means_not": list(words.meaning.means_not) if facets else [],
        "labels": words.labels.model_dump(mode="json"),
    }


def _facet(words: FeedbackWords, code: str, seen: FacetSeen) -> dict[str, str]:
    facet = words.facets[code]
    return {
        "facet": code,
        "name": facet.name,
        "what": facet.what,
        "level": seen.level,
        "label": getattr(words.labels, seen.level),
        "seen": facet.seen(seen.level),
        "rests_on": words.rests.in_words(seen.situations, seen.statements, said=seen.level != "theme"),
        "to_try": facet.to_try,
    }
