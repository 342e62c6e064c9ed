"""Variance components: published data, the analysis of variance written out, and the likelihood written out densely."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.psychometrics.generalizability import variance_components
from assessment.psychometrics.generalizability.designs import parse_design

nan = np.nan

# Brennan (2001, table 3.2): scores of ten persons, a row for each of twelve raters, four in each of three tasks.
BRENNAN = [
    "5937937594", "6345243894", "5735937584", "5733757783",
    "5753737763", "3531735565", "4534365566", "5553737455",
    "6765245355", "7753755287", "3513515111", "3265324111",
]  # fmt: skip
PERSONS_BY_RATERS_IN_TASKS = np.array([[float(score) for score in rater] for rater in BRENNAN]).reshape(3, 4, 10).transpose(2, 1, 0)

# Shrout & Fleiss (1979): six targets by four judges.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)

# Davies & Goldsmith (1972): strength of a paste, ten batches, three casks of each, two samples of each cask.
PASTES = np.array(
    [
        62.8, 62.6, 60.1, 62.3, 62.7, 63.1, 60.0, 61.4, 57.5, 56.9, 61.1, 58.9, 58.7, 57.5, 63.9, 63.1, 65.4, 63.7, 57.1, 56.4,
        56.9, 58.6, 64.7, 64.5, 55.1, 55.1, 54.7, 54.2, 58.8, 57.5, 63.4, 64.9, 59.3, 58.1, 60.5, 60.0, 62.5, 62.6, 61.0, 58.7,
        56.9, 57.7, 59.2, 59.4, 65.2, 66.0, 64.8, 64.1, 54.8, 54.8, 64.0, 64.0, 57.7, 56.8, 58.3, 59.3, 59.2, 59.2, 58.9, 56.6,
    ]
).reshape(10, 3, 2)  # fmt: skip

# Box & Tiao (1973): made-up yields of six batches, with less variance between batches than chance alone would bring.
YIELDS = np.array(
    [
        [7.298, 3.846, 2.434, 9.566, 7.990], [5.220, 6.556, 0.608, 11.788, -0.892], [0.110, 10.386, 13.434, 5.510, 8.166],
        [2.212, 4.852, 7.092, 9.288, 4.980], [0.282, 9.014, 4.458, 9.446, 7.198], [1.722, 4.782, 8.106, 0.758, 3.758],
    ]
)  # fmt: skip


def labels_of(shape, facets):
    return {facet: place.ravel().tolist() for facet, place in zip(facets, np.indices(shape), strict=True)}


def unbalanced(seed=0, n=90, with_cells=True):
    """Persons by items, some combinations several times and some never."""
    rng = np.random.default_rng(seed)
    p, i = rng.integers(0, 12, n), rng.integers(0, 6, n)
    cell = rng.normal(0, 1.2, (12, 6))[p, i] if with_cells else 0.0
    y = 50 + rng.normal(0, 2, 12)[p] + rng.normal(0, 1, 6)[i] + cell + rng.normal(0, 1.5, n)
    return y, {"p": p.tolist(), "i": i.tolist()}


def same_level(codes):
    codes = np.asarray(codes)
    return (codes[:, None] == codes[None, :]).astype(float)


def test_components_of_brennans_raters_nested_in_tasks():
    """Brennan (2001, table 3.2); mean squares and components to four places."""
    found = variance_components(PERSONS_BY_RATERS_IN_TASKS, "p x (r:t)")
    assert found.mean_squares == pytest.approx(
        {"p": 10.2963, "t": 24.1, "r:t": 8.8556, "p x t": 4.6185, "p x r:t": 2.3802}, abs=5e-5
    )
    assert found.raw == pytest.approx({"p": 0.4731, "t": 0.3252, "r:t": 0.6475, "p x t": 0.5596, "p x r:t": 2.3802}, abs=5e-5)
    assert found.df == {"p": 9, "t": 2, "r:t": 9, "p x t": 18, "p x r:t": 81}
    assert found.estimate == found.raw and found.method == "anova" and found.n == 120
    assert found.n_levels == {"p": 10, "t": 3, "r": 12}


def test_components_of_shrout_and_fleiss_are_those_of_their_mean_squares():
    found = variance_components(SHROUT_FLEISS, "p x j")
    assert found.mean_squares == pytest.approx({"p": 11.24167, "j": 32.48611, "p x j": 1.01944}, abs=1e-5)
    assert found.raw["p"] == pytest.approx((11.24167 - 1.01944) / 4, abs=1e-5)
    assert found.raw["j"] == pytest.approx((32.48611 - 1.01944) / 6, abs=1e-5)


@pytest.mark.parametrize("method", ["anova", "reml"])
def test_pastes_have_the_components_of_lmer(method):
    """R: lme4::lmer(strength ~ 1 + (1 | batch/cask), Pastes): cask within batch 8.434, batch 1.657, residual 0.678."""
    found = variance_components(PASTES.transpose(2, 1, 0), "s:cask:batch", method=method)
    assert found.estimate == pytest.approx({"batch": 1.657, "cask:batch": 8.434, "s:cask:batch": 0.678}, abs=5e-4)


def test_a_negative_estimate_is_reported_as_it_is_and_taken_as_none():
    """R: lme4::lmer(Yield ~ 1 + (1 | Batch), Dyestuff2): batch variance 0, residual 13.81."""
    found = variance_components(YIELDS.T, "i:b")
    assert found.raw["b"] < 0 and found.estimate["b"] == 0
    assert found.raw["i:b"] == found.mean_squares["i:b"]
    by_likelihood = variance_components(YIELDS.T, "i:b", method="reml")
    assert by_likelihood.estimate["b"] == 0 and by_likelihood.estimate["i:b"] == pytest.approx(13.81, abs=5e-3)
    assert by_likelihood.estimate["i:b"] == pytest.approx(YIELDS.var(ddof=1))


@pytest.mark.parametrize(
    ("design", "shape"),
    [
        ("p x i", (7, 5)),
        ("p x i x o", (6, 4, 3)),
        ("p x (r:t)", (8, 3, 3)),
        ("i:p", (5, 6)),
        ("(p:s) x i", (4, 5, 3)),
        ("p x (i:(h x o))", (5, 3, 2, 3)),
        ("i:h:p", (3, 4, 5)),
    ],
)
def test_on_balanced_data_the_methods_agree(design, shape):
    rng = np.random.default_rng(7)
    layout = parse_design(design)
    scores = np.full(shape, 20.0)
    for effect in layout.effects():
        drawn = rng.normal(0, 1, [size if facet in effect.facets else 1 for facet, size in zip(layout.facets, shape, strict=True)])
        # Main effects large, so that no component comes out negative and is held at 0 by the likelihood.
        scores = scores + 9 / len(effect.facets) ** 2 * drawn / drawn.std()
    by_mean_squares = variance_components(scores, design)
    by_likelihood = variance_components(scores, design, method="reml")
    long = variance_components(scores.ravel(), design, labels_of(shape, layout.facets))
    assert by_mean_squares.method == long.method == "anova"
    assert min(by_mean_squares.raw.values()) > 0
    assert by_likelihood.estimate == pytest.approx(by_mean_squares.raw, rel=1e-6)
    assert long.raw == pytest.approx(by_mean_squares.raw, rel=1e-12)


def test_variances_of_very_different_size_are_told_apart():
    rng = np.random.default_rng(11)
    scores = 1e4 + rng.normal(size=(12, 1)) + rng.normal(0, 0.1, (12, 9)) + 30 * rng.normal(size=(1, 9))
    by_likelihood = variance_components(scores, "p x i", method="reml")
    assert by_likelihood.estimate == pytest.approx(variance_components(scores, "p x i").raw, rel=1e-5)


def test_components_of_the_formulas_for_raters_nested_in_tasks():
    """σ²_p = (MS_p − MS_pt) / (n_t n_r) and so on, from mean squares computed as sums of squared effects."""
    x = np.random.default_rng(3).normal(size=(9, 4, 5)) + np.arange(9)[:, None, None]
    n_p, n_r, n_t = x.shape
    m_p, m_t, m_rt, m_pt = x.mean(axis=(1, 2)), x.mean(axis=(0, 1)), x.mean(axis=0), x.mean(axis=1)
    ms_p = n_t * n_r * ((m_p - x.mean()) ** 2).sum() / (n_p - 1)
    ms_t = n_p * n_r * ((m_t - x.mean()) ** 2).sum() / (n_t - 1)
    ms_rt = n_p * ((m_rt - m_t) ** 2).sum() / (n_t * (n_r - 1))
    ms_pt = n_r * ((m_pt - m_p[:, None] - m_t + x.mean()) ** 2).sum() / ((n_p - 1) * (n_t - 1))
    ms_prt = ((x - m_pt[:, None, :] - m_rt + m_t) ** 2).sum() / ((n_p - 1) * n_t * (n_r - 1))
    expected = {
        "p": (ms_p - ms_pt) / (n_t * n_r), "t": (ms_t - ms_pt - ms_rt + ms_prt) / (n_p * n_r), "r:t": (ms_rt - ms_prt) / n_p,
        "p x t": (ms_pt - ms_prt) / n_r, "p x r:t": ms_prt,
    }  # fmt: skip
    assert variance_components(x, "p x (r:t)").raw == pytest.approx(expected)


def test_standard_errors_and_intervals_are_those_of_scaled_chi_squares():
    """One-way, six samples in each of ten batches: the interval of the residual is exact, that of the rest Satterthwaite's."""
    found = variance_components(PASTES.reshape(10, 6).T, "i:b")
    ms_b, ms_i = found.mean_squares["b"], found.mean_squares["i:b"]
    assert found.standard_error["i:b"] == pytest.approx(ms_i * np.sqrt(2 / (50 + 2)))
    assert found.standard_error["b"] == pytest.approx(np.sqrt(2 * ms_b**2 / (9 + 2) + 2 * ms_i**2 / (50 + 2)) / 6)
    assert found.satterthwaite_df["i:b"] == pytest.approx(50)
    low, high = found.confidence_interval(0.95)["i:b"]
    # R: qchisq(c(.975, .025), 50) is 71.42020 and 32.35736.
    assert (low, high) == pytest.approx((50 * ms_i / 71.42020, 50 * ms_i / 32.35736), rel=1e-6)
    assert found.confidence_interval()["b"].low < found.raw["b"] < found.confidence_interval()["b"].high


def test_components_not_above_zero_have_no_interval():
    found = variance_components(YIELDS.T, "i:b")
    assert np.isnan(found.confidence_interval()["b"]).all()


def test_likelihood_standard_errors_of_a_balanced_one_way_design_are_the_textbook_ones():
    """Observed information at the REML estimates: var(σ²_e) = 2 MS_e² / df_e, var(σ²_b) = 2 (MS_b² / df_b + MS_e² / df_e) / n²."""
    found = variance_components(PASTES.reshape(10, 6).T, "i:b", method="reml")
    ms = variance_components(PASTES.reshape(10, 6).T, "i:b").mean_squares
    assert found.standard_error["i:b"] == pytest.approx(ms["i:b"] * np.sqrt(2 / 50), rel=1e-4)
    assert found.standard_error["b"] == pytest.approx(np.sqrt(2 * (ms["b"] ** 2 / 9 + ms["i:b"] ** 2 / 50)) / 6, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_unbalanced_estimates_stand_at_the_maximum_of_the_likelihood_written_out(seed):
    """At a REML maximum tr(P V_j) = y′P V_j P y for every variance above 0, and tr(P V_j) is the larger for one at 0."""
    y, facets = unbalanced(seed, with_cells=seed % 2 == 0)
    found = variance_components(y, "p x i", facets)
    assert found.method == "reml" and set(found.estimate) == {"p", "i", "p x i", "residual"}
    cell = [f"{p} {i}" for p, i in zip(facets["p"], facets["i"], strict=True)]
    parts = {"p": same_level(facets["p"]), "i": same_level(facets["i"]), "p x i": same_level(cell), "residual": np.eye(y.size)}
    inverse = np.linalg.inv(sum(found.estimate[name] * part for name, part in parts.items()))
    one = np.ones((y.size, 1))
    p = inverse - inverse @ one @ one.T @ inverse / (one.T @ inverse @ one)
    for name, part in parts.items():
        trace, square = np.trace(p @ part), y @ p @ part @ p @ y
        if found.estimate[name] > 0:
            assert trace == pytest.approx(square, rel=1e-6)
        else:
            assert trace > square


def test_no_other_variances_have_a_higher_likelihood():
    y, facets = unbalanced(5, n=60)
    found = variance_components(y, "p x i", facets)
    cell = [f"{p} {i}" for p, i in zip(facets["p"], facets["i"], strict=True)]
    parts = [same_level(facets["p"]), same_level(facets["i"]), same_level(cell), np.eye(y.size)]

    def minus_two_log_reml(variances):
        v = sum(variance * part for variance, part in zip(variances, parts, strict=True))
        inverse = np.linalg.inv(v)
        information = inverse.sum()
        residual = y - (inverse @ y).sum() / information
        return np.linalg.slogdet(v)[1] + np.log(information) + residual @ inverse @ residual

    best = np.array([found.estimate[name] for name in ("p", "i", "p x i", "residual")])
    lowest = minus_two_log_reml(best)
    for factors in itertools.product((0.2, 0.9, 1.0, 1.1, 3.0), repeat=4):
        assert minus_two_log_reml(best * factors) >= lowest - 1e-9


def test_method_one_equates_sums_of_squares_with_their_expectations():
    """T_α = y′Z(Z′Z)⁻¹Z′y has the expectation Σ σ²_β tr(Z(Z′Z)⁻¹Z′ V_β) + N μ²."""
    y, facets = unbalanced(2)
    found = variance_components(y, "p x i", facets, method="anova")
    cell = [f"{p} {i}" for p, i in zip(facets["p"], facets["i"], strict=True)]
    names = {"p": facets["p"], "i": facets["i"], "p x i": cell, "residual": list(range(y.size))}
    together = {name: same_level(codes) for name, codes in names.items()}
    projections = {name: part / part.sum(axis=1) for name, part in together.items()}
    whole = np.full((y.size, y.size), 1 / y.size)
    for projection in projections.values():
        expected = sum(found.raw[name] * np.trace((projection - whole) @ part) for name, part in together.items())
        assert y @ (projection - whole) @ y == pytest.approx(expected)
    assert found.mean_squares == {} and found.standard_error == {}


def test_calls_nested_in_agents_may_differ_in_number():
    """One-way unbalanced: Method 1 gives (MS_between − MS_within) / n₀, n₀ = (N − Σ n² / N) / (a − 1)."""
    rng = np.random.default_rng(8)
    sizes = np.array([3, 8, 5, 12, 2, 7])
    agent = np.repeat(np.arange(6), sizes)
    y = rng.normal(0, 4, 6)[agent] + rng.normal(0, 3, agent.size)
    found = variance_components(y, "call:agent", {"agent": agent.tolist(), "call": np.arange(y.size).tolist()}, method="anova")
    means = np.array([y[agent == a].mean() for a in range(6)])
    ms_between = (sizes * (means - y.mean()) ** 2).sum() / 5
    ms_within = ((y - means[agent]) ** 2).sum() / (y.size - 6)
    n_0 = (y.size - (sizes**2).sum() / y.size) / 5
    assert found.raw == pytest.approx({"agent": (ms_between - ms_within) / n_0, "call:agent": ms_within})


def test_a_missing_cell_is_left_out_and_the_rest_weighed_by_likelihood():
    scores = SHROUT_FLEISS.copy()
    scores[2, 1] = nan
    found = variance_components(scores, "p x j")
    assert found.method == "reml" and found.n == 23
    rows, columns = np.nonzero(~np.isnan(scores))
    long = variance_components(scores[rows, columns], "p x j", {"p": rows.tolist(), "j": columns.tolist()})
    assert long.raw == found.raw


def test_several_scores_for_each_combination_leave_a_residual_of_their_own():
    rng = np.random.default_rng(9)
    facets = {"p": np.repeat(np.arange(8), 12).tolist(), "i": np.tile(np.repeat(np.arange(4), 3), 8).tolist()}
    y = rng.normal(size=96) + rng.normal(0, 2, (8, 4)).ravel().repeat(3)
    found = variance_components(y, "p x i", facets)
    cells = y.reshape(32, 3)
    assert found.method == "anova"
    assert found.raw["residual"] == pytest.approx(((cells - cells.mean(axis=1, keepdims=True)) ** 2).sum() / 64)
    assert found.raw["p x i"] == pytest.approx((found.mean_squares["p x i"] - found.raw["residual"]) / 3)


def test_true_components_are_recovered():
    rng = np.random.default_rng(10)
    scores = (
        rng.normal(0, 2, (300, 1, 1))
        + rng.normal(0, 1, (1, 40, 1))
        + rng.normal(0, 3, (300, 1, 20))
        + rng.normal(0, 1.5, (300, 40, 20))
    )
    found = variance_components(scores, "p x i x o")
    truth = {"p": 4, "i": 1, "o": 0, "p x i": 0, "p x o": 9, "i x o": 0, "p x i x o": 2.25}
    assert found.raw == pytest.approx(truth, abs=0.5)
    assert found.shares["p x o"] == pytest.approx(9 / 16.25, abs=0.05)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 100), st.floats(-50, 50), st.floats(0.1, 20), st.randoms(use_true_random=False))
def test_the_scale_its_zero_and_the_order_of_scores_make_no_difference(seed, shift, stretch, random):
    y, facets = unbalanced(seed % 3, n=50)
    order = list(range(50))
    random.shuffle(order)
    moved_facets = {name: [f"level {100 - values[i]}" for i in order] for name, values in facets.items()}
    for method in ("anova", "reml"):
        plain = variance_components(y, "p x i", facets, method=method)
        moved = variance_components(shift + stretch * y[order], "p x i", moved_facets, method=method)
        for name, value in plain.raw.items():
            assert moved.raw[name] == pytest.approx(stretch**2 * value, rel=1e-4, abs=1e-6 * stretch**2)


def test_labels_of_a_nested_facet_need_to_be_distinct_within_their_nest_only():
    shape = PERSONS_BY_RATERS_IN_TASKS.shape
    facets = labels_of(shape, ("p", "r", "t"))
    everywhere = facets | {"r": [f"{t}-{r}" for r, t in zip(facets["r"], facets["t"], strict=True)]}
    scores = PERSONS_BY_RATERS_IN_TASKS.ravel()
    assert variance_components(scores, "p x (r:t)", everywhere).raw == pytest.approx(
        variance_components(scores, "p x (r:t)", facets).raw
    )


@pytest.mark.parametrize(
    ("design", "effects"),
    [
        ("p x i", ["p", "i", "p x i"]),
        ("p×i", ["p", "i", "p x i"]),
        ("i : p", ["p", "i:p"]),
        ("p x (r:t)", ["p", "t", "r:t", "p x t", "p x r:t"]),
        ("(r:t) x p", ["t", "p", "r:t", "t x p", "r x p:t"]),
        ("i:h:p", ["p", "h:p", "i:h:p"]),
        ("(i:h) x (r:t)", ["h", "t", "i:h", "h x t", "r:t", "i x t:h", "h x r:t", "i x r:(h x t)"]),
        ("p x (i:(h x o))", ["p", "h", "o", "p x h", "p x o", "h x o", "i:(h x o)", "p x h x o", "p x i:(h x o)"]),
    ],
)
def test_effects_of_a_design(design, effects):
    assert sorted(effect.name for effect in parse_design(design).effects()) == sorted(effects)


@pytest.mark.parametrize("text", ["", "p x", "x p", "p i", "p x (r:t", "p)", "p ** i", "p:", "(p", "p x ()", "()"])
def test_what_is_no_design_is_refused(text):
    with pytest.raises(ValueError, match="design must"):
        parse_design(text)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: variance_components(SHROUT_FLEISS, "p x p"), "design must name each facet once"),
        (lambda: variance_components(SHROUT_FLEISS, "p x i x o"), "scores must have one axis for each of the facets p, i, o"),
        (lambda: variance_components(SHROUT_FLEISS, "p x i", method="ml"), "method must be 'anova', 'reml' or None"),
        (lambda: variance_components(SHROUT_FLEISS[:1], "p x i"), "facet p must have at least two levels"),
        (lambda: variance_components(np.ones((3, 3)), "p x i"), "scores must vary; each is 1"),
        (lambda: variance_components(np.full((2, 2), nan), "p x i"), "at least one score"),
        (lambda: variance_components([1, 2, 3], "p", {"p": [1, 2, 3]}), "at least two effects"),
        (lambda: variance_components([1, 2, 3], "p x i", {"p": [1, 2, 3]}), "facets must be those of the design, p, i"),
        (lambda: variance_components([1, 2, 3], "p x i", {"p": [1, 2, 3], "i": [1]}), "facet i must hold 3 labels"),
        (lambda: variance_components([1, 2, 3.0], "p x i", {"p": [1, 2, 3], "i": [1, 1, 2]}), "confounded"),
        (lambda: variance_components([[1, 2, 3.0]], "i:p"), "facets must tell p from i:p; in these scores they are confounded"),
        (lambda: variance_components([[1, 2], [1, 2]], "p x i", method="reml"), "leave something to chance"),
        (lambda: variance_components([[1, 2], [3, 4 + 1e-6]], "p x i", method="reml"), "leave something to chance"),
    ],
)
def test_impossible_input_is_named(call, says):
    with pytest.raises(ValueError, match=says):
        call()
