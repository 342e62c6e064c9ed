"""Simulated applicants, their answers, and how they later did: a known truth, so that the loop can be seen to find it.

Every person has seven latent facets that share a common part. Faced with an item, a person perceives each option's value
as its keyed score, the more clearly the higher the facet, plus noise; every format's answer follows from what was
perceived. QA scores follow three of the facets, through raters of unequal severity. None of it describes real people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMMON_PART = 0.3
CARRIES_QA = {"listening": 0.62, "affect_recognition": 0.52, "perspective_taking": 0.42}
CARRIED = 0.55  # correlation of the latent facets' weighted sum with empathy on the job
RATERS = {"Q01": 4.0, "Q02": -3.0, "Q03": 0.0, "Q04": -5.0, "Q05": 2.0, "Q06": 2.0}
EVALUATIONS_AN_AGENT = 10

# fmt: off
GIVEN = (
    "Amara", "Anouk", "Arjun", "Astrid", "Bashir", "Beatriz", "Bohdan", "Chiara", "Dalia", "Diego", "Eilidh", "Emeka",
    "Farah", "Goran", "Hana", "Hugo", "Ilse", "Imani", "Ivo", "Jonas", "Kamala", "Kofi", "Leonie", "Linh", "Mateus",
    "Mirela", "Nadia", "Nikolai", "Oona", "Paolo", "Priya", "Quentin", "Rafa", "Rosalind", "Samir", "Sina", "Tamar",
    "Teodor", "Umut", "Vera", "Wen", "Yara", "Zoltan",
)
FAMILY = (
    "Aldwin", "Brandane", "Costoway", "Dray", "Ekholm", "Fenwright", "Garrow", "Halvard", "Imbrey", "Jessop", "Kestrel",
    "Lorne", "Marrowby", "Nesbeck", "Oakhollow", "Pellinor", "Quellen", "Rusk", "Stendell", "Thrale", "Ulver", "Vantry",
    "Wexcombe", "Yarrow", "Zellick",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Question:
    """What the simulation needs to know of a unit: its format, what it measures, and the keyed score of each option."""

    code: str
    format: str
    measures: str
    options: tuple[str, ...]
    scores: tuple[float, ...]
    direction: int = 1


@dataclass(frozen=True, slots=True)
class SimulatedPeople:
    """`facets` is (n_people, n_facets) of standard normal latent values, columns in the order of `facet_names`."""

    names: tuple[str, ...]
    facet_names: tuple[str, ...]
    facets: NDArray[np.float64]


def simulate_people(n: int, facet_names: Sequence[str], rng: np.random.Generator) -> SimulatedPeople:
    """`n` people with names and latent facets; facets correlate by `COMMON_PART` squared."""
    common = rng.standard_normal((n, 1))
    own = rng.standard_normal((n, len(facet_names)))
    facets = COMMON_PART * common + np.sqrt(1 - COMMON_PART**2) * own
    pairs = rng.permutation(len(GIVEN) * len(FAMILY))[:n]
    names = tuple(f"{GIVEN[p % len(GIVEN)]} {FAMILY[p // len(GIVEN)]}" for p in pairs)
    return SimulatedPeople(names, tuple(facet_names), facets)


def simulate_answers(people: SimulatedPeople, questions: Sequence[Question], rng: np.random.Generator) -> list[dict[str, Any]]:
    """One dict a person from unit code to the stored form of a response."""
    n = len(people.names)
    style = rng.normal(0, 0.35, n)
    answers: list[dict[str, Any]] = [{} for _ in range(n)]
    for question in questions:
        if question.measures in people.facet_names:
            latent = people.facets[:, people.facet_names.index(question.measures)]
        else:
            latent = rng.standard_normal(n)
        if question.format == "likert":
            rated = np.clip(np.rint(3.5 + question.direction * 0.8 * latent + style + rng.normal(0, 0.7, n)), 1, 5)
            for person in range(n):
                answers[person][question.code] = int(rated[person])
            continue
        keyed = np.array(question.scores)
        centred = (keyed - keyed.mean()) / keyed.std()
        clarity = np.clip(0.7 + 0.55 * latent, -0.6, None)
        perceived = clarity[:, None] * centred[None, :] + rng.normal(0, 1.0, (n, len(keyed)))
        for person in range(n):
            answers[person][question.code] = _answer(question, perceived[person], float(style[person]))
    return answers


def simulate_evaluations(
    people: SimulatedPeople,
    hired: Sequence[int],
    employee_ids: Sequence[str],
    scorecard: Sequence[Mapping[str, Any]],
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Long QA rows (one a question) for the hired people, in the columns of the QA file."""
    weights = np.array([CARRIES_QA.get(f, 0.0) for f in people.facet_names])
    carried = people.facets @ weights
    truth = CARRIED * (carried - carried.mean()) / carried.std() + np.sqrt(1 - CARRIED**2) * rng.standard_normal(len(carried))
    raters = list(RATERS)
    rows: list[dict[str, Any]] = []
    start = datetime(2026, 5, 18, 9, 0, tzinfo=UTC)  # past the first ninety days on the job, which no study counts
    for person, employee in zip(hired, employee_ids, strict=True):
        process = rng.normal()
        for number in range(EVALUATIONS_AN_AGENT):
            rater = raters[int(rng.integers(len(raters)))]
            moment = start + timedelta(days=int(rng.integers(0, 150)), minutes=int(rng.integers(0, 480)))
            call = rng.normal(0, 0.9)
            for question in scorecard:
                empathic = str(question["construct"]).startswith("empathy")
                level = (
                    0.62 + 0.11 * (truth[person] if empathic else process) + 0.11 * call + RATERS[rater] / 100 + rng.normal(0, 0.17)
                )
                score = int(np.clip(np.rint(level * question["max_score"]), 0, question["max_score"]))
                rows.append(
                    {
                        "employee_id": employee,
                        "evaluation_id": f"{employee}-{number + 1:02d}",
                        "evaluator_id": rater,
                        "interaction_id": f"call-{employee}-{number + 1:02d}",
                        "evaluated_at": moment.isoformat().replace("+00:00", "Z"),
                        "channel": "phone",
                        "contact_type": "billing",
                        "form": question["form"],
                        "form_version": question["form_version"],
                        "section": question["section"],
                        "question": question["question"],
                        "construct": question["construct"],
                        "score": score,
                        "max_score": question["max_score"],
                        "weight": question["weight"],
                        "not_applicable": 0,
                        "critical": int(question["critical"]),
                        "auto_fail": 0,
                        "source": "simulated",
                        "kind": "human",
                    }
                )
    return rows


def _answer(question: Question, perceived: NDArray[np.float64], style: float) -> Any:
    order = np.argsort(-perceived)
    if question.format == "pick_best":
        return question.options[int(order[0])]
    if question.format == "best_worst":
        return {"best": question.options[int(order[0])], "worst": question.options[int(order[-1])]}
    if question.format == "rank":
        return [question.options[int(o)] for o in order]
    ratings = np.clip(np.rint(3 + style + 0.95 * perceived), 1, 5)
    return {option: int(rating) for option, rating in zip(question.options, ratings, strict=True)}
