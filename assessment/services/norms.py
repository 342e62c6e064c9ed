"""Norm groups: the people whose scores a score is compared with.

A norm group is everybody who finished the form in one language in an organisation and was scored with one key version, never
a part of them by sex, origin or age (Civil Rights Act of 1991, § 106). A translation is another instrument and has norms of its
own. It becomes part of a key only through a proposal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assessment.bank.vocabulary import LANGUAGE_NAMES, SOURCE_LOCALE
from assessment.errors import NotFound, Refusal
from assessment.keys import Norms
from assessment.records.key import KeyVersion
from assessment.records.score import Score
from assessment.records.sitting import Sitting
from assessment.records.vacancy import Vacancy
from assessment.services.keyring import newest_form
from assessment.services.scores.responding import FINISHED, answered_in

FEWEST = 200
"""People that a norm group needs to be published; 400 are better (measurement 5.1)."""


class TooFewForNorms(Refusal):
    """Not enough people have finished in a language; `n` have, `n_needed` are needed."""

    def __init__(self, n: int, language: str = SOURCE_LOCALE) -> None:
        self.n, self.n_needed = n, FEWEST
        spoken = "" if language == SOURCE_LOCALE else f" in {LANGUAGE_NAMES.get(language, language)}"
        super().__init__(
            f"A norm group needs {FEWEST} scored people; {n} have finished{spoken}. Scores{spoken} stay on the "
            f"percent-of-maximum scale until {FEWEST - n} more have."
        )


@dataclass(frozen=True, slots=True)
class NormGroup:
    """`mean` and `sd` (n − 1) of the composites of `n` people before scaling; `reliability` and in words what it rests on.

    `from_at` and `to_at` are when the first and the last of them finished (for imported answers: when their job was set
    up here). `simulated` people are invented, and real ones never stand in one group with them.
    """

    name: str
    n: int
    mean: float
    sd: float
    reliability: float
    reliability_basis: str
    from_at: datetime
    to_at: datetime
    simulated: bool

    def as_norms(self) -> Norms:
        """The group as the component of a scoring key."""
        return Norms.model_validate(
            {
                "name": self.name,
                "n": self.n,
                "mean": self.mean,
                "sd": self.sd,
                "from": self.from_at.date(),
                "to": self.to_at.date(),
                "simulated": self.simulated,
            }
        )


def norm_group(
    session: Session,
    *,
    organisation_id: int,
    form_code: str,
    key_version: KeyVersion,
    now: datetime,
    language: str = SOURCE_LOCALE,
) -> NormGroup:
    """Everybody who answered in `language` and was scored with `key_version`, one score a person: their latest.

    Real people where there are any, else the simulated ones. Raises `TooFewForNorms`, and `NotFound` for a key version of
    another form or organisation.
    """
    if key_version.organisation_id != organisation_id or key_version.form_code != form_code:
        raise NotFound()
    for simulated in (False, True):
        group = _group(session, organisation_id, form_code, key_version, simulated, language)
        if group is not None:
            return group
    raise TooFewForNorms(0, language)


def _group(
    session: Session, organisation_id: int, form_code: str, key_version: KeyVersion, simulated: bool, language: str
) -> NormGroup | None:
    """The group of real or of simulated people; None if there is nobody at all."""
    latest = (
        select(func.max(Score.id))
        .join(Sitting, Sitting.id == Score.sitting_id)
        .join(Vacancy, Vacancy.id == Score.vacancy_id)
        .where(
            Score.organisation_id == organisation_id,
            Score.key_version_id == key_version.id,
            Sitting.state.in_(FINISHED),
            Vacancy.simulated.is_(simulated),
            answered_in(language),
        )
        .group_by(Score.applicant_id)
    )
    rows = session.execute(
        select(Score.id, Score.raw, func.coalesce(Sitting.finished_at, Vacancy.created_at).label("at"))
        .join(Sitting, Sitting.id == Score.sitting_id)
        .join(Vacancy, Vacancy.id == Score.vacancy_id)
        .where(Score.id.in_(latest))
        .order_by(Score.id)
    ).all()
    if not rows:
        return None
    if len(rows) < FEWEST:
        raise TooFewForNorms(len(rows), language)
    raw = np.array([row.raw for row in rows])
    if np.ptp(raw) == 0:
        raise Refusal("All of these people have the same score, so that there is no norm to compare with.")
    newest = session.get_one(Score, rows[-1].id)
    first, last = min(row.at for row in rows), max(row.at for row in rows)
    title = newest_form(session, organisation_id, form_code).title
    spoken = "" if language == SOURCE_LOCALE else f" in {LANGUAGE_NAMES.get(language, language)}"
    return NormGroup(
        name=f"{len(rows)} applicants{spoken}, {title}, {_months(first, last)}"[:120],
        n=len(rows),
        mean=float(raw.mean()),
        sd=float(raw.std(ddof=1)),
        reliability=newest.reliability,
        reliability_basis=newest.reliability_basis,
        from_at=first,
        to_at=last,
        simulated=simulated,
    )


def _months(first: datetime, last: datetime) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{last:%B %Y}"
    return f"{first:%B} to {last:%B %Y}" if first.year == last.year else f"{first:%B %Y} to {last:%B %Y}"
