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
from assessment.psychometrics.validity.planning import (
    CombinedValidity,
    combine_with_prior,
    power,
    restricted_correlation,
    sample_size,
    truncation_ratio,
)

__all__ = [
    "CombinedValidity",
    "Difference",
    "Expectancy",
    "ExpectancyGroup",
    "LineBand",
    "LinearFit",
    "ValidityCoefficient",
    "combine_with_prior",
    "compare_dependent",
    "compare_independent",
    "correct_range_restriction",
    "disattenuate",
    "expectancy",
    "expected_shares",
    "linear_fit",
    "power",
    "restricted_correlation",
    "sample_size",
    "truncation_ratio",
    "unrestricted_reliability",
    "validity_coefficient",
]
