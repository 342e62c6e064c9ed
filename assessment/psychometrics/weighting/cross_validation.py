"""Nested cross-validation of weighting strategies, one outer repeat at a time.

A long run can be cut into repeats: `folds` divides people the same way every time, `out_of_fold_predictions` scores each
person by weights that never saw them, and `compare_strategies` puts the repeats together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from assessment.psychometrics.arrays import BoolArray, FloatArray, IntArray, count, vector
from assessment.psychometrics.weighting.comparison import Comparison, InSample, compare_strategies, correlations
from assessment.psychometrics.weighting.design import Design, as_design, complete_cases
from assessment.psychometrics.weighting.splits import TimeSplit, folds, ranks, time_blocks, training_and_judged
from assessment.psychometrics.weighting.strategies import Strategy, default_strategies
from assessment.psychometrics.weighting.training import TrainingSample


def out_of_fold_predictions(
    predictors: Design | ArrayLike,
    criterion: ArrayLike,
    strategies: Sequence[Strategy],
    fold_of_person: ArrayLike | None,
    *,
    block_of_person: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    seed: int = 0,
) -> dict[str, FloatArray]:
    """Each person's composite by weights fitted without their fold, for each strategy: name to (n,).

    Parameters
    ----------
    predictors : a Design or (n, p) numbers, NaN for not answered.
    criterion : (n,) complete.
    strategies : with distinct names. They share the work on each training sample.
    fold_of_person : (n,) from `folds`, or None where blocks alone divide people.
    block_of_person : (n,) from `time_blocks`; people are then judged by weights fitted to earlier blocks only.
    groups : (n,) kept together in the inner folds too.
    seed : for the inner folds.

    Returns
    -------
    Composites on the z scale of the training sample, so that folds can be pooled; NaN for people of the first block, whom
    nothing comes before.

    Raises
    ------
    ValueError
        Shapes that do not fit, NaN in the criterion, strategies of one name, or neither folds nor blocks.
    """
    design = as_design(predictors)
    y = vector("criterion", criterion, length=design.n_people, complete=True)
    fold = None if fold_of_person is None else ranks("fold_of_person", fold_of_person, y.size)
    block = None if block_of_person is None else ranks("block_of_person", block_of_person, y.size)
    kept_together = None if groups is None else ranks("groups", groups, y.size)
    if len({strategy.name for strategy in strategies}) < len(strategies):
        raise ValueError("strategies must have distinct names")
    predicted = {strategy.name: np.full(y.size, np.nan) for strategy in strategies}
    for training, judged in training_and_judged(fold, block):
        together = None if kept_together is None else kept_together[training]
        sample = TrainingSample(design.people(training), y[training], groups=together, seed=seed)
        unseen = design.people(judged)
        for strategy in strategies:
            predicted[strategy.name][judged] = strategy.fit(sample).scores(unseen)
    return predicted


def fit_in_sample(
    predictors: Design | ArrayLike,
    criterion: ArrayLike,
    strategies: Sequence[Strategy],
    *,
    groups: ArrayLike | None = None,
    seed: int = 0,
) -> dict[str, InSample]:
    """Fit each strategy to everybody: what it makes of the people that it learnt from. Arguments as in `out_of_fold_predictions`.

    Returns
    -------
    Name to InSample.

    Raises
    ------
    ValueError
        Shapes that do not fit, or NaN in the criterion.
    """
    design = as_design(predictors)
    y = vector("criterion", criterion, length=design.n_people, complete=True)
    sample = TrainingSample(design, y, groups=None if groups is None else ranks("groups", groups, y.size), seed=seed)
    out = {}
    for strategy in strategies:
        composite = strategy.fit(sample)
        r = correlations(composite.scores(design)[None, :], y)[0]
        out[strategy.name] = InSample(strategy.name, strategy.complexity, float(r), composite.n_weights, composite.effective_df)
    return out


def nested_cross_validation(
    predictors: Design | ArrayLike,
    criterion: ArrayLike,
    strategies: Sequence[Strategy] | None = None,
    *,
    n_folds: int = 10,
    n_repeats: int = 5,
    seed: int = 0,
    groups: ArrayLike | None = None,
    times: ArrayLike | None = None,
    time_split: TimeSplit = "forward",
) -> Comparison:
    """Compare strategies on people their weights never saw, whatever a strategy tunes being tuned inside each training sample.

    People without a criterion are left out.

    Parameters
    ----------
    predictors : (n, p) numbers, NaN for not answered, or a Design.
    criterion : (n,), NaN where it is not known.
    strategies : what to compare; left out, unit weights, ridge toward unit weights and ridge (`default_strategies`).
    n_folds, n_repeats : outer folds, and how often people are divided into them anew.
    seed : decides the divisions; the same seed gives the same result.
    groups : (n,) labels, such as sites or raters: a whole group is held out at a time, and where there are no more groups
        than folds each group is a fold of its own (leave one group out; one repeat says it all).
    times : (n,) dates or cohort numbers: people are judged by weights fitted to earlier people only. The earliest stretch
        teaches and is never judged, so `n` of the result is lower. With `groups` as well, nobody is judged by weights that
        saw their group at any time.
    time_split : `forward` judges up to `n_folds` stretches one after the other (forward chaining); `last` judges the people
        of the last distinct time alone, by everybody before (a held-out cohort).

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        Fewer than 10 people with a criterion, or one that never varies; too few groups or times to divide, or fewer than 4
        people left to be judged.
    """
    count("n_repeats", n_repeats, at_least=1)
    n_folds = count("n_folds", n_folds, at_least=2)
    everybody = as_design(predictors)
    chosen = default_strategies(everybody) if strategies is None else strategies
    if not chosen or not all(hasattr(strategy, "fit") for strategy in chosen):
        raise ValueError("strategies must hold at least one strategy, and nothing that is none, such as Ridge() or Unit()")
    design, y = complete_cases(everybody, criterion)
    known = ~np.isnan(vector("criterion", criterion))
    member = None if groups is None else _ranks_of("groups", groups, known)
    block = None if times is None else time_blocks(_ranks_of("times", times, known), n_folds + 1, time_split)
    if member is not None and member.max() < n_folds:
        if member.max() < 1:
            raise ValueError("groups must be at least two; everybody is in the same one")
        n_folds, n_repeats = int(member.max()) + 1, 1
    if member is None and block is not None:
        n_repeats = 1
    if block is not None and (block > 0).sum() < 4:
        raise ValueError(f"times must leave at least 4 people to be judged; they leave {int((block > 0).sum())}")
    rows: dict[str, list[FloatArray]] = {strategy.name: [] for strategy in chosen}
    for repeat in range(n_repeats):
        fold = None if member is None and block is not None else folds(y.size, n_folds, repeat, seed, member)
        predicted = out_of_fold_predictions(design, y, chosen, fold, block_of_person=block, groups=member, seed=seed)
        for name, row in predicted.items():
            rows[name].append(row)
    judged = np.ones(y.size, dtype=bool) if block is None else block > 0
    fitted = fit_in_sample(design, y, chosen, groups=member, seed=seed)
    return compare_strategies(y[judged], {name: np.stack(kept)[:, judged] for name, kept in rows.items()}, fitted)


def _ranks_of(name: str, values: ArrayLike, known: BoolArray) -> IntArray:
    given = np.asarray(values)
    if given.shape != known.shape:
        raise ValueError(f"{name} must hold {known.size} values, one a person; its shape is {given.shape}")
    return ranks(name, given[known])
