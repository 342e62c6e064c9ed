"""Logistic and ordinal DIF against closed forms, a fit over people, and a general optimiser."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from assessment.psychometrics.fairness import jodoin_gierl_class, logistic_dif, ordinal_dif, zumbo_thomas_class


def simulated(seed, n=600, scores=2, uniform=-0.4, crossing=0.0):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    total = np.clip(np.round(rng.normal(10, 3, n) - group), 0, 20)
    z = (total - 10) / 3
    pull = 1.1 * z + group * (uniform + crossing * z) + rng.logistic(size=n)
    cuts = np.array([0.0]) if scores == 2 else np.linspace(-1.5, 1.5, scores - 1)
    return (pull[:, None] > cuts).sum(axis=1).astype(float), group, total


def over_people(item, x):
    """Log-likelihood, coefficients and covariance of a plain logistic regression, person by person."""
    x = np.column_stack([np.ones(len(x)), x])
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        share = 1 / (1 + np.exp(-x @ beta))
        information = (x * (share * (1 - share))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (item - share))
    return (item * np.log(share) + (1 - item) * np.log(1 - share)).sum(), beta, np.linalg.inv(information)


def test_counts_give_the_fit_over_people():
    item, group, total = simulated(1, crossing=0.3)
    found = logistic_dif(item, group, total, reference=0)
    models = [over_people(item, np.column_stack(x)) for x in ([total], [total, group], [total, group, total * group])]
    rate = item.mean()
    null = item.size * (rate * math.log(rate) + (1 - rate) * math.log(1 - rate))
    assert found.log_likelihoods == pytest.approx([null, *(model[0] for model in models)], abs=1e-8)
    assert found.matching_coefficients == pytest.approx([model[1][1] for model in models], rel=1e-7)
    assert (found.estimate, found.interaction) == pytest.approx((models[1][1][2], models[2][1][3]), rel=1e-6)
    assert found.standard_error == pytest.approx(math.sqrt(models[1][2][2, 2]), rel=1e-6)
    assert found.interaction_standard_error == pytest.approx(math.sqrt(models[2][2][3, 3]), rel=1e-6)
    likelihoods = [model[0] for model in models]
    assert found.uniform.chi_square == pytest.approx(2 * (likelihoods[1] - likelihoods[0]), abs=1e-7)
    assert found.non_uniform.chi_square == pytest.approx(2 * (likelihoods[2] - likelihoods[1]), abs=1e-7)
    assert found.both.chi_square == pytest.approx(found.uniform.chi_square + found.non_uniform.chi_square)
    joint = models[2][1][2:] @ np.linalg.solve(models[2][2][2:, 2:], models[2][1][2:])
    assert found.both.wald == pytest.approx(joint, rel=1e-5)
    assert found.uniform.wald == pytest.approx((found.estimate / found.standard_error) ** 2)
    assert (found.uniform.df, found.non_uniform.df, found.both.df) == (1, 1, 2)
    cox_snell = [1 - math.exp(2 * (null - value) / item.size) for value in likelihoods]
    nagelkerke = [value / (1 - math.exp(2 * null / item.size)) for value in cox_snell]
    assert found.r_squared == pytest.approx(nagelkerke)
    assert found.both.delta_r_squared == pytest.approx(nagelkerke[2] - nagelkerke[0])
    assert found.both.delta_cox_snell == pytest.approx(cox_snell[2] - cox_snell[0])
    assert found.uniform.delta_mcfadden == pytest.approx((likelihoods[0] - likelihoods[1]) / null)
    low, high = found.confidence_interval()
    assert (low + high) / 2 == pytest.approx(found.estimate)
    assert (high - low) / 2 == pytest.approx(1.959964 * found.standard_error, rel=1e-6)
    assert found.converged


def test_two_matching_scores_make_the_last_model_a_table_of_odds():
    """Departments A and B of Berkeley's admissions: four rates for four parameters, so that everything has a closed form."""
    tables = np.array([[[512, 313], [89, 19]], [[353, 207], [17, 8]]])
    people = [(yes, g, k) for k in (0, 1) for g in (0, 1) for yes in (1, 0) for _ in range(tables[k, g, 1 - yes])]
    item, group, matching = np.array(people, dtype=float).T
    found = logistic_dif(item, group, matching, reference=0)
    log_odds = np.log(tables[..., 0] / tables[..., 1])
    apart = log_odds[:, 1] - log_odds[:, 0]
    assert found.interaction == pytest.approx(apart[1] - apart[0], rel=1e-8)
    assert found.interaction_standard_error == pytest.approx(math.sqrt((1 / tables).sum()), rel=1e-8)
    rates = tables / tables.sum(axis=2, keepdims=True)
    assert found.log_likelihoods[3] == pytest.approx((tables * np.log(rates)).sum(), abs=1e-9)


def ordinal_over_people(item, x, n_scores):
    """Largest log-likelihood of the proportional-odds model by a general optimiser, and where it is."""

    def minus(theta):
        cuts = np.concatenate([[np.inf], theta[0] - np.concatenate([[0], np.cumsum(np.exp(theta[1 : n_scores - 1]))]), [-np.inf]])
        eta = x @ theta[n_scores - 1 :]
        above = 1 / (1 + np.exp(-(cuts[:, None] + eta)))
        k = item.astype(int)
        return -np.log(above[k, np.arange(len(k))] - above[k + 1, np.arange(len(k))]).sum()

    start = np.zeros(n_scores - 1 + x.shape[1])
    with np.errstate(over="ignore"):
        best = minimize(minus, start, method="BFGS", options={"gtol": 1e-7})
    return -best.fun, best.x[n_scores - 1 :]


def test_the_proportional_odds_fit_is_the_optimum_found_by_a_general_optimiser():
    item, group, total = simulated(2, n=300, scores=5, crossing=0.2)
    found = ordinal_dif(item, group, total, reference=0)
    z = (total - total.mean()) / total.std()
    for place, x in enumerate(([z], [z, group], [z, group, z * group]), start=1):
        likelihood, slopes = ordinal_over_people(item, np.column_stack(x), 5)
        assert found.log_likelihoods[place] == pytest.approx(likelihood, abs=1e-6)
        assert found.matching_coefficients[place - 1] * total.std() == pytest.approx(slopes[0], abs=1e-4)
        if place == 2:
            assert found.estimate == pytest.approx(slopes[1], abs=1e-4)
        if place == 3:
            assert found.interaction * total.std() == pytest.approx(slopes[2], abs=1e-4)
    counts = np.unique(item, return_counts=True)[1]
    assert found.log_likelihoods[0] == pytest.approx((counts * np.log(counts / item.size)).sum())
    assert (found.n_categories, found.converged) == (5, True)


def test_ordinal_standard_errors_are_those_of_repeated_samples():
    found = [ordinal_dif(*simulated(seed, n=400, scores=4), reference=0) for seed in range(120)]
    estimates = np.array([f.estimate for f in found])
    assert estimates.std() == pytest.approx(np.mean([f.standard_error for f in found]), rel=0.2)
    assert estimates.mean() == pytest.approx(-0.4, abs=0.05)


def test_two_categories_make_ordinal_dif_logistic_dif():
    item, group, total = simulated(3)
    assert ordinal_dif(item, group, total, reference=0) == logistic_dif(item, group, total, reference=0)


def test_only_the_order_of_item_scores_counts():
    item, group, total = simulated(4, scores=4)
    there = ordinal_dif(item, group, total, reference=0)
    assert ordinal_dif(np.array([-3.0, 0.5, 8.0, 9.0])[item.astype(int)], group, total, reference=0) == there


def test_tests_do_not_change_with_the_scale_of_the_matching_score():
    item, group, total = simulated(5, scores=3)
    there, scaled = ordinal_dif(item, group, total, reference=0), ordinal_dif(item, group, 1e5 + total / 8, reference=0)
    assert scaled.both.chi_square == pytest.approx(there.both.chi_square, abs=1e-7)
    assert scaled.estimate == pytest.approx(there.estimate, abs=1e-8)
    assert scaled.interaction == pytest.approx(8 * there.interaction, rel=1e-6)


def test_a_turned_reference_turns_the_uniform_coefficient():
    item, group, total = simulated(6)
    there, back = logistic_dif(item, group, total, reference=0), logistic_dif(item, group, total, reference=1)
    assert there.estimate < 0
    assert back.estimate == pytest.approx(-there.estimate)
    assert back.both.chi_square == pytest.approx(there.both.chi_square)


def test_planted_dif_is_of_its_kind():
    even = logistic_dif(*simulated(7, n=4000, uniform=-0.6), reference=0)
    assert even.uniform.p_value < 1e-6 < even.non_uniform.p_value
    crossing = logistic_dif(*simulated(8, n=4000, uniform=0.0, crossing=-0.6), reference=0)
    assert crossing.non_uniform.p_value < 1e-6
    assert crossing.interaction < 0


def test_an_item_told_without_error_is_said_not_to_converge():
    total = np.repeat(np.arange(6.0), 20)
    group = np.tile([0, 1], 60)
    found = logistic_dif((total > 2).astype(float), group, total, reference=0)
    assert not found.converged
    assert found.log_likelihoods[1:] == pytest.approx((0, 0, 0), abs=1e-6)
    assert found.both.chi_square == pytest.approx(0, abs=1e-6)
    graded = ordinal_dif(np.floor(total / 2), group, total, reference=0)
    assert not graded.converged
    assert graded.log_likelihoods[3] == pytest.approx(0, abs=1e-6)


def test_an_item_that_only_one_group_gets_right_has_a_chi_square_and_no_convergence():
    total, group = np.tile(np.arange(5.0), 40), np.repeat([0, 1], 100)
    item = (group == 0) & (total > 1)
    found = logistic_dif(item.astype(float), group, total, reference=0)
    assert not found.converged
    assert found.uniform.chi_square > 50
    assert math.isfinite(found.uniform.chi_square)


def test_classes_take_size_and_significance():
    assert [jodoin_gierl_class(size, 0.01) for size in (0.034, 0.035, 0.070, 0.071)] == ["A", "B", "B", "C"]
    assert jodoin_gierl_class(0.2, 0.05) == "A"
    assert [zumbo_thomas_class(size, 0.01) for size in (0.129, 0.13, 0.26, 0.261)] == ["A", "B", "B", "C"]
    assert zumbo_thomas_class(0.3, 0.011) == "A"


def test_impossible_regressions_are_named():
    with pytest.raises(ValueError, match="item must be scored 0 or 1; use ordinal_dif"):
        logistic_dif([0, 1, 2, 1], list("aabb"), [1, 2, 1, 2], reference="a")
    with pytest.raises(ValueError, match="matching must vary"):
        ordinal_dif([0, 1, 2, 1], list("aabb"), [3, 3, 3, 3], reference="a")


@pytest.mark.parametrize("dif", [logistic_dif, ordinal_dif])
def test_group_and_matching_score_have_to_be_told_apart(dif):
    """With one score in a group the model has more coefficients than the data can tell."""
    item, group = np.tile([0, 1], 20), np.repeat(["r", "f"], 20)
    with pytest.raises(ValueError, match=r"matching must vary in each group.*the focal group has one score"):
        dif(item, group, np.where(group == "r", np.arange(40) % 5, 7), reference="r")
    with pytest.raises(ValueError, match=r"matching must vary in each group.*the reference group has one score"):
        dif(item, group, np.where(group == "r", 1, 2), reference="r")


def test_effect_sizes_of_other_programs_are_among_those_given():
    """R 4.2.2, difR 5.1, difLogistic prints Cox and Snell's gain under the name of Nagelkerke's: the smaller of the two here."""
    item, group, total = simulated(3, uniform=-0.8)
    both = logistic_dif(item, group, total, reference=0).both
    rate = item.mean()
    largest = 1 - math.exp(2 * (rate * math.log(rate) + (1 - rate) * math.log(1 - rate)))
    assert both.delta_r_squared == pytest.approx(both.delta_cox_snell / largest)
    assert both.delta_r_squared > both.delta_cox_snell
