"""Marginal maximum likelihood calibration: of one group, of several, and of new items onto a known scale."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence, Sized
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assessment.psychometrics.arrays import FloatArray, count, labels, number, numbers, vector
from assessment.psychometrics.compiled import single_threaded_algebra
from assessment.psychometrics.irt.calibrated_items import Group
from assessment.psychometrics.irt.calibration import Calibration
from assessment.psychometrics.irt.curves import MODELS, Model
from assessment.psychometrics.irt.likelihood import MarginalLikelihood
from assessment.psychometrics.irt.maximising import Ascent, Progress
from assessment.psychometrics.irt.parameters import SHARED_SLOPE, Layout, layout_for
from assessment.psychometrics.irt.precision import standard_errors_of
from assessment.psychometrics.irt.responses import CodedResponses, coded_responses, n_patterns
from assessment.psychometrics.irt.starting import starting_values

_PEOPLE_A_PARAMETER = 100
_SMALLEST_SAMPLE, _LARGEST_SAMPLE = 4_000, 12_000
_STEEPEST = 18.0
"""Logits from one node to the next: what is left to gain beyond them is less than 2e-8 a person."""
_WORTH_SAMPLING = 3
_FEWEST = 5.0
_SAMPLE_TOLERANCE = 0.01
_ROUGHLY_EVERY = 3
_PERTURBATION = 0.5


def calibrate(
    responses: ArrayLike,
    model: Model = "grm",
    *,
    n_nodes: int = 61,
    theta_range: tuple[float, float] = (-6.0, 6.0),
    tolerance: float = 1e-4,
    max_iterations: int = 2000,
    standard_errors: bool = False,
    weights: ArrayLike | None = None,
    starts: int = 1,
    seed: int = 0,
    progress: Progress | None = None,
    n_categories: ArrayLike | None = None,
    groups: Sequence[Hashable] | NDArray[np.generic] | None = None,
    reference: Hashable | None = None,
) -> Calibration:
    """Item parameters by marginal maximum likelihood (Bock & Aitkin, 1981), θ normal.

    The maximum is the one that EM leads to; it is reached by quasi-Newton steps (see `irt.maximising`), which end nearer to
    it. The orientation of θ, which the likelihood leaves open, is that in which slopes are positive in sum (for nrm: in which
    higher categories go with higher θ in sum; it says nothing about which end is good).

    Parameters
    ----------
    responses : (n, k) categories counted from 0, NaN for not answered, which is taken to be missing at random. Any number
        type; a million people take no second copy.
    model : `1pl` (one free slope), `2pl`, `grm`, `gpcm`, `pcm` (slopes 1, free SD) or `nrm`. No category is anchored in nrm.
    n_nodes, theta_range : equally spaced quadrature nodes on θ with renormalised normal weights; for pcm, whose θ has a free SD,
        in units of that SD, so that pcm of two categories is 1pl to the last digit.
    tolerance : the largest absolute change of a parameter that the next step may make at the end.
    max_iterations : passes over everybody's responses at most.
    standard_errors : also estimate them, from the observed information.
    weights : (n,) case weights, at least 0; 0 leaves a person out. Counts as that many people everywhere but in `n_people`.
    starts : how often to start; beyond the first from slopes perturbed by `seed`. The best maximum is kept. For nrm over
        options in no order, where there can be several.
    progress : called with the iteration, the log-likelihood and the size of the next step.
    n_categories : (k,) or one number, no less than was seen; otherwise the largest category seen + 1.
    groups : n labels of groups that answer by the same item parameters but differ in the distribution of θ (Bock &
        Zimowski, 1997). `reference`, the first label in sorted order unless given, has mean 0 and SD 1.

    Returns
    -------
    Calibration. `converged` false when `max_iterations` did not do, or when the likelihood has no maximum (an item that
    separates people perfectly, a group whose θ left the nodes or shrank to one of them).

    Raises
    ------
    ValueError
        Responses that are no categories; an item nobody answered, or one with a category that nobody used; more than two
        categories for 1pl or 2pl; fewer items than the model can be told from; an argument out of its range.
    """
    _check_settings(model, tolerance, max_iterations)
    nodes = _nodes(n_nodes, theta_range)
    starts = count("starts", starts, at_least=1)
    rng = np.random.default_rng(count("seed", seed, at_least=0))
    names, group = _groups(groups, reference, responses)
    coded = coded_responses(responses, n_categories=n_categories, weights=weights, group=group)
    _check_identified(model, coded)
    n_people = coded.n_people
    n_in_group = np.bincount(coded.group, minlength=len(names))
    total_weight = None if weights is None else float(coded.weights.sum())
    if (n_in_group == 0).any():
        raise ValueError(f"groups must each hold somebody who answered; {names[int(np.argmin(n_in_group))]!r} holds nobody")
    coded = coded.merged()
    layout = layout_for(model, coded.n_categories, len(names))
    with single_threaded_algebra():
        start = starting_values(coded, layout, nodes)
        climbs = [_climbed(coded, layout, nodes, start, tolerance, max_iterations, progress)]
        for _ in range(starts - 1):
            free = layout.free_of(start)
            elsewhere = layout.spread(free + rng.normal(0.0, _PERTURBATION, free.size), start)
            if layout.order_kept(elsewhere):
                climbs.append(_climbed(coded, layout, nodes, elsewhere, tolerance, max_iterations, progress))
        climb = max(climbs, key=lambda reached: reached.here.log_likelihood)
        found = _reported(climb, layout, nodes, n_people, standard_errors)
    named = [replace(g, label=names[i], n_people=int(n_in_group[i])) for i, g in enumerate(found.groups)]
    return replace(found, groups=() if groups is None else tuple(named), total_weight=total_weight)


def calibrate_new_items(
    known: Calibration,
    responses: ArrayLike,
    known_items: ArrayLike,
    *,
    tolerance: float = 1e-4,
    max_iterations: int = 2000,
    standard_errors: bool = False,
    weights: ArrayLike | None = None,
    progress: Progress | None = None,
    n_categories: ArrayLike | None = None,
) -> Calibration:
    """Put new items on the scale of known ones: parameters of known items stay fixed, mean and SD of θ are free (Kim, 2006).

    Parameters
    ----------
    known : a calibration of the same model.
    responses : (n, k) to known and new items together, as in `calibrate`.
    known_items : (k,) for each column the place of the item in `known`, −1 for a new item; at least one is known.

    Returns
    -------
    Calibration of all k items, on the scale of `known`; its `latent_mean` and `latent_sd` are those of these people. Known
    items keep their parameters exactly and count for nothing in `n_parameters`.

    Raises
    ------
    ValueError
        As `calibrate`; no known item; an item twice or out of range; another number of categories than a known item has.
    """
    given = vector("known_items", known_items, complete=True)
    place = given.astype(np.int64)
    columns = np.flatnonzero(place >= 0)
    some = np.isin(given, np.arange(-1, known.n_items)).all() and columns.size > 0
    if not some or np.unique(place[columns]).size < columns.size:
        raise ValueError(
            f"known_items must name each known item once, from 0 to {known.n_items - 1}, −1 for a new item, and at least one"
        )
    _check_settings(known.model, tolerance, max_iterations)
    coded = coded_responses(
        responses, n_categories=n_categories, weights=weights, fixed={int(c): int(known.n_categories[place[c]]) for c in columns}
    )
    if coded.n_categories.size != place.size:
        raise ValueError(f"known_items must hold one value a column; it holds {place.size} for {coded.n_categories.size} columns")
    n_people = coded.n_people
    total_weight = None if weights is None else float(coded.weights.sum())
    coded = coded.merged()
    layout = layout_for(known.model, coded.n_categories, fixed_items=columns, free_reference=True)
    with single_threaded_algebra():
        start = starting_values(coded, layout_for(known.model, coded.n_categories), known.nodes)
        for c in columns:
            a, size = layout.first_parameter[c], layout.n_parameters[c]
            start[a : a + size] = layout.of_item(known.slopes[place[c]], known.intercepts[place[c]], int(coded.n_categories[c]))
        if known.model in SHARED_SLOPE:
            start[layout.first_parameter] = known.slopes[0]
        start[layout.n_item_parameters :] = known.latent_mean, math.log(known.latent_sd)
        climb = _climbed(coded, layout, known.nodes, start, tolerance, max_iterations, progress)
        found = _reported(climb, layout, known.nodes, n_people, standard_errors, known)
        return replace(found, fixed_items=tuple(columns.tolist()), groups=(), total_weight=total_weight)


def _check_settings(model: Model, tolerance: float, max_iterations: int) -> None:
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}; it is {model!r}")
    if not number("tolerance", tolerance) > 0:
        raise ValueError(f"tolerance must be above 0; it is {tolerance!r}")
    count("max_iterations", max_iterations, at_least=1)


def _nodes(n_nodes: int, theta_range: tuple[float, float]) -> FloatArray:
    ends = numbers("theta_range", theta_range)
    if ends.shape != (2,) or not ends[0] < 0.0 < ends[1]:
        raise ValueError(f"theta_range must be two numbers with 0 between them; it is {theta_range!r}")
    return np.linspace(ends[0], ends[1], count("n_nodes", n_nodes, at_least=5))


def _groups(
    groups: Sequence[Hashable] | NDArray[np.generic] | None, reference: Hashable | None, responses: ArrayLike
) -> tuple[list[object], NDArray[np.int8] | None]:
    """Labels with the reference first, and the place of each person's."""
    if groups is None:
        if reference is not None:
            raise ValueError("reference names one of several groups; groups are not given")
        return [None], None
    listed = groups.tolist() if isinstance(groups, np.ndarray) else groups
    if any(isinstance(label, float) and math.isnan(label) for label in listed):
        raise ValueError("groups must not hold NaN: everybody belongs to a group")
    names, place = labels("groups", listed, len(responses) if isinstance(responses, Sized) else 0)
    if len(names) > 127:
        raise ValueError(f"groups must be at most 127; there are {len(names)}")
    first = 0
    if reference is not None:
        if reference not in names:
            raise ValueError(f"reference must be one of the groups; {reference!r} is none of them")
        first = names.index(reference)
    order = [first, *(i for i in range(len(names)) if i != first)]
    rank = np.empty(len(names), dtype=np.int8)
    rank[order] = np.arange(len(names), dtype=np.int8)
    return [names[i] for i in order], rank[place]


def _check_identified(model: Model, coded: CodedResponses) -> None:
    if model in ("1pl", "2pl") and (coded.n_categories > 2).any():
        j = int(np.argmax(coded.n_categories > 2))
        raise ValueError(f"model {model!r} is for two categories; item {j} has {coded.n_categories[j]}")
    n_parameters = layout_for(model, coded.n_categories).n_free
    if coded.n_categories.size < 2 or n_parameters > n_patterns(coded.n_categories) - 1.0:
        raise ValueError(f"responses must hold more items to tell the {n_parameters} parameters of model {model!r} apart")


def _climbed(
    coded: CodedResponses,
    layout: Layout,
    nodes: FloatArray,
    start: FloatArray,
    tolerance: float,
    max_iterations: int,
    progress: Progress | None,
) -> Ascent:
    """The maximum that is reached from `start`, by way of that of a sample where there are many people."""
    sample = _sample(coded, layout)
    if sample is not None:
        trial = Ascent.start(MarginalLikelihood(sample, layout, nodes), start, hold=True)
        trial.roughly()
        rough = trial.likelihood.person_information(trial.free, trial.whole, every=_ROUGHLY_EVERY)
        trial.finish(rough, _SAMPLE_TOLERANCE, max_iterations)
        information = trial.likelihood.person_information(trial.free, trial.whole)
        climb = Ascent.start(MarginalLikelihood(coded, layout, nodes), layout.spread(trial.free, trial.whole))
        information *= float(coded.weights.sum() / sample.weights.sum())
    else:
        climb = Ascent.start(MarginalLikelihood(coded, layout, nodes), start)
        climb.roughly()
        information = climb.likelihood.person_information(climb.free, climb.whole)
    climb.finish(information, tolerance, max_iterations, progress)
    return climb


def _sample(coded: CodedResponses, layout: Layout) -> CodedResponses | None:
    """Enough people to come near everybody's parameters; None where everybody is not many more, or where a rare category or a
    small group would be all but lost."""
    size = min(max(_PEOPLE_A_PARAMETER * layout.n_free, _SMALLEST_SAMPLE), _LARGEST_SAMPLE)
    if coded.n_people < _WORTH_SAMPLING * size:
        return None
    sample = coded.some(size)
    rarest = min(float(counts[:m].min()) for counts, m in zip(sample.counts, sample.n_categories, strict=True))
    smallest = np.bincount(sample.group, minlength=layout.n_groups).min()
    return sample if min(rarest, smallest) >= _FEWEST else None


def _reported(
    climb: Ascent, layout: Layout, nodes: FloatArray, n_people: int, with_errors: bool, known: Calibration | None = None
) -> Calibration:
    """The maximum in the parameters and the orientation that are reported."""
    whole = layout.spread(climb.free, climb.whole)
    sign = 1.0 if known is not None else layout.orientation(whole)
    report = layout.report(whole, sign)
    ends = sorted((sign * report.slope_taken_out * float(nodes[0]), sign * report.slope_taken_out * float(nodes[-1])))
    members = zip(report.group_means.tolist(), report.group_sds.tolist(), strict=True)
    return Calibration(
        layout.model,
        report.slopes,
        report.intercepts,
        layout.n_categories,
        climb.here.log_likelihood,
        layout.n_free,
        n_people,
        len(climb.trace) - 1,
        climb.converged and _nodes_hold(layout, whole, nodes) and _slopes_hold(report.slopes, nodes),
        np.array(climb.trace),
        nodes.size,
        (ends[0], ends[1]),
        float(report.group_means[0]),
        float(report.group_sds[0]),
        standard_errors_of(climb, sign) if with_errors else None,
        tuple(Group(None, n_people, mean, sd) for mean, sd in members),
    )


def _slopes_hold(slopes: FloatArray, nodes: FloatArray) -> bool:
    """Does every slope still matter? Where a curve rises by more between two neighbouring nodes, the likelihood is level.

    How far a slope that runs away gets on level ground is a matter of the processor's rounding.
    """
    steepest = np.ptp(slopes, axis=-1).max() if slopes.ndim > 1 else np.abs(slopes).max()
    return bool(steepest * (nodes[1] - nodes[0]) < _STEEPEST)


def _nodes_hold(layout: Layout, whole: FloatArray, nodes: FloatArray) -> bool:
    """Are the distributions of θ that were found within the nodes, and wide enough to be seen by them?"""
    mean, log_sd = whole[layout.n_item_parameters :].reshape(-1, 2).T
    found = layout.owner[layout.n_item_parameters :: 2] >= 0
    held = (mean > nodes[0]) & (mean < nodes[-1]) & (np.exp(log_sd) >= 0.5 * (nodes[1] - nodes[0]))
    return bool(held[found].all())
