"""How far scores are the person's own, and how far the rater's, the task's or chance's.

`variance_components` splits the variance of a design, `d_study` says how dependable scores from so many conditions are.
For QA scores, `agent_scores` gives each agent's model-based score with its reliability, and `rater_severity` compares raters.
"""

from assessment.psychometrics.generalizability.agents import AgentScores, ShrunkenMean, agent_scores, blup
from assessment.psychometrics.generalizability.components import VarianceComponents, variance_components
from assessment.psychometrics.generalizability.d_study import (
    DStudy,
    EvaluationsTable,
    conditions_needed,
    d_study,
    evaluations_table,
)
from assessment.psychometrics.generalizability.raters import RaterSeverity, connected_parts, rater_severity

__all__ = [
    "AgentScores",
    "DStudy",
    "EvaluationsTable",
    "RaterSeverity",
    "ShrunkenMean",
    "VarianceComponents",
    "agent_scores",
    "blup",
    "conditions_needed",
    "connected_parts",
    "d_study",
    "evaluations_table",
    "rater_severity",
    "variance_components",
]
