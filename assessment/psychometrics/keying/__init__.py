"""Answers to item scores, and where keys come from: the arithmetic of scoring keys, vectorised over people.

Option scores are a key's judgement of each option, in the order of the options. Every scoring method returns one value a
person, more being better, or NaN where the item was not answered in full. The methods of the product's own keys give item
scores between 0 and 1 (`option_value`, `best_worst`, `rank_distance`, `standardised_distance`, `shape`, `likert`); the
classical ones keep their points (`option_credit`, `best_worst_points`, `choose_n`, `rank_near_miss`, `absolute_distance`,
`squared_distance`). Keys come from a panel (`panel_key`), from consensus (`mode_key`, `proportion_key`, `mean_key`), from
a criterion (`vertical_percent`, `horizontal_percent`, `correlational_key`, `mean_criterion_key`), or from both judgement
and data (`hybrid_key`, `agreeing_key`).
"""

from assessment.psychometrics.keying.choices import (
    best_worst,
    best_worst_points,
    choose_n,
    indicator_coding,
    option_credit,
    option_value,
)
from assessment.psychometrics.keying.comparison import KeyComparison, compare_keys
from assessment.psychometrics.keying.consensus import ConsensusKey, mean_key, mode_key, proportion_key
from assessment.psychometrics.keying.empirical import (
    KELLEY_SHARE,
    MINIMUM_CHOOSERS,
    EmpiricalKey,
    agreeing_key,
    correlational_key,
    criterion_groups,
    horizontal_percent,
    hybrid_key,
    mean_criterion_key,
    vertical_percent,
)
from assessment.psychometrics.keying.panel import DiscardRule, PanelKey, Verdict, panel_key
from assessment.psychometrics.keying.rankings import FULL_MARKS, rank_distance, rank_near_miss
from assessment.psychometrics.keying.ratings import (
    ProfileDecomposition,
    RatingStyle,
    absolute_distance,
    dichotomised,
    profile_decomposition,
    rating_style,
    shape,
    squared_distance,
    standardised_distance,
    within_person_standardised,
    within_person_z,
)
from assessment.psychometrics.keying.scales import composite, likert, scale_scores

__all__ = [
    "FULL_MARKS",
    "KELLEY_SHARE",
    "MINIMUM_CHOOSERS",
    "ConsensusKey",
    "DiscardRule",
    "EmpiricalKey",
    "KeyComparison",
    "PanelKey",
    "ProfileDecomposition",
    "RatingStyle",
    "Verdict",
    "absolute_distance",
    "agreeing_key",
    "best_worst",
    "best_worst_points",
    "choose_n",
    "compare_keys",
    "composite",
    "correlational_key",
    "criterion_groups",
    "dichotomised",
    "horizontal_percent",
    "hybrid_key",
    "indicator_coding",
    "likert",
    "mean_criterion_key",
    "mean_key",
    "mode_key",
    "option_credit",
    "option_value",
    "panel_key",
    "profile_decomposition",
    "proportion_key",
    "rank_distance",
    "rank_near_miss",
    "rating_style",
    "scale_scores",
    "shape",
    "squared_distance",
    "standardised_distance",
    "vertical_percent",
    "within_person_standardised",
    "within_person_z",
]
