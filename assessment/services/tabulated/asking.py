"""What is asked of a table when it is weighed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assessment.keys import ScoringKey
from assessment.psychometrics.arrays import FloatArray
from assessment.services.tabulated.familiar import FAMILIAR
from assessment.services.tabulated.groups import Labels
from assessment.services.tabulated.layout import Answers

FOLDS = 10
REPEATS = 3


@dataclass(frozen=True)
class Question:
    """What is asked of a table of n people.

    `criterion` is (n,) with NaN, `person` their ids, `groups` for impact figures alone. `met_again` is the share of the people
    that the prior was learnt from who are here, None where it cannot be told.
    """

    criterion_name: str
    criterion: FloatArray
    answers: Answers
    person: Sequence[str]
    groups: Labels | None = None
    prior: ScoringKey | None = None
    met_again: float | None = None
    folds: int = FOLDS
    repeats: int = REPEATS

    @property
    def fair_prior(self) -> ScoringKey | None:
        """The prior if it can be judged here: not where it meets the people again whom it was learnt from."""
        return self.prior if (self.met_again or 0.0) < FAMILIAR else None
