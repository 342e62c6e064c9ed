"""Classical test theory: reliability, item analysis, errors of measurement, norm scales and cut scores.

Reliability here is a property of scores in a group, not of a test. Coefficient alpha understates it for heterogeneous
forms such as situational judgment tests; it is one estimate among several, never a reason to refuse a score.
"""

from assessment.psychometrics.classical.coarse_levels import coarse_levels
from assessment.psychometrics.classical.composites import (
    composite_reliability,
    difference_reliability,
    spearman_brown,
    spearman_brown_factor,
)
from assessment.psychometrics.classical.conditional_error import (
    SmoothedError,
    conditional_standard_error,
    smoothed_standard_error,
)
from assessment.psychometrics.classical.consistency import Alpha, StandardizedAlpha, alpha, standardized_alpha
from assessment.psychometrics.classical.drift import population_stability_index
from assessment.psychometrics.classical.gaps import ServiceGap, service_gap
from assessment.psychometrics.classical.items import ItemAnalysis, item_analysis
from assessment.psychometrics.classical.lower_bounds import (
    GuttmanLambdas,
    Lambda6,
    SplitHalf,
    Splits,
    guttman_lambdas,
    lambda_6,
    split_half,
)
from assessment.psychometrics.classical.measurement_error import (
    TrueScore,
    reliable_change,
    standard_error_of_difference,
    standard_error_of_estimation,
    standard_error_of_measurement,
    standard_error_of_prediction,
    true_score_interval,
)
from assessment.psychometrics.classical.norms import (
    normal_percentile,
    percentile_rank,
    stanine,
    sten,
    t_score,
    z_score,
)
from assessment.psychometrics.classical.omega import OmegaHierarchical, OmegaTotal, omega_hierarchical, omega_total
from assessment.psychometrics.classical.standards import CutScore, angoff_cut
from assessment.psychometrics.classical.subscores import SUBSCORE_FLOOR, SubscoreValue, subscore_added_value

__all__ = [
    "SUBSCORE_FLOOR",
    "Alpha",
    "CutScore",
    "GuttmanLambdas",
    "ItemAnalysis",
    "Lambda6",
    "OmegaHierarchical",
    "OmegaTotal",
    "ServiceGap",
    "SmoothedError",
    "SplitHalf",
    "Splits",
    "StandardizedAlpha",
    "SubscoreValue",
    "TrueScore",
    "alpha",
    "angoff_cut",
    "coarse_levels",
    "composite_reliability",
    "conditional_standard_error",
    "difference_reliability",
    "guttman_lambdas",
    "item_analysis",
    "lambda_6",
    "normal_percentile",
    "omega_hierarchical",
    "omega_total",
    "percentile_rank",
    "population_stability_index",
    "reliable_change",
    "service_gap",
    "smoothed_standard_error",
    "spearman_brown",
    "spearman_brown_factor",
    "split_half",
    "standard_error_of_difference",
    "standard_error_of_estimation",
    "standard_error_of_measurement",
    "standard_error_of_prediction",
    "standardized_alpha",
    "stanine",
    "sten",
    "subscore_added_value",
    "t_score",
    "true_score_interval",
    "z_score",
]
