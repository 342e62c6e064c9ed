"""Evidence that a score foretells later performance: coefficients, corrections, decision aids and planning."""

from assessment.psychometrics.validity.coefficient import (
    Difference,
    ValidityCoefficient,
    compare_dependent,
    compare_independent,
    validity_coefficient,
)
from assessment.psychometrics.validity.corrections import (
    correct_range_restriction,
    disattenuate,
    unrestricted_reliability,
)
from assessment.psychometrics.validity.decisions import (
    Expectancy,
    ExpectancyGroup,
    LinearFit,
    LineBand,
    expectancy,
    expected_shares,
    linear_fit,
)
from assessment.psychometrics.validity.differential import (
    DifferentialPrediction,
    DMod,
    GroupLine,
    RegressionStep,
    d_mod,
    differential_prediction,
)
from assessment.psychometrics.validity.incremental import IncrementalValidity, incremental_validity
from assessment.psychometrics.validity.planning import (
    CombinedValidity,
    combine_with_prior,
    power,
    restricted_correlation,
    sample_size,
    truncation_ratio,
)
from assessment.psychometrics.validity.restriction import FactoredLikelihood, factored_likelihood, lawley
from assessment.psychometrics.validity.selection import naylor_shine, taylor_russell, utility
from assessment.psychometrics.validity.sensitivity import (
    AttritionWeighted,
    SelectionSensitivity,
    attrition_weighted,
    selection_sensitivity,
)
from assessment.psychometrics.validity.studies import CombinedStudies, MeanValidity, combine_studies

__all__ = [
    "AttritionWeighted",
    "CombinedStudies",
    "CombinedValidity",
    "DMod",
    "Difference",
    "DifferentialPrediction",
    "Expectancy",
    "ExpectancyGroup",
    "FactoredLikelihood",
    "GroupLine",
    "IncrementalValidity",
    "LineBand",
    "LinearFit",
    "MeanValidity",
    "RegressionStep",
    "SelectionSensitivity",
    "ValidityCoefficient",
    "attrition_weighted",
    "combine_studies",
    "combine_with_prior",
    "compare_dependent",
    "compare_independent",
    "correct_range_restriction",
    "d_mod",
    "differential_prediction",
    "disattenuate",
    "expectancy",
    "expected_shares",
    "factored_likelihood",
    "incremental_validity",
    "lawley",
    "linear_fit",
    "naylor_shine",
    "power",
    "restricted_correlation",
    "sample_size",
    "selection_sensitivity",
    "taylor_russell",
    "truncation_ratio",
    "unrestricted_reliability",
    "utility",
    "validity_coefficient",
]
