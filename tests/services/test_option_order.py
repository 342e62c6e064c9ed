"""The order of options is a sitting's own, and gives nothing away: the keyed best stands anywhere, over many sittings."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare

from assessment.bank import PublishedForm, read_bank, read_snapshot, snapshot
from assessment.keys import read_key
from assessment.services.sitting.paging import plan_form

QUESTIONS = Path(__file__).parents[2] / "questions"
N_SITTINGS = 2_000
FORM = "customer_support"


@cache
def default_form() -> PublishedForm:
    bank = read_bank(QUESTIONS)
    return read_snapshot(snapshot(bank, bank.forms[FORM]))


@cache
def places_of_the_best() -> dict[str, np.ndarray]:
    """For each unit with options, how often its best option by the key stands at each place, over seeds 0, 1, 2, …"""
    key = read_key(QUESTIONS / "keys" / "provisional.toml")
    options = {unit.code: unit.options for item in default_form().items for unit in item.units if unit.options}
    best = {code: max(ids, key=lambda o, code=code: key.items[code].options[o].score) for code, ids in options.items()}
    counts = {code: np.zeros(len(ids)) for code, ids in options.items()}
    for seed in range(N_SITTINGS):
        shown = plan_form(default_form(), seed).units
        for code, option in best.items():
            counts[code][shown[code].options.index(option)] += 1
    return counts


def test_the_best_option_of_every_question_stands_at_each_place_equally_often() -> None:
    counts = places_of_the_best()
    assert len(counts) == 15
    least = min(chisquare(places).pvalue for places in counts.values())
    assert least > 0.05 / len(counts)


@pytest.mark.parametrize("n_options", [4, 5, 6])
def test_no_place_is_the_place_of_the_best_in_questions_of_one_length(n_options: int) -> None:
    together = np.sum([places for places in places_of_the_best().values() if len(places) == n_options], axis=0)
    assert len(together) == n_options
    assert chisquare(together).pvalue > 0.01


def test_the_order_of_one_question_says_nothing_about_that_of_another() -> None:
    """Over sittings, the places of the best in two questions of four options are independent."""
    seen: dict[tuple[int, int], int] = defaultdict(int)
    codes = sorted(code for code, places in places_of_the_best().items() if len(places) == 4)[:2]
    for seed in range(N_SITTINGS):
        shown = plan_form(default_form(), seed).units
        first, second = (shown[code].options.index(shown[code].unit.options[0]) for code in codes)
        seen[first, second] += 1
    assert len(seen) == 16
    assert chisquare(list(seen.values())).pvalue > 0.01


def test_one_seed_gives_one_order() -> None:
    once, again = plan_form(default_form(), 7), plan_form(default_form(), 7)
    assert [unit.options for unit in once.units.values()] == [unit.options for unit in again.units.values()]
    assert any(unit.options != unit.unit.options for unit in once.units.values())
