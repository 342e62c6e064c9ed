"""Adaptive forms: which item comes next, when to stop, and what a set of rules does to people and to the pool.

    table = InformationTable.of(calibration)            # once for a pool
    selection = next_item(table, theta, answered, rules)
    stop_reason(table, theta, standard_error, answered, rules)

Selection is a pure function of what it is given; its records make a log that `replay` can check.
"""

from assessment.psychometrics.adaptive.exposure import SympsonHetter, exposure_parameters, sympson_hetter
from assessment.psychometrics.adaptive.information import InformationTable
from assessment.psychometrics.adaptive.rules import AdaptiveRules, ContentBalance, ContentRule, SelectionCriterion
from assessment.psychometrics.adaptive.selection import Selection, StopReason, next_item, replay, step_generator, stop_reason
from assessment.psychometrics.adaptive.simulated import AdaptiveSimulation, simulate_adaptive

__all__ = [
    "AdaptiveRules",
    "AdaptiveSimulation",
    "ContentBalance",
    "ContentRule",
    "InformationTable",
    "Selection",
    "SelectionCriterion",
    "StopReason",
    "SympsonHetter",
    "exposure_parameters",
    "next_item",
    "replay",
    "simulate_adaptive",
    "step_generator",
    "stop_reason",
    "sympson_hetter",
]
