"""The jurisdictions whose duties are known here, and what each asks of the organisation. No legal advice: counsel confirms."""

from __future__ import annotations

from dataclasses import dataclass

FOUR_YEARS = 48

QUESTIONS: dict[str, tuple[str, ...]] = {
    "sex": ("female", "male", "another"),
    "race or ethnicity": (
        "Hispanic or Latino",
        "White",
        "Black or African American",
        "Asian",
        "Native Hawaiian or Pacific Islander",
        "American Indian or Alaska Native",
        "Two or more races",
    ),
}
"""Voluntary self-identification: the group's name and the labels under which answers are counted."""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """One profile.

    `duties` are read by administrators. `needs` names what the organisation must state before the notice can be given,
    `least_months` the shortest time for which records must be kept. `asks` are the groups that may be asked about;
    where there are none, `why_not` says the reason.
    """

    code: str
    name: str
    duties: tuple[str, ...]
    needs: tuple[str, ...] = ()
    least_months: int = 0
    longest_reply_days: int = 90
    asks: tuple[str, ...] = ()
    why_not: str = ""


_US_DUTIES = (
    "Records of hiring are kept for at least 48 months, the longest time that a state asks for.",
    "Self-identification may be asked, voluntarily and apart from the answers, to count selection rates by group.",
)

JURISDICTIONS: dict[str, Jurisdiction] = {
    found.code: found
    for found in (
        Jurisdiction(
            code="general",
            name="No particular law",
            duties=("The applicant is told what is kept, who reads it, that a person decides, and what can be asked for.",),
            why_not="No law is named, so nothing says which groups may be asked about. Choose a jurisdiction that does.",
        ),
        Jurisdiction(
            code="eu",
            name="European Union",
            duties=(
                "General Data Protection Regulation, Articles 13, 15 to 18, 20 to 22 and 77: who is responsible, the legal basis, "
                "how long, where, all rights, a person on request, complaint to an authority.",
                "Artificial Intelligence Act, Annex III(4)(a): applicants are told that such a system is used.",
            ),
            needs=("controller", "legal_basis", "keep_months", "hosting", "contact", "authority"),
            longest_reply_days=30,
            why_not="Origin and orientation are special categories here. To ask for them needs a legal basis of its own.",
        ),
        Jurisdiction(
            code="us",
            name="United States",
            duties=_US_DUTIES,
            needs=("keep_months",),
            least_months=FOUR_YEARS,
            asks=tuple(QUESTIONS),
        ),
        Jurisdiction(
            code="us-nyc",
            name="New York City",
            duties=(
                "Local Law 144: a bias audit less than a year old with a public summary.",
                "A notice ten business days before the use, with the qualities assessed and how to ask for another process.",
                *_US_DUTIES,
                "Counts are made by sex, by race or ethnicity, and by both together.",
            ),
            needs=("keep_months", "contact", "audit_address", "audited_on", "notice_posted_on"),
            least_months=FOUR_YEARS,
            asks=tuple(QUESTIONS),
        ),
        Jurisdiction(
            code="us-il",
            name="Illinois",
            duties=(
                "Human Rights Act, HB 3773, in force since 1 January 2026: notice that artificial intelligence is used.",
                *_US_DUTIES,
            ),
            needs=("keep_months",),
            least_months=FOUR_YEARS,
            asks=tuple(QUESTIONS),
        ),
        Jurisdiction(
            code="us-co",
            name="Colorado",
            duties=(
                "SB 26-189, in force from 1 January 2027: notice, reasons after a rejection, correction, review by a person.",
                *_US_DUTIES,
            ),
            needs=("keep_months", "contact"),
            least_months=FOUR_YEARS,
            asks=tuple(QUESTIONS),
        ),
        Jurisdiction(
            code="us-ca",
            name="California",
            duties=(
                "Civil Rights Council rules on automated decision systems, in force since 1 October 2025: accommodation, and "
                "four years of records.",
                *_US_DUTIES,
            ),
            needs=("keep_months",),
            least_months=FOUR_YEARS,
            asks=tuple(QUESTIONS),
        ),
    )
}
