"""Days on which a law lets nobody start: before its time of notice is over, or without a bias audit of the last year."""

from __future__ import annotations

from datetime import date

from assessment.errors import Refusal, Words
from assessment.records.organisation import Organisation
from assessment.services.people.policies import policy_of


class NotOpenYet(Refusal):
    """The law asks for a time between the notice and the first use, and it is not over."""

    def __init__(self, opens_on: date) -> None:
        super().__init__(
            Words("This questionnaire opens on %(day)s. Nothing was started. The same link brings you back.", day=opens_on)
        )


class AuditDue(Refusal):
    """The law asks for a bias audit less than a year old, and the last one is older."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "This questionnaire is closed for now: the yearly check of its fairness is due. Nothing was started. "
                "The same link brings you back."
            )
        )


def refuse_unopened(organisation: Organisation, today: date) -> None:
    """Raise the reason why, by law, nobody may start today, if there is one."""
    policy = policy_of(organisation)
    if policy.opens_on is not None and today < policy.opens_on:
        raise NotOpenYet(policy.opens_on)
    if policy.audit_ends_on is not None and today > policy.audit_ends_on:
        raise AuditDue()
