"""A small world for delivery's tests: an organisation, a published form with every format, a vacancy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from assessment.bank.hashing import digest
from assessment.records.database import Database
from assessment.records.form import FormVersion
from assessment.records.vacancy import Vacancy
from assessment.services.authoring import pin_form
from assessment.services.delivery import begin_questionnaire, give_consent, move_to, open_invitation, start_sitting
from assessment.services.inviting import Invitee, invite_applicants, open_vacancy
from assessment.services.people.accounts import add_organisation
from assessment.services.people.actors import Actor

HASH = "sha256:" + "0" * 64
SCENE = {"setting": "You answer the phone for a water company.", "transcript": [{"who": "customer", "text": "It is me again."}]}


def options(n: int) -> list[dict[str, str]]:
    return [{"id": "abcdef"[i], "text": f"Do the thing that is number {i + 1} on the list of things."} for i in range(n)]


def single(name: str, format: str, n: int) -> dict[str, Any]:
    task: dict[str, Any] = {"ask": f"What is the most effective thing to do in {name}?", "option": options(n)}
    if format == "rate":
        task["scale"] = "effectiveness5"
    return {
        "id": name,
        "version": 1,
        "hash": HASH,
        "format": format,
        "instruction": "should_do",
        "facet": "listening",
        "rater": "empathy",
        "channel": "phone",
        "trouble": "delay",
        "scenario": SCENE,
        "task": task,
    }


def statement(name: str, facet: str | None = "composure") -> dict[str, Any]:
    about = {"facet": facet} if facet else {"attitude": "patience"}
    task = {"text": f"Keep my head in {name}.", "scale": "accuracy5"}
    return {"id": name, "version": 1, "hash": HASH, "format": "likert", "instruction": "would_do", "task": task} | about


def step(name: str, format: str, role: str, reveals: bool = False) -> dict[str, Any]:
    found = {"id": name, "role": role, "format": format, "facet": "discretion", "ask": f"What about {name}?", "option": options(4)}
    if format == "rate":
        found["scale"] = "agreement5"
    if reveals:
        found["reveals"] = [{"who": "narrator", "text": f"Now {name} shows something new."}]
    return found


def form_content(*, minutes: float = 12.0, minutes_limit: float | None = None, shuffle_items: bool = True) -> dict[str, Any]:
    story = {
        "id": "story",
        "version": 1,
        "hash": HASH,
        "format": "storyline",
        "instruction": "should_do",
        "channel": "chat",
        "trouble": "fault",
        "scenario": SCENE,
        "step": [
            step("feels", "pick_best", "feels"),
            step("wrong", "rate", "went_wrong"),
            step("do", "best_worst", "action", reveals=True),
        ],
    }
    situations = [
        single("one-pick", "pick_best", 4),
        single("two-pair", "best_worst", 5),
        single("three-rate", "rate", 5),
        single("four-rank", "rank", 4),
        story,
    ]
    content: dict[str, Any] = {
        "schema": 1,
        "id": "trial",
        "version": 1,
        "title": "A trial form",
        "family": "customer_support",
        "minutes": minutes,
        "locales": ["en"],
        "provisional_reliability": 0.4,
        "practice": single("practice", "best_worst", 4),
        "section": [
            {
                "id": "situations",
                "instruction": "should_do",
                "intro": "Choose what would be most effective, given the limits.",
                "shuffle_items": shuffle_items,
                "shuffle_options": True,
                "items": situations,
            },
            {
                "id": "statements",
                "instruction": "would_do",
                "intro": "How accurately does this describe you?",
                "shuffle_items": False,
                "shuffle_options": True,
                "items": [statement(f"s-{i}", None if i == 7 else "composure") for i in range(1, 8)],
            },
        ],
    }
    if minutes_limit is not None:
        content["minutes_limit"] = minutes_limit
    return content | {"content_hash": digest(content)}


def publish(session: Session, organisation_id: int, now: datetime, **changes: Any) -> FormVersion:
    """Store the form as publishing a bank's form would."""
    content = form_content(**changes)
    actor = Actor(organisation_id, "operator", "Operator", "administrator")
    return pin_form(session, code="trial", title=content["title"], origin="delivered", content=content, actor=actor, now=now)


@dataclass(frozen=True)
class Stage:
    """The ids of what was set up; `tokens` open the invitations."""

    database: Database
    actor: Actor
    form_id: int
    vacancy_id: int

    def publish(self, session: Session, now: datetime, **changes: Any) -> FormVersion:
        return publish(session, self.actor.organisation_id, now, **changes)

    def invite(self, now: datetime, n: int = 1, vacancy_id: int | None = None) -> list[str]:
        """Invite `n` people; the tokens of their links."""
        with self.database.write() as session:
            people = [Invitee(f"Person Number{i}", f"person{i}-{vacancy_id or 0}@example.org") for i in range(n)]
            report = invite_applicants(session, vacancy_id=vacancy_id or self.vacancy_id, people=people, actor=self.actor, now=now)
        return [invited.link_token for invited in report.invited]


def set_stage(database: Database, now: datetime, *, slug: str = "acme", **changes: Any) -> Stage:
    with database.write() as session:
        organisation = add_organisation(session, slug=slug, name=slug.title(), now=now)
        actor = Actor(organisation.id, "recruiter", "Rosa Recruiter", "recruiter")
        form = publish(session, organisation.id, now, **changes)
        vacancy: Vacancy = open_vacancy(
            session, code="first", title="Customer adviser", form_version_id=form.id, actor=actor, now=now, simulated=False
        )
        return Stage(database, actor, form.id, vacancy.id)


def begun(stage: Stage, now: datetime, *, reached: int | None = None, vacancy_id: int | None = None) -> tuple[int, int]:
    """A person who agreed, started and left the practice. Their invitation and sitting; `reached` opens more pages."""
    return all_begun(stage, now, 1, reached=reached, vacancy_id=vacancy_id)[0]


def all_begun(
    stage: Stage, now: datetime, n: int, *, reached: int | None = None, vacancy_id: int | None = None
) -> list[tuple[int, int]]:
    """As many such people."""
    found = []
    for token in stage.invite(now, n, vacancy_id=vacancy_id):
        with stage.database.write() as session:
            invitation = open_invitation(session, token, now)
            give_consent(session, invitation_id=invitation.id, now=now)
            sitting = start_sitting(session, invitation_id=invitation.id, now=now)
            begin_questionnaire(session, sitting_id=sitting.id, now=now)
            for place in range(2, (reached or 1) + 1):
                move_to(session, sitting_id=sitting.id, place=place, now=now)
            found.append((invitation.id, sitting.id))
    return found


def at_once(n: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0) … work(n - 1)` return or raise when all begin at the same moment in threads of their own."""
    gate = threading.Barrier(n)
    results: list[Any] = [None] * n

    def run(i: int) -> None:
        gate.wait()
        try:
            results[i] = work(i)
        except Exception as error:  # handed to the test, which says what it expects
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
