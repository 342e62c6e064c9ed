"""Three coarse levels: reference examples by hand, a level never falls as the score rises, and how often it is said again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.classical import coarse_levels

LINES = {"low": 0.50, "high": 0.70}


@pytest.mark.parametrize(
    ("score", "mean", "sd", "reliability", "level"),
    [
        # SEM .10, SEE .0866, z .8416. True scores .78 and .7725, less .0729: .7071 and .6996.
        (0.84, 0.60, 0.20, 0.75, 1),
        (0.83, 0.60, 0.20, 0.75, 0),
        # True scores .42 and .4275, with .0729: .4929 and .5004.
        (0.36, 0.60, 0.20, 0.75, -1),
        (0.37, 0.60, 0.20, 0.75, 0),
        # SEM .1732: the estimated true scores are above .737 in this group, the own bounds .6942 and .7042.
        (0.84, 0.80, 0.20, 0.25, 0),
        (0.85, 0.80, 0.20, 0.25, 1),
        # Without error the score itself decides; without any reliability nothing does.
        (0.70, 0.60, 0.20, 1.00, 1),
        (0.50, 0.60, 0.20, 1.00, -1),
        (0.60, 0.60, 0.20, 1.00, 0),
        (1.00, 0.65, 0.20, 0.00, 0),
        (float("nan"), 0.60, 0.20, 0.90, 0),
    ],
)
def test_reference_examples(score, mean, sd, reliability, level):
    assert coarse_levels([score], mean=mean, sd=sd, reliability=reliability, **LINES).tolist() == [level]


group = {"mean": st.floats(0, 1), "sd": st.floats(0, 0.5), "reliability": st.floats(0, 1)}


@given(**group, scores=st.lists(st.floats(0, 1), min_size=2, max_size=20), confidence=st.floats(0.51, 0.99))
@settings(max_examples=80, deadline=None)
def test_the_level_never_falls_as_the_score_rises(mean, sd, reliability, scores, confidence):
    found = coarse_levels(sorted(scores), mean=mean, sd=sd, reliability=reliability, confidence=confidence, **LINES)
    assert (np.diff(found) >= 0).all()


@given(**group, scores=st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_more_confidence_never_says_more(mean, sd, reliability, scores):
    loose, strict = (coarse_levels(scores, mean=mean, sd=sd, reliability=reliability, confidence=c, **LINES) for c in (0.8, 0.9))
    assert (np.abs(strict) <= np.abs(loose)).all()
    assert (strict * loose >= 0).all()


@given(**group, scores=st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=80, deadline=None)
def test_a_level_is_said_only_of_a_score_on_that_side_of_the_line(mean, sd, reliability, scores):
    found = coarse_levels(scores, mean=mean, sd=sd, reliability=reliability, **LINES)
    x = np.array(scores)
    assert (x[found == 1] >= 0.70).all()
    assert (x[found == -1] <= 0.50).all()


@pytest.mark.parametrize(
    ("reliability", "said", "again", "true"),
    [(0.5, 0.0418, 0.2268, 0.8808), (0.7, 0.1178, 0.4885, 0.9155), (0.9, 0.2194, 0.7588, 0.9562)],
)
def test_how_often_a_strength_is_said_again_on_a_parallel_form(reliability, said, again, true):
    """True scores and two parallel forms, simulated; the figures are exact, from the bivariate normal distribution.

    Mean .62, SD of observed scores .18: a strength begins at .9315, .8335 and .7594. Python, scipy 1.17:
    k = (start − .62) / .18; p = norm.sf(k); again = multivariate_normal.cdf([−k, −k], cov=[[1, ρ], [ρ, 1]]) / p;
    true = multivariate_normal.cdf([−.08 / (.18 √ρ), −k], cov=[[1, √ρ], [√ρ, 1]]) / p.
    """
    rng = np.random.default_rng(11)
    truth = 0.62 + 0.18 * np.sqrt(reliability) * rng.standard_normal(200_000)
    first, second = (truth + 0.18 * np.sqrt(1 - reliability) * rng.standard_normal(truth.size) for _ in range(2))
    levels = [coarse_levels(form, mean=0.62, sd=0.18, reliability=reliability, **LINES) for form in (first, second)]
    strong = levels[0] == 1
    assert strong.mean() == pytest.approx(said, abs=0.002)
    assert (levels[1][strong] == 1).mean() == pytest.approx(again, abs=0.01)
    assert (truth[strong] >= 0.70).mean() == pytest.approx(true, abs=0.01)
    assert (levels[1][strong] == -1).mean() < 0.001


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 0.7, "high": 0.7},
        {"confidence": 0.5},
        {"confidence": 1.0},
        {"reliability": 1.1},
        {"sd": -0.1},
        {"mean": float("inf")},
    ],
)
def test_values_out_of_range_are_refused(wrong):
    given_values = {"mean": 0.6, "sd": 0.2, "reliability": 0.7, **LINES} | wrong
    with pytest.raises(ValueError, match=r"must"):
        coarse_levels([0.5], **given_values)
