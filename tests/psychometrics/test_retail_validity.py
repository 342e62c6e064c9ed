"""Real responses, real ratings: what weights learned on some people say about others.

Retail selection 2020–2021 (see examples/retail_selection_2021): 3 953 hires, rated by their supervisors on customer service.
Ridge, 10 times 5 folds: situations .133, scales .166, past .161, everything .222 (in-sample .18, .18, .21 and .29). One
repeat, as here, moves these by a hundredth.
"""

import csv
import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from assessment.psychometrics import keying, validity, weighting

DATA = Path(__file__).parents[2] / "examples" / "retail_selection_2021"


@cache
def column_values():
    with (DATA / "cohort_a.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    table = list(zip(*rows[1:], strict=True))
    used = [name for name in rows[0] if name == "Customer_Service" or name.startswith(("SJ_", "Bio", "PSc", "Scen"))]
    return {
        name: np.array([float(cell) if cell not in ("", "NA") else np.nan for cell in table[rows[0].index(name)]]) for name in used
    }


def matching(*patterns):
    return [name for name in column_values() if any(fnmatchcase(name, pattern) for pattern in patterns)]


def nominal(*patterns):
    blocks = []
    for name in matching(*patterns):
        answers = column_values()[name]
        options = np.unique(answers[~np.isnan(answers)])
        place = np.where(np.isnan(answers), np.nan, np.searchsorted(options, answers))
        blocks.append(weighting.nominal_columns(place, options.size, name))
    return weighting.join(blocks)


def scales():
    codebook = tomllib.loads((DATA / "codebook.toml").read_text())
    reverse = next(item["reverse"] for item in codebook["item"] if item["columns"] == "PScale*_Q*")
    turned = set(matching(*reverse))
    scores = []
    for number in range(1, 14):
        names = matching(f"PScale{number:02d}_Q*")
        answers = np.stack([column_values()[name] for name in names], axis=1)
        scores.append(keying.scale_scores(answers, [name in turned for name in names], 1, 4))
    return weighting.numeric_columns(np.stack(scores, axis=1), [f"PScale{k:02d}" for k in range(1, 14)], "scales")


def cross_validated(design):
    strategies = [weighting.Unit(signs="training"), weighting.Ridge()]
    return weighting.nested_cross_validation(design, column_values()["Customer_Service"], strategies, n_repeats=1)


@pytest.mark.parametrize(
    ("make", "r"),
    [
        (lambda: nominal("SJ_Most_*", "SJ_Least_*"), 0.133),
        (scales, 0.166),
        (lambda: nominal("Biodata_*"), 0.161),
        (lambda: weighting.join([nominal("SJ_Most_*", "SJ_Least_*", "Biodata_*", "Scenario*_[1-8]"), scales()]), 0.222),
    ],
    ids=["situations", "scales", "past", "everything"],
)
def test_cross_validated_r_with_rated_customer_service(make, r):
    result = cross_validated(make()).result("ridge")
    assert result.n == 3953
    assert result.estimate == pytest.approx(r, abs=0.012)
    assert result.r_in_sample > result.estimate


def test_a_figure_above_what_least_squares_reaches_in_sample_would_be_a_mistake():
    """The thirteen scales reach R = .182 on the very people they are fitted to: no honest r can be higher."""
    design, y = weighting.complete_cases(scales(), column_values()["Customer_Service"])
    x = np.where(np.isnan(design.values), np.nanmean(design.values, axis=0), design.values)
    fitted = np.column_stack([np.ones(y.size), x])
    predicted = fitted @ np.linalg.lstsq(fitted, y, rcond=None)[0]
    multiple_r = validity.validity_coefficient(predicted, y).estimate
    assert multiple_r == pytest.approx(0.182, abs=0.001)
    shrunken = weighting.shrunken_r_squared(multiple_r**2, y.size, 13, "browne") ** 0.5
    assert cross_validated(design_with_criterion(design, y)).result("ridge").estimate < multiple_r
    assert shrunken == pytest.approx(0.165, abs=0.005)


def design_with_criterion(design, y):
    """The cohort has a rating for everybody, so that complete cases are all cases."""
    assert design.n_people == y.size == column_values()["Customer_Service"].size
    return design


def test_weights_that_the_data_earn_beat_equal_weights_on_blind_options():
    comparison = cross_validated(nominal("SJ_Most_*", "SJ_Least_*"))
    assert comparison.recommended == "ridge"
    unit = comparison.result("unit")
    assert unit.behind_best > unit.standard_error_of_difference
