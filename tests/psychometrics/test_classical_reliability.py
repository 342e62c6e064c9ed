"""Item analysis, lower bounds, halves and omega against R's figures for the same covariances, and against second routes."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics import classical

# R 4.2.2: cov() of five agreeableness items (2709 people) and of the nine tests of Holzinger & Swineford (1939; 301 pupils).
AGREEABLENESS = """
1.97283168474
0.564487159984 1.38395157452
0.491584346287 0.747013892638 1.70186036697
0.309817022202 0.586230290955 0.702303253066 2.20950843324
0.323710341315 0.575542136748 0.831433789551 0.575154867003 1.5916429343
"""
HOLZINGER = """
1.362897745
0.408729234587 1.38638981174
0.581832320085 0.452567483389 1.2791144103
0.506517779496 0.20961978157 0.208863511622 1.35516672288
0.442084255837 0.211794712071 0.112670611849 1.10141195751 1.66531838317
0.456324157748 0.248369719903 0.244922678128 0.898500761763 1.01790578892 1.20034623929
0.0850479859266 -0.097073520982 0.0886363107638 0.220475065103 0.143476213268 0.144558650508 1.18708326254
0.264717143302 0.110024916944 0.213030384828 0.126011994481 0.181207225914 0.16598244158 0.537029371986 1.02538942414
0.459866342229 0.244822815734 0.37509874617 0.244173946304 0.296225467421 0.236783605912 0.374541543307 0.458840948309 1.01838721619
"""


def covariance(triangle):
    rows = [[float(v) for v in line.split()] for line in triangle.split("\n") if line]
    lower = np.array([row + [0.0] * (len(rows) - len(row)) for row in rows])
    return lower + np.tril(lower, -1).T


def people_with(covariance, n):
    """Made-up people whose sample covariances are exactly these."""
    z = np.random.default_rng(3).standard_normal((n, len(covariance)))
    z -= z.mean(axis=0)
    white = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
    return white @ np.linalg.cholesky(covariance).T


@pytest.fixture(scope="module")
def agreeableness():
    return people_with(covariance(AGREEABLENESS), 2709)


@pytest.fixture(scope="module")
def holzinger():
    return people_with(covariance(HOLZINGER), 301)


def test_item_analysis_is_that_of_psych(agreeableness):
    """R 4.2.2, psych 2.2.9: alpha(x)$item.stats, $alpha.drop and $total."""
    found = classical.item_analysis(agreeableness)
    rest = [0.311401300580162, 0.563015475492023, 0.588773078677353, 0.394793680111273, 0.487240867629001]
    total = [0.579096473517546, 0.728183897262683, 0.76169226913166, 0.654864656283934, 0.686101019597164]
    overlap = [0.379797848807733, 0.665776591584091, 0.710785620766704, 0.47115484576379, 0.593596701563555]
    deleted = [0.717972056565048, 0.618481211772761, 0.600753814422001, 0.686944741539779, 0.644622304221595]
    np.testing.assert_allclose(found.item_rest_correlation, rest, atol=1e-9)
    np.testing.assert_allclose(found.item_total_correlation, total, atol=1e-9)
    np.testing.assert_allclose(found.overlap_corrected_correlation, overlap, atol=1e-9)
    np.testing.assert_allclose(found.alpha_if_deleted, deleted, atol=1e-9)
    assert found.alpha.estimate == pytest.approx(0.703755894374836, abs=1e-9)
    assert found.alpha.standard_error == pytest.approx(0.00907484359454393, abs=1e-10)
    standardized = classical.standardized_alpha(agreeableness)
    assert standardized.estimate == pytest.approx(0.713501552634643, abs=1e-9)
    assert standardized.mean_correlation == pytest.approx(0.332480716458041, abs=1e-9)


@pytest.mark.parametrize(
    ("triangle", "n", "lambdas", "mu"),
    [
        (
            AGREEABLENESS,
            2709,
            [0.570801242107714, 0.720971985281283, 0.713501552634643, 0.713952769467448, 0.683170316429441],
            [0.713501552634643, 0.720971985281283, 0.72341091069203, 0.724164981299594],
        ),
        (
            HOLZINGER,
            301,
            [0.67591308355379, 0.779359523353312, 0.760402218998014, 0.758221417342899, 0.808486740821259],
            [0.760402218998014, 0.779359523353312, 0.783262999098993, 0.784085805653157],
        ),
    ],
)
def test_guttman_lambdas_are_those_of_psych(triangle, n, lambdas, mu):
    """R 4.2.2, psych 2.2.9: guttman(x)$lambda.1, 2, 3, 5 and 6, and $tenberge."""
    x = people_with(covariance(triangle), n)
    g = classical.guttman_lambdas(x)
    np.testing.assert_allclose([g.lambda_1, g.lambda_2, g.lambda_3, g.lambda_5, g.lambda_6], lambdas, atol=1e-9)
    np.testing.assert_allclose(g.mu, mu, atol=1e-9)
    assert classical.lambda_6(x).estimate == pytest.approx(lambdas[4], abs=1e-9)


def test_odd_even_halves_are_those_of_r(agreeableness, holzinger):
    """R 4.2.2: cor() of the sums of odd and even items."""
    for x, r, stepped in ((agreeableness, 0.543957040974586, 0.704627171014067), (holzinger, 0.706673139773928, 0.828129444713165)):
        found = classical.split_half(x)
        assert (found.correlation, found.estimate) == pytest.approx((r, stepped), abs=1e-9)


def test_best_and_worst_halves_of_agreeableness_are_those_of_psych(agreeableness):
    """R 4.2.2, psych 2.2.9: splitHalf(x)$maxrb, $minrb.

    Its mean, .6724, and for other scales its maximum, rest on half of the splits only: for an odd number of items psych skips
    mirror images that do not exist. Over all ten splits the mean is .6850.
    """
    found = classical.split_half(agreeableness, standardized=True).guttman_splits
    assert (found.high, found.low) == pytest.approx((0.755487619686038, 0.616913266702732), abs=1e-9)
    assert found.n_splits == 10
    assert found.mean == pytest.approx(0.6849614905, abs=1e-9)
    assert classical.guttman_lambdas(agreeableness).lambda_4 == pytest.approx(found.high)


def test_omegas_are_those_of_psych_factanal_and_lavaan(agreeableness, holzinger):
    """R 4.2.2: psych::omega(x, 1)$omega.tot and $omega_h, factanal(x, 1), and a lavaan one-factor model of the covariances.

    Tolerance 3e-6: these programs stop their search at about that distance from the minimum.
    """
    expected = {
        "agreeableness": (agreeableness, 0.723724356915045, 0.724663570028649, 0.72402164809306, 0.712128965485149),
        "holzinger": (holzinger, 0.770698283743753, 0.743791205006722, 0.723461371444389, 0.738069171677728),
    }
    for x, minres, general, of_correlations, of_covariances in expected.values():
        assert classical.omega_total(x).estimate == pytest.approx(minres, abs=3e-6)
        assert classical.omega_hierarchical(x, n_factors=1).estimate == pytest.approx(general, abs=3e-6)
        ml = classical.omega_total(x, method="ml", denominator="implied")
        assert ml.estimate == pytest.approx(of_correlations, abs=3e-6)
        raw = classical.omega_total(x, method="ml", denominator="implied", standardized=False)
        assert raw.estimate == pytest.approx(of_covariances, abs=3e-6)


def test_three_group_factors_give_the_omegas_of_psych(holzinger):
    """R 4.2.2, psych 2.2.9: omega(x, 3): minres, oblimin, Schmid–Leiman."""
    found = classical.omega_hierarchical(holzinger)
    assert found.estimate == pytest.approx(0.449242434070805, abs=1e-5)
    assert found.total == pytest.approx(0.850835073356625, abs=1e-6)
    assert found.limit == pytest.approx(0.528001781001459, abs=1e-5)
    assert classical.omega_total(holzinger, n_factors=3).estimate == pytest.approx(found.total)


def one_factor(loadings):
    lam = np.asarray(loadings)
    r = np.outer(lam, lam)
    np.fill_diagonal(r, 1.0)
    return r


@pytest.mark.parametrize("method", ["minres", "ml"])
def test_a_true_one_factor_form_is_recovered(method):
    lam = np.array([0.9, 0.7, 0.6, 0.5, 0.3, 0.4])
    x = people_with(one_factor(lam), 200) * np.array([1, 2, 3, 1, 2, 5])
    for denominator in ("observed", "implied"):
        found = classical.omega_total(x, method=method, denominator=denominator)
        np.testing.assert_allclose(found.loadings[:, 0], lam, atol=1e-6)
        assert found.estimate == pytest.approx(lam.sum() ** 2 / (lam.sum() ** 2 + (1 - lam**2).sum()), abs=1e-7)
    raw = classical.omega_total(x, method=method, standardized=False)
    np.testing.assert_allclose(raw.loadings[:, 0], lam * [1, 2, 3, 1, 2, 5], atol=1e-5)


def test_minimum_residual_leaves_no_slope_and_ml_no_better_neighbour(holzinger):
    r = np.corrcoef(holzinger.T)
    lam = classical.omega_total(holzinger).loadings[:, 0]
    residual = r - np.outer(lam, lam)
    np.fill_diagonal(residual, 0.0)
    np.testing.assert_allclose(residual @ lam, 0.0, atol=1e-6)

    ml = classical.omega_total(holzinger, method="ml")

    def discrepancy(loadings, uniquenesses):
        sigma = np.outer(loadings, loadings) + np.diag(uniquenesses)
        return np.linalg.slogdet(sigma)[1] + np.trace(np.linalg.solve(sigma, r))

    best = discrepancy(ml.loadings[:, 0], ml.uniquenesses)
    rng = np.random.default_rng(5)
    for size in (1e-2, 1e-3, 1e-4):
        for _ in range(50):
            moved = ml.loadings[:, 0] + size * rng.standard_normal(9), ml.uniquenesses + size * rng.standard_normal(9)
            assert discrepancy(*moved) > best - 1e-12


def test_a_higher_order_form_gives_back_its_general_factor():
    second = np.array([0.8, 0.7, 0.6])
    between = one_factor(second)
    first = np.zeros((9, 3))
    first[np.arange(9), np.repeat(np.arange(3), 3)] = [0.8, 0.7, 0.6, 0.9, 0.7, 0.5, 0.6, 0.7, 0.8]
    r = first @ between @ first.T
    np.fill_diagonal(r, 1.0)
    found = classical.omega_hierarchical(people_with(r, 150))
    np.testing.assert_allclose(found.general_loadings, first @ second, atol=1e-5)
    assert found.estimate == pytest.approx((first @ second).sum() ** 2 / r.sum(), abs=1e-6)


def test_a_heywood_case_is_held_at_the_floor_and_shows():
    r = np.array([[1, 0.85, 0.85, 0.3], [0.85, 1, 0.5, 0.3], [0.85, 0.5, 1, 0.3], [0.3, 0.3, 0.3, 1]])
    for method in ("minres", "ml"):
        found = classical.omega_total(people_with(r, 100), method=method)
        assert found.uniquenesses.min() == pytest.approx(0.005)
        assert 0 < found.estimate < 1


def test_splits_agree_with_looking_at_each(agreeableness):
    c = np.cov(agreeableness.T)
    stepped, guttman = [], []
    for half in combinations(range(5), 2):
        rest = [j for j in range(5) if j not in half]
        one, other = agreeableness[:, half].sum(axis=1), agreeableness[:, rest].sum(axis=1)
        r = np.corrcoef(one, other)[0, 1]
        stepped.append(classical.spearman_brown(r, 2))
        guttman.append(4 * np.cov(one, other)[0, 1] / c.sum())
    found = classical.split_half(agreeableness)
    for splits, values in ((found.spearman_brown_splits, stepped), (found.guttman_splits, guttman)):
        assert (splits.high, splits.mean, splits.low) == pytest.approx((max(values), np.mean(values), min(values)))


@given(st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_alpha_is_the_mean_of_all_guttman_halves_of_an_even_form(half, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((30, 2 * half)) + rng.standard_normal((30, 1))
    found = classical.split_half(x)
    assert found.guttman_splits.mean == pytest.approx(classical.alpha(x).estimate)
    assert found.guttman_splits.low <= found.guttman <= found.guttman_splits.high


@given(st.integers(3, 9), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_lower_bounds_keep_their_order_and_parallel_items_reach_omega(k, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((40, k)) * rng.uniform(0.5, 2, k) + rng.standard_normal((40, 1))
    for standardized in (True, False):
        g = classical.guttman_lambdas(x, standardized=standardized)
        assert g.lambda_1 <= g.lambda_3 <= g.lambda_2
        assert g.lambda_1 <= g.lambda_5
        assert (np.diff(g.mu) >= -1e-12).all()
    parallel = people_with(np.full((k, k), 0.4) + 0.6 * np.eye(k), 50)
    expected = classical.spearman_brown(0.4, k)
    g = classical.guttman_lambdas(parallel)
    assert (g.lambda_2, g.lambda_3) == pytest.approx((expected, expected))
    assert classical.omega_total(parallel).estimate == pytest.approx(expected, abs=1e-6)


def test_raw_and_standardised_scores_of_equal_sds_have_one_reliability(agreeableness):
    z = agreeableness / agreeableness.std(axis=0, ddof=1)
    assert classical.alpha(z).estimate == pytest.approx(classical.standardized_alpha(agreeableness).estimate)
    for standardized in (True, False):
        assert classical.lambda_6(z, standardized=standardized).estimate == pytest.approx(
            classical.lambda_6(agreeableness).estimate
        )
    raw = classical.lambda_6(agreeableness, standardized=False).estimate
    left = 0.0
    for j in range(5):
        others = np.delete(agreeableness, j, axis=1)
        fitted = others @ np.linalg.lstsq(others, agreeableness[:, j], rcond=None)[0]
        left += (agreeableness[:, j] - fitted).var(ddof=1)
    assert raw == pytest.approx(1 - left / agreeableness.sum(axis=1).var(ddof=1))


def test_halves_without_variation_or_in_plain_opposition_have_no_reliability():
    x = np.random.default_rng(8).standard_normal((30, 2))
    flat = np.column_stack([x[:, 0], x[:, 1], -x[:, 0], x[:, 0]])
    with pytest.raises(ValueError, match="odd and even halves that both vary and do not correlate -1"):
        classical.split_half(flat)
    with pytest.raises(ValueError, match="odd and even halves that both vary and do not correlate -1"):
        classical.split_half(np.column_stack([x[:, 0], -2.0 * x[:, 0]]))
    # The same items in an order in which the odd and the even half vary: some other split does not.
    found = classical.split_half(flat[:, [0, 2, 3, 1]])
    assert np.isfinite([found.estimate, found.guttman, found.guttman_splits.mean]).all()
    assert np.isnan([found.spearman_brown_splits.high, found.spearman_brown_splits.mean, found.spearman_brown_splits.low]).all()


def test_a_long_form_has_its_odd_even_halves_alone():
    x = np.random.default_rng(1).standard_normal((60, 22)) + np.random.default_rng(2).standard_normal((60, 1))
    found = classical.split_half(x)
    assert found.spearman_brown_splits is None
    assert found.guttman_splits is None
    assert np.isnan(classical.guttman_lambdas(x).lambda_4)


def test_difficulty_needs_a_highest_score_unless_items_are_right_or_wrong():
    x = np.array([[0, 1, 4], [1, 0, 2], [1, np.nan, 0], [1, 1, 3]])
    found = classical.item_analysis(x)
    np.testing.assert_allclose(found.difficulty, [0.75, 2 / 3, np.nan])
    np.testing.assert_allclose(found.missing_share, [0, 0.25, 0])
    assert found.n.tolist() == [4, 3, 4]
    np.testing.assert_allclose(classical.item_analysis(x, max_scores=[1, 1, 4]).difficulty, [0.75, 2 / 3, 2.25 / 4])
    np.testing.assert_allclose(classical.item_analysis(x, max_scores=5).difficulty, [0.15, 0.4 / 3, 0.45])


def test_an_item_that_is_a_sum_of_others_has_no_overlap_corrected_correlation():
    x = np.random.default_rng(4).standard_normal((50, 3))
    x = np.column_stack([x, x[:, 0] + x[:, 1]])
    found = classical.item_analysis(x)
    assert np.isnan(found.overlap_corrected_correlation).all()
    assert np.isfinite(found.item_rest_correlation).all()


def test_missing_answers_leave_the_item_total_correlation_with_the_mean_of_what_was_answered(agreeableness):
    x = agreeableness[:300].copy()
    x[::3, 1] = np.nan
    found = classical.item_analysis(x).item_total_correlation
    who = ~np.isnan(x[:, 1])
    assert found[1] == pytest.approx(np.corrcoef(x[who, 1], np.nanmean(x[who], axis=1))[0, 1])


DUPLICATE = np.random.default_rng(4).standard_normal((20, 3))[:, [0, 1, 2, 2]]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: classical.lambda_6(DUPLICATE), "must not hold an item that is a sum of others"),
        (lambda: classical.omega_total(DUPLICATE[:, :2]), "at least three columns"),
        (lambda: classical.omega_total(DUPLICATE[:, :3], n_factors=2), "3 items do not carry 2 factors"),
        (lambda: classical.omega_total(DUPLICATE, method="pca"), "method must be 'minres' or 'ml'"),
        (lambda: classical.omega_total(DUPLICATE, denominator="raw"), "denominator must be 'observed' or 'implied'"),
        (lambda: classical.omega_hierarchical(DUPLICATE, n_factors=2), "n_factors must be 1 or at least 3"),
        (lambda: classical.item_analysis(DUPLICATE, max_scores=[1, 2]), "max_scores must be one number above 0, or 4"),
        (lambda: classical.item_analysis(DUPLICATE, max_scores=1), "item_scores must lie between 0 and max_scores"),
        (lambda: classical.omega_total(DUPLICATE, n_factors=1.5), "n_factors must be a whole number of at least 1"),
        (lambda: classical.split_half([[1, 2], [2, 2], [3, 2]]), "must vary in every column; column 1 does not"),
        (lambda: classical.guttman_lambdas(np.column_stack([np.arange(5.0), -np.arange(5.0)])), "a sum that varies"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
