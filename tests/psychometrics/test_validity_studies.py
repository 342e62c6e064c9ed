"""Meta-analysis of local studies: the formulas written out once more, populations with a known answer, and limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.validity import (
    combine_studies,
    correct_range_restriction,
    disattenuate,
    unrestricted_reliability,
)

R = np.array([0.10, 0.32, 0.24, -0.05, 0.41, 0.18])
N = np.array([60, 120, 85, 45, 150, 230])
RYY = np.array([0.52, 0.60, 0.55, 0.70, 0.62, 0.58])
RXX = np.array([0.80, 0.75, 0.82, 0.79, 0.85, 0.77])
U = np.array([0.60, 0.75, 0.90, 0.55, 0.80, 0.70])


def unbiased():
    return R * (2 * N - 1) / (2 * N - 2)


def test_bare_bones_written_out():
    found = combine_studies(R, N).bare_bones
    mean = sum(n * r for n, r in zip(N, unbiased(), strict=True)) / N.sum()
    variance = sum(n * (r - mean) ** 2 for n, r in zip(N, unbiased(), strict=True)) / N.sum() * 6 / 5
    error = sum(n * (1 - mean**2) ** 2 / (n - 1) for n in N) / N.sum()
    assert (found.estimate, found.variance, found.error_variance) == pytest.approx((mean, variance, error))
    assert (found.n_studies, found.n) == (6, 690)
    assert found.residual_variance == pytest.approx(variance - error)
    assert found.residual_sd == pytest.approx(np.sqrt(max(0, variance - error)))
    assert found.share_explained == pytest.approx(min(1, error / variance))
    t = 2.570581836  # qt(.975, 5)
    assert found.confidence_interval() == pytest.approx((mean - t * np.sqrt(variance / 6), mean + t * np.sqrt(variance / 6)))
    t = 1.475884049  # qt(.9, 5)
    assert found.credibility_interval() == pytest.approx((mean - t * found.residual_sd, mean + t * found.residual_sd))


def test_one_reliability_for_all_divides_the_mean_and_the_spread():
    found = combine_studies(R, N, ryy=0.6)
    bare, corrected = found.bare_bones, found.corrected
    assert corrected.estimate == pytest.approx(bare.estimate / np.sqrt(0.6))
    assert corrected.variance == pytest.approx(bare.variance / 0.6)
    assert corrected.error_variance == pytest.approx(bare.error_variance / 0.6)
    np.testing.assert_allclose(found.weights, N / N.sum())
    assert found.estimate == corrected.estimate


def test_each_study_is_corrected_by_its_own_reliability_and_weighted_by_what_that_leaves():
    found = combine_studies(R, N, ryy=RYY, rxx=RXX, validity="true score")
    each = disattenuate(unbiased(), RYY, RXX)
    weights = N * RYY * RXX
    np.testing.assert_allclose(found.correlations, each)
    np.testing.assert_allclose(found.weights, weights / weights.sum())
    assert found.corrected.estimate == pytest.approx(np.average(each, weights=weights))
    sampling = (1 - found.bare_bones.estimate**2) ** 2 / (N - 1) / (RYY * RXX)
    assert found.corrected.error_variance == pytest.approx(np.average(sampling, weights=weights))


def test_after_case_two_the_sampling_variance_follows_the_slope_of_the_correction():
    """(a / A)² is the squared derivative of the corrected by the observed correlation: here by differences."""
    found = combine_studies(R, N, u=U, case="II")
    up, down = (correct_range_restriction(unbiased() + h, case="II", u=U) for h in (1e-6, -1e-6))
    slope = (up - down) / 2e-6
    each = correct_range_restriction(unbiased(), case="II", u=U)
    weights = N * (unbiased() / each) ** 2
    np.testing.assert_allclose(found.correlations, each)
    sampling = (1 - found.bare_bones.estimate**2) ** 2 / (N - 1) * slope**2
    assert found.corrected.error_variance == pytest.approx(np.average(sampling, weights=weights), rel=1e-6)


@pytest.mark.parametrize("case", ["II", "IV"])
def test_operational_validity_leaves_the_error_of_the_score_in(case):
    operational = combine_studies(R, N, ryy=RYY, rxx=RXX, u=U, case=case)
    true = combine_studies(R, N, ryy=RYY, rxx=RXX, u=U, case=case, validity="true score")
    np.testing.assert_allclose(true.correlations, operational.correlations / np.sqrt(unrestricted_reliability(RXX, U)), rtol=1e-12)
    known = {"rxx": RXX} if case == "IV" else {}
    each = correct_range_restriction(unbiased(), case=case, u=U, ryy=RYY, **known)
    np.testing.assert_allclose(operational.correlations, each)


def test_case_four_bends_by_the_u_of_true_scores():
    found = combine_studies(R, N, rxx=RXX, u=U, case="IV", validity="true score")
    u_true2 = U**2 * RXX / unrestricted_reliability(RXX, U)
    attenuation = unbiased() / found.correlations
    bend = 1 / ((1 / u_true2 - 1) * unbiased() ** 2 + 1)
    sampling = (1 - found.bare_bones.estimate**2) ** 2 / (N - 1) * (bend / attenuation) ** 2
    assert found.corrected.error_variance == pytest.approx(np.average(sampling, weights=N * attenuation**2))


def test_a_study_without_any_correlation_has_the_weight_of_its_neighbours():
    """A = r / r_c is 0/0 there; its limit is what a small r has."""
    exactly, nearly = (combine_studies(np.append(R, r), np.append(N, 90), ryy=0.6, u=0.7, case="II") for r in (0.0, 1e-7))
    np.testing.assert_allclose(exactly.weights, nearly.weights, rtol=1e-6)
    assert exactly.correlations[-1] == 0
    assert exactly.estimate == pytest.approx(nearly.estimate, abs=1e-6)


def test_the_mean_of_many_restricted_studies_is_the_true_validity_and_its_spread():
    """400 studies of 200 hires; true operational validity .40, SD .10 across settings; u .6, criterion reliability .6."""
    rng = np.random.default_rng(6)
    rho = rng.normal(0.40, 0.10, 400)
    r = rho * 0.6 / np.sqrt(1 - rho**2 + rho**2 * 0.36)
    seen = []
    for one in r * np.sqrt(0.6):
        x, e = rng.standard_normal((2, 200))
        seen.append(np.corrcoef(x, one * x + np.sqrt(1 - one**2) * e)[0, 1])
    found = combine_studies(seen, np.full(400, 200), ryy=0.6, u=0.6, case="II").corrected
    assert found.estimate == pytest.approx(0.40, abs=0.02)
    assert found.residual_sd == pytest.approx(0.10, abs=0.03)
    low, high = found.credibility_interval()
    assert np.mean((rho > low) & (rho < high)) == pytest.approx(0.80, abs=0.08)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.floats(0.4, 1.0))
def test_the_order_of_studies_does_not_matter_and_artefacts_only_raise_the_mean(order, ryy):
    order = list(order)
    there = combine_studies(R[order], N[order], ryy=ryy, u=U[order], case="II")
    here = combine_studies(R, N, ryy=ryy, u=U, case="II")
    assert there.estimate == pytest.approx(here.estimate)
    assert here.estimate > here.bare_bones.estimate


def test_studies_that_agree_better_than_chance_have_no_residual_spread():
    found = combine_studies([0.2, 0.2, 0.21], [50, 50, 50]).bare_bones
    assert found.residual_variance < 0
    assert (found.residual_sd, found.share_explained) == (0, 1)
    assert found.credibility_interval() == (found.estimate, found.estimate)
    assert combine_studies([0.2, 0.2], [50, 50]).bare_bones.share_explained == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"r": [0.2], "n": [50]}, "r must hold at least 2 studies"),
        ({"n": N[:3]}, "n must hold 6 values"),
        ({"n": np.full(6, 2)}, "n must lie between 3 and inf"),
        ({"u": U}, "u and case must be given together"),
        ({"case": "II"}, "u and case must be given together"),
        ({"u": U, "case": "V"}, "case must be None, 'II' or 'IV'"),
        ({"u": U, "case": "IV"}, "case IV needs rxx"),
        ({"validity": "true score"}, "true score validity needs rxx"),
        ({"validity": "corrected"}, "validity must be 'operational' or 'true score'"),
        ({"ryy": 0.0}, "ryy must lie above 0"),
        ({"ryy": [0.5, 0.6]}, "ryy must hold 6 values"),
        ({"ryy": [0.5] * 5 + [np.nan]}, "ryy must not hold NaN"),
        ({"u": np.nan, "case": "II"}, "u must not hold NaN"),
    ],
)
def test_impossible_input_is_named(arguments, says):
    with pytest.raises(ValueError, match=says):
        combine_studies(**({"r": R, "n": N} | arguments))


def test_the_interval_is_that_of_the_figure_shown():
    plain, corrected = combine_studies(R, N), combine_studies(R, N, ryy=0.6)
    assert plain.confidence_interval(0.9) == plain.bare_bones.confidence_interval(0.9)
    assert corrected.confidence_interval() == corrected.corrected.confidence_interval()
