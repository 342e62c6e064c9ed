"""Agreement: do raters give the same targets the same ratings? Ratings are (n_targets, n_raters), NaN for not rated.

Which one: `intraclass_correlation` for scores; `weighted_kappa` (two raters, the same throughout), `fleiss_kappa` (any
raters) and `conger_kappa` (the same raters) for categories; `krippendorff_alpha` for any level with ratings missing;
`within_group_agreement` for one panel on each option; `kendall_w` for rank orders. `percent_agreement` is not reliability:
it stands beside one of these.
"""

from assessment.psychometrics.agreement.concordance import Concordance, kendall_w
from assessment.psychometrics.agreement.intraclass import IntraclassCorrelation, intraclass_correlation
from assessment.psychometrics.agreement.kappa import (
    CategoryKappas,
    CongerKappa,
    FleissKappa,
    category_counts,
    conger_kappa,
    fleiss_kappa,
)
from assessment.psychometrics.agreement.krippendorff import KrippendorffAlpha, krippendorff_alpha
from assessment.psychometrics.agreement.panel import content_validity_ratio, critical_count
from assessment.psychometrics.agreement.percent import PercentAgreement, percent_agreement
from assessment.psychometrics.agreement.weighted import WeightedKappa, weighted_kappa
from assessment.psychometrics.agreement.within_group import WithinGroupAgreement, within_group_agreement

__all__ = [
    "CategoryKappas",
    "Concordance",
    "CongerKappa",
    "FleissKappa",
    "IntraclassCorrelation",
    "KrippendorffAlpha",
    "PercentAgreement",
    "WeightedKappa",
    "WithinGroupAgreement",
    "category_counts",
    "conger_kappa",
    "content_validity_ratio",
    "critical_count",
    "fleiss_kappa",
    "intraclass_correlation",
    "kendall_w",
    "krippendorff_alpha",
    "percent_agreement",
    "weighted_kappa",
    "within_group_agreement",
]
