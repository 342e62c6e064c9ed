"""Weights for a composite: formulas, strategies, nested cross-validation and the gate before a new key.

Data-driven weights have to earn their place: unit and expert weights are hard to beat below a few hundred cases, and an
in-sample gain says nothing.
"""

from assessment.psychometrics.weighting.cross_validation import (
    Comparison,
    InSample,
    StrategyResult,
    compare_strategies,
    fit_in_sample,
    mean_correlation,
    nested_cross_validation,
    out_of_fold_predictions,
    recommend,
)
from assessment.psychometrics.weighting.design import (
    MINIMUM_CHOOSERS,
    Design,
    LinearComposite,
    as_design,
    complete_cases,
    join,
    nominal_columns,
    numeric_columns,
)
from assessment.psychometrics.weighting.formulas import (
    EmpiricalBayes,
    composite_agreement,
    composite_validity,
    empirical_bayes,
    relative_weights,
    ridge_toward_prior,
    shrunken_r_squared,
    unit,
)
from assessment.psychometrics.weighting.governance import (
    CHECKS,
    Check,
    Gate,
    GatePolicy,
    Movement,
    Tier,
    cap_movement,
    gate,
    n_tier,
)
from assessment.psychometrics.weighting.strategies import (
    CurrentKey,
    EmpiricalBayesTowardKey,
    Ridge,
    RidgeTowardKey,
    Strategy,
    Unit,
)
from assessment.psychometrics.weighting.training import TrainingSample, folds

__all__ = [
    "CHECKS",
    "MINIMUM_CHOOSERS",
    "Check",
    "Comparison",
    "CurrentKey",
    "Design",
    "EmpiricalBayes",
    "EmpiricalBayesTowardKey",
    "Gate",
    "GatePolicy",
    "InSample",
    "LinearComposite",
    "Movement",
    "Ridge",
    "RidgeTowardKey",
    "Strategy",
    "StrategyResult",
    "Tier",
    "TrainingSample",
    "Unit",
    "as_design",
    "cap_movement",
    "compare_strategies",
    "complete_cases",
    "composite_agreement",
    "composite_validity",
    "empirical_bayes",
    "fit_in_sample",
    "folds",
    "gate",
    "join",
    "mean_correlation",
    "n_tier",
    "nested_cross_validation",
    "nominal_columns",
    "numeric_columns",
    "out_of_fold_predictions",
    "recommend",
    "relative_weights",
    "ridge_toward_prior",
    "shrunken_r_squared",
    "unit",
]
