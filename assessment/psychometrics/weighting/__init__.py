"""Weights for a composite: formulas, strategies, nested cross-validation and the gate before a new key.

Data-driven weights have to earn their place: unit and expert weights are hard to beat below a few hundred cases, and an
in-sample gain says nothing.
"""

from assessment.psychometrics.keying import MINIMUM_CHOOSERS
from assessment.psychometrics.weighting.choosing import estimate_after_choice
from assessment.psychometrics.weighting.comparison import (
    Comparison,
    InSample,
    StrategyResult,
    compare_strategies,
    mean_correlation,
    recommend,
)
from assessment.psychometrics.weighting.cross_validation import (
    fit_in_sample,
    nested_cross_validation,
    out_of_fold_predictions,
)
from assessment.psychometrics.weighting.curves import with_curves
from assessment.psychometrics.weighting.design import (
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
    effective_weights,
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
from assessment.psychometrics.weighting.leave_one_out import LeaveOneOutRidge
from assessment.psychometrics.weighting.pareto import (
    DiversityShrinkage,
    ParetoFrontier,
    diversity_shrinkage,
    pareto_frontier,
)
from assessment.psychometrics.weighting.precision import CompositePrecision, composite_precision, composite_standard_error
from assessment.psychometrics.weighting.splits import folds, time_blocks
from assessment.psychometrics.weighting.strategies import (
    CurrentKey,
    EmpiricalBayesTowardKey,
    ItemValidities,
    LeastSquares,
    Ridge,
    RidgeTowardKey,
    RidgeTowardUnit,
    Strategy,
    Unit,
    default_strategies,
)
from assessment.psychometrics.weighting.training import TrainingSample

__all__ = [
    "CHECKS",
    "MINIMUM_CHOOSERS",
    "Check",
    "Comparison",
    "CompositePrecision",
    "CurrentKey",
    "Design",
    "DiversityShrinkage",
    "EmpiricalBayes",
    "EmpiricalBayesTowardKey",
    "Gate",
    "GatePolicy",
    "InSample",
    "ItemValidities",
    "LeastSquares",
    "LeaveOneOutRidge",
    "LinearComposite",
    "Movement",
    "ParetoFrontier",
    "Ridge",
    "RidgeTowardKey",
    "RidgeTowardUnit",
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
    "composite_precision",
    "composite_standard_error",
    "composite_validity",
    "default_strategies",
    "diversity_shrinkage",
    "effective_weights",
    "empirical_bayes",
    "estimate_after_choice",
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
    "pareto_frontier",
    "recommend",
    "relative_weights",
    "ridge_toward_prior",
    "shrunken_r_squared",
    "time_blocks",
    "unit",
    "with_curves",
]
