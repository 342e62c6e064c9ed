"""Made-up data with a known truth, for testing the engine and for showing the product without real people.

Everything drawn here is invented; `rng` decides it, and the same generator state gives the same data.
"""

from assessment.psychometrics.simulation.applicants import SimulatedApplicants, simulate_applicants
from assessment.psychometrics.simulation.criterion import (
    EQUAL_PATTERN,
    INTER_ITEM_R,
    MILD_PATTERN,
    SPARSE_PATTERN,
    SimulatedItems,
    item_correlations,
    simulate_items,
)
from assessment.psychometrics.simulation.evaluations import SimulatedEvaluations, simulate_evaluations
from assessment.psychometrics.simulation.parameters import ItemParameters, simulate_item_parameters
from assessment.psychometrics.simulation.ratings import SimulatedRatings, simulate_ratings
from assessment.psychometrics.simulation.responses import simulate_responses

__all__ = [
    "EQUAL_PATTERN",
    "INTER_ITEM_R",
    "MILD_PATTERN",
    "SPARSE_PATTERN",
    "ItemParameters",
    "SimulatedApplicants",
    "SimulatedEvaluations",
    "SimulatedItems",
    "SimulatedRatings",
    "item_correlations",
    "simulate_applicants",
    "simulate_evaluations",
    "simulate_item_parameters",
    "simulate_items",
    "simulate_ratings",
    "simulate_responses",
]
