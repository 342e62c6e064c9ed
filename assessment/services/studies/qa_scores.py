"""Agent scores from QA evaluations: what the model makes of the evaluations that count, and who is known well enough.

The inclusion floor of a study is a reliability of .60 and 10 contacts from 2 raters: both must hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from assessment.psychometrics import generalizability
from assessment.services.studies.qa_judgements import NO_HIRING_DATE, HiredAgent, Judgements, Window, hires_of, judgements

FLOOR_RELIABILITY = 0.60
FLOOR_CONTACTS = 10
FLOOR_RATERS = 2
GOALS = (0.60, 0.70, 0.80)


@dataclass(frozen=True, slots=True)
class Modelled:
    """A criterion modelled from evaluations: what it is called, and which constructs of questions feed it."""

    label: str
    constructs: tuple[str, ...]


MODELLED = {
    "qa:empathy": Modelled("Empathy in QA evaluations", ("empathy-attentive", "empathy-cognitive", "empathy-affective")),
    "qa:resolution": Modelled("Resolution in QA evaluations", ("resolution",)),
    "qa:process": Modelled("Process in QA evaluations", ("process",)),
}


@dataclass(frozen=True, slots=True)
class AgentScore:
    """One agent's criterion. For a modelled one, `value` is the shrunken estimate in percent and `reliability` is its own."""

    applicant_id: int
    employee_id: str
    value: float
    reliability: float | None
    n_contacts: int | None
    n_raters: int | None


@dataclass(frozen=True, slots=True)
class RaterEffect:
    """By how many points of the hundred a rater scores above (+, lenient) or below (−, severe) the others, shrunken."""

    evaluator_id: str
    effect: float
    n_evaluations: int


@dataclass(frozen=True, slots=True)
class AgentScores:
    """The criterion of the agents who may enter a study.

    `excluded` counts hires by the reason why they may not, `left_out` evaluations by the reason why they do not count.
    `reliability` is the declared one of an agent-level criterion, or the mean over the agents kept of a modelled one.
    `single_contact` is the reliability of one contact by one rater; `contacts_needed` says how many contacts, each by another
    rater, reach a reliability of .60, .70 and .80.
    `raters` are in order of severity, the severest first. `connected` is False if raters fall into groups that share no
    agents, so that their severity cannot be compared.
    """

    criterion: str
    kind: str
    label: str
    agents: tuple[AgentScore, ...]
    n_hired: int
    excluded: dict[str, int]
    reliability: float | None
    reliability_source: str | None
    left_out: dict[str, int] = field(default_factory=dict)
    n_evaluations: int | None = None
    n_raters: int | None = None
    single_contact: float | None = None
    contacts_needed: dict[float, int] = field(default_factory=dict)
    raters: tuple[RaterEffect, ...] = ()
    connected: bool | None = None
    notes: tuple[str, ...] = ()


def qa_agent_scores(
    session: Session, *, organisation_id: int, vacancy_id: int, criterion: str, window: Window, now: datetime
) -> AgentScores:
    """The modelled criterion of a vacancy's hires. The model is fitted to all of them; the floor decides who may enter."""
    modelled = MODELLED[criterion]
    agents = hires_of(session, organisation_id, vacancy_id)
    found = judgements(session, organisation_id=organisation_id, agents=agents, constructs=modelled.constructs, window=window)
    raters = {judgement.evaluator_id for judgement in found.kept}
    empty = AgentScores(
        criterion=criterion,
        kind="modelled",
        label=modelled.label,
        agents=(),
        n_hired=len(agents),
        excluded={},
        reliability=None,
        reliability_source=None,
        left_out=found.left_out,
        n_evaluations=len(found.kept),
        n_raters=len(raters),
    )
    try:
        fit = generalizability.agent_scores(
            [judgement.score for judgement in found.kept],
            [judgement.employee_id for judgement in found.kept],
            [judgement.evaluator_id for judgement in found.kept],
        )
    except ValueError as error:
        excluded = _excluded(agents, found, {}, window, now)
        return replace(empty, excluded=excluded, notes=(f"No model could be fitted: {error}.",))
    reliability = {str(name): (float(e), float(r)) for name, e, r in zip(fit.agents, fit.estimate, fit.reliability, strict=True)}
    standing = _standing(found, reliability)
    kept = tuple(
        AgentScore(agent.applicant_id, agent.employee_id, s.estimate, s.reliability, s.n_contacts, s.n_raters)
        for agent in agents
        if (s := standing.get(agent.employee_id)) and not s.falls_short()
    )
    single = fit.single_evaluation_reliability
    return replace(
        empty,
        agents=kept,
        excluded=_excluded(agents, found, standing, window, now),
        reliability=sum(agent.reliability or 0.0 for agent in kept) / len(kept) if kept else None,
        reliability_source=f"mixed model of {len(found.kept)} evaluations by {len(raters)} raters" if kept else None,
        single_contact=single,
        contacts_needed=contacts_needed(single),
        raters=_rater_effects(fit, found),
        connected=fit.connected,
        notes=tuple(_notes(fit, agents, window, now)),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How well one agent is known."""

    estimate: float
    reliability: float
    n_contacts: int
    n_raters: int

    def falls_short(self) -> str:
        """Why the agent may not enter a study; empty if they may."""
        if self.n_contacts < FLOOR_CONTACTS:
            return f"fewer than {FLOOR_CONTACTS} contacts"
        if self.n_raters < FLOOR_RATERS:
            return "all contacts by one rater"
        return "reliability below .60" if self.reliability < FLOOR_RELIABILITY else ""


def _standing(found: Judgements, estimates: Mapping[str, tuple[float, float]]) -> dict[str, Standing]:
    contacts: dict[str, set[str]] = defaultdict(set)
    raters: dict[str, set[str]] = defaultdict(set)
    for judgement in found.kept:
        contacts[judgement.employee_id].add(judgement.contact)
        raters[judgement.employee_id].add(judgement.evaluator_id)
    return {name: Standing(*pair, len(contacts[name]), len(raters[name])) for name, pair in estimates.items()}


def _excluded(
    agents: Sequence[HiredAgent], found: Judgements, standing: Mapping[str, Standing], window: Window, now: datetime
) -> dict[str, int]:
    evaluated = {judgement.employee_id for judgement in found.kept}
    reasons: Counter[str] = Counter()
    for agent in agents:
        if agent.employee_id in standing:
            reasons[standing[agent.employee_id].falls_short()] += 1
        elif agent.employee_id in evaluated:
            reasons["no model could be fitted"] += 1
        elif window.counts_from_hiring and agent.hired_on is None:
            reasons[NO_HIRING_DATE] += 1
        elif agent.left_early(window):
            reasons["left before the window began"] += 1
        elif agent.is_new(window, now.date()):
            reasons["not yet long enough on the job"] += 1
        else:
            reasons["no evaluation that counts"] += 1
    del reasons[""]
    return dict(reasons)


def _rater_effects(fit: generalizability.AgentScores, found: Judgements) -> tuple[RaterEffect, ...]:
    counts = Counter(judgement.evaluator_id for judgement in found.kept)
    effects = [
        RaterEffect(str(rater), float(effect), counts[str(rater)])
        for rater, effect in zip(fit.raters, fit.rater_effects, strict=True)
    ]
    return tuple(sorted(effects, key=lambda rater: rater.effect))


def contacts_needed(single: float) -> dict[float, int]:
    """Contacts an agent that reach each of the goals, from the reliability of one; nothing where that is 0 or 1."""
    if not 0 < single < 1:
        return {}
    return {goal: int(generalizability.evaluations_table([single], target=goal).needed[0]) for goal in GOALS}


def _notes(fit: generalizability.AgentScores, agents: Sequence[HiredAgent], window: Window, now: datetime) -> Iterator[str]:
    if not fit.connected:
        yield ("Raters fall into groups that share no agents: between the groups, a severe rater cannot be told from a weak agent.")
    if fit.variance_agent == 0:
        yield "The evaluations show no difference between agents beyond chance."
    if len(fit.raters) < FLOOR_RATERS:
        yield "All evaluations are by one rater, whose severity cannot be told from the agents' performance."
    inside = sum(agent.is_inside(window, now.date()) for agent in agents)
    if inside:
        yield f"{inside} hires are still inside the window: their scores may change."
