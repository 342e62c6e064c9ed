"""Corrections for range restriction and unreliability, against published examples and R's psychmeta."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.intervals import fisher_interval
from assessment.psychometrics.validity import (
    correct_range_restriction,
    disattenuate,
    restricted_correlation,
    truncation_ratio,
    unrestricted_reliability,
)


def test_thorndike_two_of_the_worked_examples():
    """R: psych::rangeCorrection(.33, 100.32, 48.19); the rest checked there with case = 2."""
    assert correct_range_restriction(0.33, case="II", u=48.19 / 100.32) == pytest.approx(0.5884, abs=5e-5)
    for r, u, corrected in ((0.25, 0.7, 0.346064270102991), (0.3, 0.5, 0.532413905649668), (-0.2, 0.6, -0.322078313200415)):
        assert correct_range_restriction(r, case="II", u=u) == pytest.approx(corrected)


def test_case_two_is_factored_likelihood():
    """b S_x / √(b² S_x² + s²_res) with S_x 10, s_x 6, s_y 4, r .25."""
    b = 0.25 * 4 / 6
    by_likelihood = b * 10 / np.sqrt(b**2 * 100 + 16 * (1 - 0.25**2))
    assert by_likelihood == pytest.approx(0.39528, abs=5e-6)
    assert correct_range_restriction(0.25, case="II", u=0.6) == pytest.approx(by_likelihood, abs=1e-12)


def test_thorndike_three_of_the_worked_examples():
    assert correct_range_restriction(0.30, case="III", r_yz=0.40, r_xz=0.50, u_z=0.7) == pytest.approx(0.4191, abs=5e-5)
    assert correct_range_restriction(0.20, case="III", r_yz=0.30, r_xz=0.50, u_z=0.5) == pytest.approx(0.4360, abs=5e-5)
    assert correct_range_restriction(0.25, case="III", r_xz=0.4, r_yz=0.3, u_z=0.6) == pytest.approx(0.379583117744268)


def test_case_two_under_corrects_where_a_third_variable_selected():
    """True r .30; z correlates .4 with x and .5 with y, and the top 30 % on z were hired."""
    u_z2 = truncation_ratio(0.30) ** 2
    k = u_z2 - 1.0
    sd_x, sd_y = np.sqrt(1 + k * 0.4**2), np.sqrt(1 + k * 0.5**2)
    observed = (0.30 + k * 0.4 * 0.5) / (sd_x * sd_y)
    r_xz, r_yz = 0.4 * np.sqrt(u_z2) / sd_x, 0.5 * np.sqrt(u_z2) / sd_y
    assert correct_range_restriction(observed, case="III", r_xz=r_xz, r_yz=r_yz, u_z=np.sqrt(u_z2)) == pytest.approx(0.30)
    assert observed == pytest.approx(0.1802, abs=5e-4)
    assert correct_range_restriction(observed, case="II", u=sd_x) == pytest.approx(0.1914, abs=5e-4)


def test_every_figure_of_the_psychmeta_set():
    """R: psychmeta::correct_r, r .30, u_x = u_y = .8, restricted reliabilities .8."""
    restricted = {"rxx": 0.8, "ryy": 0.8}
    assert disattenuate(0.30, 0.8, 0.8) == pytest.approx(0.3750)
    assert unrestricted_reliability(0.8, 0.8) == pytest.approx(0.872)
    assert correct_range_restriction(0.30, case="II", u=0.8, ryy=0.8) == pytest.approx(0.4066, abs=5e-5)
    assert correct_range_restriction(0.30, case="II", u=0.8, **restricted) == pytest.approx(0.4354, abs=5e-5)
    operational = correct_range_restriction(0.30, case="IV", u=0.8, **restricted)
    assert operational == pytest.approx(0.4360, abs=5e-5)
    assert disattenuate(operational, 1.0, 0.872) == pytest.approx(0.4669, abs=5e-5)
    assert correct_range_restriction(0.30, case="V", u=0.8, u_y=0.8) == pytest.approx(0.5520, abs=5e-5)
    assert correct_range_restriction(0.30, case="V", u=0.8, u_y=0.8, **restricted) == pytest.approx(0.6330, abs=5e-5)


@pytest.mark.parametrize(
    ("r", "u", "rxx", "operational"),
    [
        (0.15, 0.5, 0.7, 0.488801842979626),
        (0.35, 0.7, 0.7, 0.689789988018072),
        (0.15, 1.2, 0.7, 0.142592993951207),
        (0.35, 0.7, 0.85, 0.653048012079572),
    ],
)
def test_case_four_on_the_psychmeta_grid(r, u, rxx, operational):
    """R: psychmeta::correct_r(correction = "uvirr_x"), ryy .52 among the hired, column rxpa."""
    assert correct_range_restriction(r, case="IV", u=u, rxx=rxx, ryy=0.52) == pytest.approx(operational)


PSYCHMETA = {
    (0.15, 0.5, 0.7, 0.52): {
        "II": (0.290360351097496, 0.391396843832065, 0.30190231727795, 0.40695506008842),
        "V": (0.579615242270663, 0.696363273519928, 0.602655232058102, 0.724044054735054),
        "BVDRR": (0.339431950502972, 0.407801463715005, 0.352924536796048, 0.424011771647019),
    },
    (0.35, 1.2, 0.85, 0.8): {
        "II": (0.297283470686789, 0.334000485868815, 0.335747456460769, 0.377215098195835),
        "V": (0.34412234642536, 0.368514544341732, 0.388646574452014, 0.416194753935353),
        "BVDRR": (0.361256804783085, 0.386863533240099, 0.407997972624771, 0.436917824535348),
    },
}


@pytest.mark.parametrize("given_values", PSYCHMETA)
@pytest.mark.parametrize("case", ["II", "V", "BVDRR"])
def test_each_correction_with_and_without_error_is_that_of_psychmeta(case, given_values):
    """R 4.2.2, psychmeta 2.7.0: correct_r(uvdrr_x, bvirr, bvdrr), u_y .8; columns rxya, rxpa, rtya, rtpa."""
    r, u, rxx, ryy = given_values
    spread = {"u": u} if case == "II" else {"u": u, "u_y": 0.8}
    found = [
        correct_range_restriction(r, case=case, **spread, **known)
        for known in ({}, {"ryy": ryy}, {"rxx": rxx}, {"rxx": rxx, "ryy": ryy})
    ]
    assert found == pytest.approx(PSYCHMETA[given_values][case], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.95, 0.95), st.floats(0.1, 1.5), st.floats(0.1, 1.5))
def test_direct_restriction_of_both_sides_is_the_quadratic_of_alexander_and_others(r, u, u_y):
    """(r² − 1) u u_y / 2r + sign(r) √((r² − 1)² u² u_y² / 4r² + 1), whose limit at r = 0 is 0."""
    found = correct_range_restriction(r, case="BVDRR", u=u, u_y=u_y)
    if abs(r) > 1e-3:
        half = (r * r - 1) / (2 * r) * u * u_y
        assert found == pytest.approx(half + np.sign(r) * np.sqrt(half**2 + 1), abs=1e-10)
    assert abs(found) <= 1 and found * r >= 0


def test_case_four_recovers_what_an_unknown_selection_on_the_true_score_hid():
    """An exact population: z acts on true scores alone, the top is taken, errors of score and criterion stay as they are.

    With x = t + e and y = .5 t + d, the covariances after selection are those before it less what z explains. The operational
    validity comes back whether y is perfect (`ryy` left out) or its error is told. psychmeta 2.7.0 gives another figure for
    the first, because it corrects the observed r by the u of the true score.
    """
    lost = 1 - truncation_ratio(0.2) ** 2
    cov_zt, error_x, error_y = 0.7, 0.35, 0.6
    before = {"tt": 1.0, "yy": 0.25 + 0.3 + error_y}
    after = {"tt": 1 - lost * cov_zt**2}
    after["yy"] = 0.25 * after["tt"] + 0.3 + error_y
    xx_before, xx_after = before["tt"] + error_x, after["tt"] + error_x
    r = 0.5 * after["tt"] / np.sqrt(xx_after * after["yy"])
    u, rxx, ryy = np.sqrt(xx_after / xx_before), after["tt"] / xx_after, 1 - error_y / after["yy"]
    assert correct_range_restriction(r, case="IV", u=u, rxx=rxx) == pytest.approx(0.5 / np.sqrt(xx_before * before["yy"]))
    operational = correct_range_restriction(r, case="IV", u=u, rxx=rxx, ryy=ryy)
    assert operational == pytest.approx(0.5 / np.sqrt(xx_before * (before["yy"] - error_y)))


def test_case_four_without_a_criterion_reliability_leaves_the_criterion_as_observed():
    """Selection on the true score leaves the error of y alone: y's reliability rises with its variance."""
    operational = correct_range_restriction(0.15, case="IV", u=0.5, rxx=0.7, ryy=0.52)
    true_r = 0.15 / np.sqrt(0.7 * 0.52)
    rxx_all = unrestricted_reliability(0.7, 0.5)
    u_true2 = (0.25 - (1 - rxx_all)) / rxx_all
    true_variance = 0.52 * (1 - true_r**2 + true_r**2 / u_true2)
    ryy_all = true_variance / (true_variance + 0.48)
    observed = correct_range_restriction(0.15, case="IV", u=0.5, rxx=0.7)
    assert observed == pytest.approx(operational * np.sqrt(ryy_all))


def test_case_one_uses_the_spread_of_the_criterion():
    assert correct_range_restriction(0.3, case="I", u_y=0.8) == pytest.approx(np.sqrt(1 - 0.64 * 0.91))
    assert correct_range_restriction(-0.3, case="I", u_y=0.8) == pytest.approx(-np.sqrt(1 - 0.64 * 0.91))


def test_the_ends_of_an_interval_go_through_the_correction():
    low, high = fisher_interval(0.20, 80)
    corrected = correct_range_restriction(np.array([low, 0.20, high]), case="II", u=0.6)
    np.testing.assert_allclose(corrected, [-0.034, 0.3221, 0.591], atol=5e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.99, 0.99), st.floats(0.05, 1.5))
def test_case_two_undoes_direct_selection(rho, u):
    assert correct_range_restriction(restricted_correlation(rho, u), case="II", u=u) == pytest.approx(rho, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.9, 0.9))
def test_no_restriction_changes_nothing(r):
    assert correct_range_restriction(r, case="II", u=1.0) == pytest.approx(r)
    assert correct_range_restriction(r, case="III", r_xz=0.4, r_yz=0.2, u_z=1.0) == pytest.approx(r)
    assert correct_range_restriction(r, case="IV", u=1.0, rxx=0.8) == pytest.approx(r)
    assert correct_range_restriction(r, case="V", u=1.0, u_y=1.0) == pytest.approx(r)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"case": "II"}, "case II needs u"),
        ({"case": "II", "u": 0.5, "u_z": 0.5}, "case II does not use u_z"),
        ({"case": "VI", "u": 0.5}, "case must be"),
        ({"case": "II", "u": 0.0}, "u must be above 0"),
        ({"case": "II", "u": 0.5, "ryy": 1.2}, "ryy must lie above 0 and be at most 1"),
        ({"case": "IV", "u": 1.5, "rxx": 0.5}, "no true variance"),
        ({"case": "III", "r_xz": 2.0, "r_yz": 0.1, "u_z": 0.5}, "r_xz must lie between -1 and 1"),
        ({"case": "I", "u_y": 2.0}, "u_y is too large"),
        ({"case": "BVDRR", "u": 0.5}, "case BVDRR needs u_y"),
        ({"case": "BVDRR", "u": 0.5, "u_y": 0.5, "r_xz": 0.2}, "case BVDRR does not use r_xz"),
        ({"case": ["II"], "u": 0.5}, "case must be"),
        ({"case": 2, "u": 0.5}, "case must be"),
        ({"case": "V", "u": [0.5, 0.6], "u_y": [0.5, 0.6, 0.7]}, r"their shapes are r \(\), u \(2,\), u_y \(3,\)"),
        ({"case": "IV", "u": 1.2, "rxx": 0.4, "ryy": 0.1}, "u is too large for r: corrected for unreliability it passes 1"),
        ({"case": "II", "u": 2.0, "ryy": 0.05}, "u is too large for r"),
    ],
)
def test_an_argument_that_does_not_fit_the_mechanism_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        correct_range_restriction(0.3, **arguments)


def test_an_end_of_an_interval_that_error_takes_past_one_is_corrected_like_the_rest():
    """.85 / √.6 is 1.097; the formula still has a value there, next to those of smaller ends, and it is not cut."""
    low, high = correct_range_restriction([0.2, 0.85], case="II", u=0.6, ryy=0.6)
    free = np.array([0.2, 0.85]) / np.sqrt(0.6)
    assert (low, high) == pytest.approx(free / 0.6 / np.sqrt(1 - free**2 + free**2 / 0.36))
    assert high > 1


def test_case_three_keeps_its_digits_where_selection_is_all_but_one_of_the_two():
    assert correct_range_restriction(0.3, case="III", r_xz=1.0, r_yz=0.3, u_z=1e9) == pytest.approx(
        0.3e-9 / np.sqrt(0.91), rel=1e-12
    )
    exact = correct_range_restriction(0.3, case="II", u=0.2)
    assert correct_range_restriction(0.3, case="III", r_xz=1.0, r_yz=0.3, u_z=0.2) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("shapes", [([0.1, 0.2], [0.5, 0.6, 0.7], 1.0), (0.1, [0.5, 0.6, 0.7], [0.8, 0.9])])
def test_reliabilities_that_do_not_fit_are_named(shapes):
    with pytest.raises(ValueError, match="r and ryy and rxx must be numbers or arrays of one shape"):
        disattenuate(*shapes)
    with pytest.raises(ValueError, match="reliability and u must be numbers or arrays of one shape"):
        unrestricted_reliability([0.5, 0.6], [0.5, 0.6, 0.7])
