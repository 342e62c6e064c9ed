"""How a sitting was answered. These figures never change a score: they ask a person to look, or to offer a retake.

Three families of signs: patterns in the answers, the time they took, and how they fit together and with everybody's. Two
families have to agree before anything is shown, and time is left out where extra time or assistive technology was granted
(`needs_review`).
"""

from assessment.psychometrics.response_quality.consistency import (
    CRITICAL_R,
    PairConsistency,
    even_odd_consistency,
    psychometric_antonyms,
    psychometric_synonyms,
)
from assessment.psychometrics.response_quality.distance import MahalanobisDistance, mahalanobis_distance
from assessment.psychometrics.response_quality.guttman import GuttmanErrors, guttman_errors
from assessment.psychometrics.response_quality.likelihood import standardised_log_likelihood
from assessment.psychometrics.response_quality.patterns import (
    intra_individual_variability,
    longstring,
    within_scenario_variability,
)
from assessment.psychometrics.response_quality.review import FAMILIES_THAT_MUST_AGREE, needs_review
from assessment.psychometrics.response_quality.timing import SECONDS_PER_STATEMENT, fast_answers

__all__ = [
    "CRITICAL_R",
    "FAMILIES_THAT_MUST_AGREE",
    "SECONDS_PER_STATEMENT",
    "GuttmanErrors",
    "MahalanobisDistance",
    "PairConsistency",
    "even_odd_consistency",
    "fast_answers",
    "guttman_errors",
    "intra_individual_variability",
    "longstring",
    "mahalanobis_distance",
    "needs_review",
    "psychometric_antonyms",
    "psychometric_synonyms",
    "standardised_log_likelihood",
    "within_scenario_variability",
]
