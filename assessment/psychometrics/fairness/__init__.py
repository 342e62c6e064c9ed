"""How selection, scores and items fall out for groups of people.

Impact ratios and their tests, group differences, and differential item functioning (DIF) by every common method. Figures for
audit alone: nothing here feeds a score, a norm, a cut or a band, and a flag on an item is a question to its readers.
"""

from assessment.psychometrics.fairness.dichotomous import EtsClass, MantelHaenszel, ets_class, mantel_haenszel
from assessment.psychometrics.fairness.groups import SelectionCounts, intersections, selection_counts
from assessment.psychometrics.fairness.impact import (
    SMALL_SHARE,
    AdverseImpact,
    GroupImpact,
    GroupScoring,
    ScoringRates,
    adverse_impact,
    impact_ratios,
    scoring_rates,
)
from assessment.psychometrics.fairness.polytomous import EtsPolytomousClass, Mantel, ets_polytomous_class, mantel
from assessment.psychometrics.fairness.regression import (
    DifTest,
    RegressionClass,
    RegressionDif,
    jodoin_gierl_class,
    logistic_dif,
    ordinal_dif,
    zumbo_thomas_class,
)
from assessment.psychometrics.fairness.screening import DifAnalysis, ItemDif, Purification, dif_analysis
from assessment.psychometrics.fairness.simultaneous import CrossingSibtest, Sibtest, SibtestClass, sibtest, sibtest_class
from assessment.psychometrics.fairness.subgroups import (
    SubgroupDifference,
    composite_d,
    impact_ratio_from_d,
    subgroup_difference,
)
from assessment.psychometrics.fairness.two_by_two import TwoByTwo, fisher_exact_p, two_sided_p

__all__ = [
    "SMALL_SHARE",
    "AdverseImpact",
    "CrossingSibtest",
    "DifAnalysis",
    "DifTest",
    "EtsClass",
    "EtsPolytomousClass",
    "GroupImpact",
    "GroupScoring",
    "ItemDif",
    "Mantel",
    "MantelHaenszel",
    "Purification",
    "RegressionClass",
    "RegressionDif",
    "ScoringRates",
    "SelectionCounts",
    "Sibtest",
    "SibtestClass",
    "SubgroupDifference",
    "TwoByTwo",
    "adverse_impact",
    "composite_d",
    "dif_analysis",
    "ets_class",
    "ets_polytomous_class",
    "fisher_exact_p",
    "impact_ratio_from_d",
    "impact_ratios",
    "intersections",
    "jodoin_gierl_class",
    "logistic_dif",
    "mantel",
    "mantel_haenszel",
    "ordinal_dif",
    "scoring_rates",
    "selection_counts",
    "sibtest",
    "sibtest_class",
    "subgroup_difference",
    "two_sided_p",
    "zumbo_thomas_class",
]
