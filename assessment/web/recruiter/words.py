"""Plain words for recruiters: what a key's evidence is worth, and how often people score lower."""

from __future__ import annotations

from datetime import datetime

from assessment.records.key import KeyVersion
from assessment.services.deciding import OUTCOMES, REASONS
from assessment.services.keyring import scoring_key
from assessment.services.reports.candidate_report import CandidateReport, CurrentScore, FacetRow


def grade_words(version: KeyVersion | None) -> str:
    """One sentence on what the key in force rests on."""
    if version is None:
        return "No scoring key is in force for this questionnaire. Answers are kept and will be scored once there is one."
    key = scoring_key(version)
    n = key.provenance.n
    if version.grade == "provisional" and key.model.kind == "linear":
        return "Nobody's judgement yet: every scale counts the same, and which end of a scale is good is not known."
    people = "1 person" if n == 1 else f"{n} people"
    return {
        "provisional": "The authors' own judgement, to be replaced by a panel of experts.",
        "panel": f"{n} experts agreed on the answers.",
        "data": f"Set from the answers of {people}.",
        "validated": f"Confirmed against work in this organisation, with {people}.",
    }[version.grade]


def finding(score: CurrentScore) -> str:
    """The finding above the picture: natural frequencies with a norm group, else where the score lies on its scale."""
    if score.percentile is not None:
        p = score.percentile
        return (
            f"Higher than about {p.at} in 100 applicants of the norm group. "
            f"With measurement error, between {p.low} and {p.high} in 100."
        )
    return f"{score.score} of 100 possible points. With measurement error, between {score.low} and {score.high}."


def verdict(row: FacetRow) -> str:
    """What a facet's figure means for the interview."""
    figure = row.figure
    if figure is None:
        return "No number for this facet: ask"
    if figure.high < figure.average:
        return "Start here: below the average applicant"
    if figure.score < figure.average:
        return "Worth asking: the range reaches below average"
    return "A likely strength" if figure.low >= figure.average else "About average"


def in_order_of_need(rows: tuple[FacetRow, ...]) -> list[FacetRow]:
    """Facets for the interview: lowest figure first, then those without a number in the form's order."""
    known = [row for row in rows if row.figure is not None]
    return sorted(known, key=lambda row: row.figure.distance if row.figure else 0.0) + [r for r in rows if r.figure is None]


def history_lines(report: CandidateReport) -> list[tuple[datetime, str, str]]:
    """Moment, sentence and note of each event, newest first."""
    lines = []
    for event in report.history:
        by = f" by {event.who}" if event.who else ""
        note = ""
        match event.what:
            case "decided":
                reason = REASONS.get(event.detail["reason"], event.detail["reason"])
                sentence = f"{OUTCOMES[event.detail['outcome']]}{by}. {reason.removesuffix(' (say which)')}."
                note = event.detail["note"]
            case "scored":
                sentence = f"Scored with key v{event.detail['version']} ({event.detail['grade']})."
            case "invited":
                sentence = f"Invited{by}."
            case "imported":
                sentence = "Answers imported from another system."
            case _:
                sentence = {"started": "Started.", "finished": "Finished.", "withdrawn": "Withdrew."}[event.what]
        lines.append((event.at, sentence, note))
    return lines
