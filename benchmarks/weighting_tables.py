"""Do weighting strategies and the gate keep their promises on data whose truth is known? Two tables, beside the published ones.

    python -m benchmarks.weighting_tables [--samples 400] [--out benchmarks/weighting_tables.md]

Twelve standardised items that correlate .15 with each other and a criterion, jointly normal. Three truths: all items equally
valid, mildly unequal, four strong and eight near zero. The first table is the validity in the population of the weights that
each strategy learns from n people. The second asks, with unit weights in force and ridge toward unit proposed, how often three
rules adopt the proposal and how often that does harm, that is, lowers the validity in the population. There is no cap on
movement and no tier of cases.

Ridge toward unit stands twice in each table. "As published" scales the unit weights by their slope in the sample whatever its
sign; the product's strategy never turns a key round, so a sample in which the key fails leaves nothing to shrink toward.

A figure passes within .02 of the published one, a rate within three standard errors of the difference between the two studies
(250 samples a cell behind the first table, 120 behind the second). Harm by the full gate must stay at or below 5 % everywhere.
Exit status 1 if anything fails.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assessment.psychometrics import simulation, weighting
from assessment.psychometrics.arrays import FloatArray

PATTERNS = {
    "equal": simulation.EQUAL_PATTERN,
    "mild": simulation.MILD_PATTERN,
    "sparse": simulation.SPARSE_PATTERN,
}
UNIT = np.ones(12)
PRODUCT = weighting.RidgeTowardKey(UNIT, name="ridge toward unit")
R = simulation.item_correlations(12)
TOLERANCE = 0.02
MOST_HARM = 0.05
SAMPLES_OF_WEIGHTS, SAMPLES_OF_RULES = 250, 120

COLUMNS = ("unit", "least squares", "ridge", "ridge toward unit", "item validities", "noisy expert")
PUBLISHED_VALIDITY = {
    ("equal", 30): (0.255, 0.079, 0.148, 0.186, 0.166, 0.253),
    ("equal", 60): (0.255, 0.128, 0.194, 0.230, 0.211, 0.253),
    ("equal", 200): (0.255, 0.184, 0.223, 0.249, 0.242, 0.253),
    ("equal", 1000): (0.255, 0.238, 0.246, 0.254, 0.253, 0.253),
    ("mild", 30): (0.255, 0.123, 0.191, 0.208, 0.205, 0.268),
    ("mild", 60): (0.255, 0.179, 0.231, 0.246, 0.246, 0.267),
    ("mild", 100): (0.255, 0.217, 0.254, 0.261, 0.266, 0.268),
    ("mild", 200): (0.255, 0.253, 0.272, 0.271, 0.278, 0.268),
    ("mild", 400): (0.255, 0.283, 0.290, 0.287, 0.287, 0.268),
    ("mild", 1000): (0.255, 0.303, 0.304, 0.303, 0.290, 0.268),
    ("sparse", 30): (0.199, 0.174, 0.216, 0.196, 0.219, 0.224),
    ("sparse", 60): (0.199, 0.248, 0.266, 0.244, 0.263, 0.224),
    ("sparse", 200): (0.199, 0.333, 0.335, 0.331, 0.315, 0.225),
    ("sparse", 400): (0.199, 0.364, 0.364, 0.363, 0.325, 0.224),
}

RULES = ("in-sample r rises", "cross-validated gain", "full gate")
PUBLISHED_RULES = {
    ("equal", 60): ((1.00, 1.00), (0.11, 0.11), (0.01, 0.01), -0.129),
    ("equal", 200): ((1.00, 1.00), (0.03, 0.03), (0.01, 0.01), -0.030),
    ("equal", 800): ((1.00, 1.00), (0.00, 0.00), (0.00, 0.00), None),
    ("mild", 60): ((1.00, 0.33), (0.14, 0.12), (0.02, 0.02), -0.023),
    ("mild", 100): ((1.00, 0.17), (0.23, 0.11), (0.04, 0.02), -0.004),
    ("mild", 200): ((1.00, 0.04), (0.43, 0.03), (0.12, 0.00), 0.025),
    ("mild", 400): ((1.00, 0.00), (0.56, 0.00), (0.37, 0.00), 0.037),
    ("mild", 800): ((1.00, 0.00), (0.82, 0.00), (0.72, 0.00), 0.046),
    ("sparse", 60): ((1.00, 0.07), (0.48, 0.07), (0.10, 0.01), 0.083),
    ("sparse", 100): ((1.00, 0.01), (0.64, 0.01), (0.25, 0.00), 0.112),
    ("sparse", 200): ((1.00, 0.00), (0.94, 0.00), (0.77, 0.00), 0.140),
    ("sparse", 400): ((1.00, 0.00), (0.99, 0.00), (0.98, 0.00), 0.163),
}
"""Adopted and harmful under each rule; last, the mean true gain of what the full gate adopted."""


@dataclass(frozen=True)
class AsPublished:
    """Ridge toward unit weights scaled by their slope of either sign, the penalty chosen as the product chooses it."""

    name: str = "as published"
    complexity: int = 3

    def fit(self, sample: weighting.TrainingSample) -> weighting.LinearComposite:
        if sample.prior(UNIT) @ sample.moments.xty >= 0:
            return PRODUCT.fit(sample)
        # With the criterion turned round the slope is positive, and every weight comes out with the other sign.
        fitted = PRODUCT.fit(weighting.TrainingSample(sample.design, -sample.criterion))
        return dataclasses.replace(fitted, weights=-fitted.weights)


def truth(weights: FloatArray, pattern: str) -> float:
    """Validity in the population; weights of nothing have none."""
    return float(weighting.composite_validity(weights, R, PATTERNS[pattern])) if weights.any() else 0.0


def noisy_expert(pattern: str, rng: np.random.Generator) -> FloatArray:
    """Weights around 1 with an SD of .3 that correlate .5 with the true validities, as far as those differ."""
    v = PATTERNS[pattern]
    spread = v.std()
    z = (v - v.mean()) / spread if spread > 1e-12 else np.zeros(v.size)
    return np.asarray(1.0 + 0.3 * (0.5 * z + math.sqrt(0.75) * rng.standard_normal(v.size)))


@dataclass(frozen=True)
class Figure:
    """A figure found, the published one (None: there is none), and how far apart they may be."""

    found: float
    published: float | None
    allowed: float

    @property
    def passed(self) -> bool:
        return self.published is None or math.isnan(self.found) or abs(self.found - self.published) <= self.allowed


@dataclass(frozen=True)
class Row:
    """One cell of a table: a truth, a number of people, and its figures by column."""

    pattern: str
    n: int
    figures: dict[str, Figure]
    harm: float = 0.0

    @property
    def passed(self) -> bool:
        return all(figure.passed for figure in self.figures.values()) and self.harm <= MOST_HARM


def validity_row(pattern: str, n: int, n_samples: int, seed: int = 20261123) -> Row:
    """One row of the table of strategies."""
    rng = np.random.default_rng([seed, n, list(PATTERNS).index(pattern)])
    learnt: dict[str, weighting.Strategy] = {
        "unit": weighting.Unit(),
        "least squares": weighting.LeastSquares(),
        "ridge": weighting.Ridge(),
        "ridge toward unit": PRODUCT,
        "item validities": weighting.ItemValidities(),
        "as published": AsPublished(),
    }
    found: dict[str, list[float]] = {name: [] for name in (*learnt, "noisy expert")}
    for _ in range(n_samples):
        items, criterion = simulation.simulate_items(n, PATTERNS[pattern], rng)
        sample = weighting.TrainingSample(weighting.as_design(items), criterion)
        for name, strategy in learnt.items():
            found[name].append(truth(strategy.fit(sample).weights, pattern))
        found["noisy expert"].append(truth(noisy_expert(pattern, rng), pattern))
    published = dict(zip(COLUMNS, PUBLISHED_VALIDITY[pattern, n], strict=True))
    published["as published"] = published["ridge toward unit"]
    return Row(pattern, n, {name: Figure(float(np.mean(found[name])), published[name], TOLERANCE) for name in published})


def rules_rows(pattern: str, n: int, n_samples: int, seed: int = 7) -> tuple[Row, ...]:
    """One row of the table of rules: for the product's strategy, and for the one as published."""
    rng = np.random.default_rng([seed, n, list(PATTERNS).index(pattern)])
    proposals: Sequence[weighting.Strategy] = (PRODUCT, AsPublished())
    now = weighting.CurrentKey(UNIT)
    outcomes: dict[str, list[tuple[bool, bool, bool, float]]] = {proposal.name: [] for proposal in proposals}
    for repeat in range(n_samples):
        items, criterion = simulation.simulate_items(n, PATTERNS[pattern], rng)
        design = weighting.as_design(items)
        left_out = weighting.out_of_fold_predictions(design, criterion, (now, *proposals), weighting.folds(n, 10, repeat, seed))
        everybody = weighting.TrainingSample(design, criterion)
        r_now = weighting.mean_correlation(now.fit(everybody).scores(design), criterion)
        for proposal in proposals:
            fitted = proposal.fit(everybody)
            rises = weighting.mean_correlation(fitted.scores(design), criterion) > r_now
            waived = ("cases", "impact", "reliability")
            gate = weighting.gate(criterion, left_out[now.name], left_out[proposal.name], waive=waived)
            true_gain = truth(fitted.weights, pattern) - truth(UNIT, pattern)
            outcomes[proposal.name].append((rises, gate.checks[0].passed, gate.passed, true_gain))
    return tuple(_rules_row(pattern, n, np.array(outcomes[proposal.name], dtype=float)) for proposal in proposals)


def _rules_row(pattern: str, n: int, outcomes: FloatArray) -> Row:
    *rates, gain = PUBLISHED_RULES[pattern, n]
    true_gain = outcomes[:, 3]
    figures = {}
    for k, rule in enumerate(RULES):
        adopted = outcomes[:, k] == 1
        harmful = adopted & (true_gain < -1e-12)
        for word, happened, published in (("adopts", adopted, rates[k][0]), ("harms", harmful, rates[k][1])):
            rate = float(happened.mean())
            figures[f"{rule}: {word}"] = Figure(rate, published, three_errors(published, rate, len(outcomes)))
    passed = true_gain[outcomes[:, 2] == 1]
    mean = float(passed.mean()) if passed.size else math.nan
    error = 0.0
    if gain is not None and passed.size:
        behind = max(1, round(rates[2][0] * SAMPLES_OF_RULES))
        error = 3 * float(true_gain.std()) * math.sqrt(1 / passed.size + 1 / behind)
    figures["full gate: mean true gain"] = Figure(mean, gain, TOLERANCE + error)
    return Row(pattern, n, figures, harm=figures["full gate: harms"].found)


def three_errors(published: float, found: float, n_samples: int) -> float:
    """Three standard errors of the difference of two rates, one more of each kind counted so that 0 of n is no certainty,
    and half of the last place that the published one was rounded to."""
    pooled = (published * SAMPLES_OF_RULES + found * n_samples + 1) / (SAMPLES_OF_RULES + n_samples + 2)
    return 3 * math.sqrt(pooled * (1 - pooled) * (1 / SAMPLES_OF_RULES + 1 / n_samples)) + 0.005


def markdown(rows: Sequence[Row]) -> Iterator[str]:
    """A table with found (published), and what failed in bold."""
    names = list(rows[0].figures)
    yield f"| truth | n | {' | '.join(names)} | |"
    yield f"|---|---|{'---|' * len(names)}---|"
    for row in rows:
        cells = " | ".join(_cell(figure) for figure in row.figures.values())
        yield f"| {row.pattern} | {row.n} | {cells} | {'pass' if row.passed else '**fail**'} |"


def _cell(figure: Figure) -> str:
    found = "–" if math.isnan(figure.found) else _short(figure.found)
    published = "–" if figure.published is None else _short(figure.published)
    return f"{found} ({published})" if figure.passed else f"**{found} ({published})**"


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def _furthest(rows: Sequence[Row]) -> str:
    apart = [
        (abs(figure.found - figure.published), f"{name}, {row.pattern} {row.n}")
        for row in rows
        for name, figure in row.figures.items()
        if figure.published is not None
    ]
    most, where = max(apart)
    return f"{_short(most)} ({where})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".md"))
    given = parser.parse_args()
    begun = time.perf_counter()
    validity = [_told(validity_row(*cell, given.samples)) for cell in PUBLISHED_VALIDITY]
    pairs = [tuple(_told(row) for row in rules_rows(*cell, given.samples)) for cell in PUBLISHED_RULES]
    shipped, published = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    seconds = time.perf_counter() - begun
    lines = [
        "# Weighting strategies and the gate on data whose truth is known",
        "",
        f"`python -m benchmarks.weighting_tables --samples {given.samples}`: {given.samples} samples a cell, {seconds:.0f} s on "
        "one core. Each cell has the figure found and, in brackets, the published one; a figure that fails is bold. A validity "
        f"passes within {TOLERANCE} of the published one, a rate within three standard errors of the difference of two studies.",
        "",
        "Equal validities are .12, mildly unequal ones run evenly from .04 to .20, and of the sparse ones four are .22 and eight "
        ".03. The noisy expert's weights lie around 1 with an SD of .3 and correlate .5 with the true validities.",
        "",
        "## Validity in the population of the weights learnt",
        "",
        "*ridge toward unit* is the product's: a sample in which unit weights fail does not turn them round, which is worth up to "
        ".015 at 30 people. *as published* scales them by a slope of either sign.",
        "",
        *markdown(validity),
        "",
        f"Largest deviation from the published validity: {_furthest(validity)}.",
        "",
        "## Rules for adopting ridge toward unit in place of unit weights",
        "",
        "The product's strategy. *harms*: adopted, and less valid in the population than unit weights.",
        "",
        *markdown(shipped),
        "",
        "The same with a slope of either sign, as published:",
        "",
        *markdown(published),
        "",
        f"Harm by the full gate is {max(row.harm for row in shipped):.1%} at most; {MOST_HARM:.0%} is allowed.",
        "",
    ]
    given.out.write_text("\n".join(lines))
    print("\n".join(lines))
    failed = [f"{row.pattern} {row.n}" for row in (*validity, *shipped, *published) if not row.passed]
    print(f"failed: {', '.join(failed)}" if failed else "every figure passes", file=sys.stderr)
    return 1 if failed else 0


def _told(row: Row) -> Row:
    print(f"{row.pattern} {row.n}: {'pass' if row.passed else 'FAIL'}", file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    raise SystemExit(main())
