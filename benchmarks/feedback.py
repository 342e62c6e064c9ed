"""How far the words of the applicant's report can be trusted: said again on a parallel form, and true of the person.

    python -m benchmarks.feedback [--people 2000] [--forms 16] [--seed 7]

Simulated people answer the default form again and again, each time as if it were a parallel form: the same person, new chance.
Their true score on a facet is the mean over all of those forms but the one that is reported on. Printed as JSON for two kinds
of people, facets that hang together hardly (.3) or closely (.7), and for three confidences: of what was said of facets that
are measured well enough, how often it would be said again, how often the opposite, and how often the true score lies beyond the
line. `nothing` is the share of people of whom nothing is said in any part, `bits` what all levels of a report tell together
at most. The people are made up, so that real forms may do better or worse; docs/decisions/0008 quotes the figures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from assessment.bank import read_bank, read_snapshot, snapshot
from assessment.demo.organisation import FORM, questions_of
from assessment.demo.simulation import SimulatedPeople, simulate_answers
from assessment.keys import ScoringKey, read_key
from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.classical import coarse_levels
from assessment.services.reports.feedback_levels import CONFIDENCE, HIGH, LEAST_RELIABILITY, LOW
from assessment.services.scores.composing import ScoreTable, score_sheet
from assessment.services.scores.responding import ResponseSheet
from assessment.services.scores.scored_form import ScoredForm, read_form
from assessment.services.scores.standard_errors import FacetFigures, Precision, estimated_precision

QUESTIONS = Path(__file__).parents[1] / "questions"


class Administrations:
    """One group of people and as many parallel forms as are wanted."""

    def __init__(self, n: int, common: float, rng: np.random.Generator) -> None:
        bank = read_bank(QUESTIONS)
        content = snapshot(bank, bank.forms[FORM])
        self.key: ScoringKey = read_key(QUESTIONS / "keys" / "provisional.toml")
        self.form: ScoredForm = read_form(content)
        self.questions = questions_of(read_snapshot(content), self.key)
        self.rng = rng
        own = rng.standard_normal((n, len(bank.facets)))
        latent = common * rng.standard_normal((n, 1)) + np.sqrt(1 - common**2) * own
        self.people = SimulatedPeople(("",) * n, tuple(bank.facets), latent)

    def answer(self) -> ScoreTable:
        """One more parallel form, answered and scored."""
        answers = simulate_answers(self.people, self.questions, self.rng)
        n = len(answers)
        values = {unit.code: [answer.get(unit.code) for answer in answers] for unit in self.form.units}
        nobody: dict[str, list[None]] = {code: [None] * n for code in values}
        ids, states = tuple(range(n)), {code: ["answered"] * n for code in values}
        return score_sheet(ResponseSheet(ids, ids, (1,) * n, (1,) * n, values, nobody, states), self.form, self.key)


def levels(table: ScoreTable, precision: Precision, confidence: float) -> IntArray:
    """(facets, people) of the facets that are measured well enough."""
    return np.array(
        [
            coarse_levels(
                table.facets[facet],
                mean=figures.mean,
                sd=figures.sd,
                reliability=figures.reliability,
                low=LOW,
                high=HIGH,
                confidence=confidence,
            )
            for facet, figures in said_of(precision).items()
        ]
    )


def said_of(precision: Precision) -> dict[str, FacetFigures]:
    return {f: figures for f, figures in precision.facets.items() if figures.shown and figures.reliability >= LEAST_RELIABILITY}


def rates(first: IntArray, second: IntArray, true: FloatArray) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, level, beyond in (("strength", 1, true >= HIGH), ("growth", -1, true <= LOW)):
        said = first == level
        found[name] = {
            "said": share(said),
            "again": share(second[said] == level),
            "opposite": share(second[said] == -level),
            "true": share(beyond[said]),
        }
    shares = np.array([[(row == level).mean() for level in (-1, 0, 1)] for row in first])
    bits = -np.sum(shares * np.log2(shares, where=shares > 0, out=np.zeros_like(shares)))
    return found | {"nothing": share((first == 0).all(axis=0)), "bits": round(float(bits), 2)}


def share(claims: np.ndarray) -> float:
    return round(float(claims.mean()), 4) if claims.size else 0.0


def measure(common: float, n: int, forms: int, seed: int) -> dict[str, object]:
    group = Administrations(n, common, np.random.default_rng(seed))
    first, second = group.answer(), group.answer()
    precision = estimated_precision(first, group.form, group.key)
    facets = list(said_of(precision))
    others = [second, *(group.answer() for _ in range(forms - 2))]
    true = np.array([np.mean([table.facets[facet] for table in others], axis=0) for facet in facets])
    return {
        "facets_hang_together": common,
        "alpha": round(precision.reliability, 2),
        "reliability": {facet: round(figures.reliability, 2) for facet, figures in precision.facets.items()},
        "measured_well_enough": facets,
        "by_confidence": {
            str(c): rates(levels(first, precision, c), levels(second, precision, c), true) for c in (CONFIDENCE, 0.85, 0.90)
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--forms", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    print(json.dumps([measure(common, options.people, options.forms, options.seed) for common in (0.3, 0.7)], indent=2))


if __name__ == "__main__":
    main()
