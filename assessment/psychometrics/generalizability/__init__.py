"""How far QA scores are the agent's own: model-based agent scores with their reliability."""

from assessment.psychometrics.generalizability.agents import AgentScores, ShrunkenMean, agent_scores, blup
from assessment.psychometrics.generalizability.raters import RaterSeverity, connected_parts, rater_severity

__all__ = [
    "AgentScores",
    "RaterSeverity",
    "ShrunkenMean",
    "agent_scores",
    "blup",
    "connected_parts",
    "rater_severity",
]
