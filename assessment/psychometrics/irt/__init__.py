"""Item response theory: calibration, scores, information and fit."""

from assessment.psychometrics.irt.calibration import Calibration, Group, StandardErrors
from assessment.psychometrics.irt.curves import MODELS, Model
from assessment.psychometrics.irt.estimation import calibrate, calibrate_new_items
from assessment.psychometrics.irt.scores import METHODS, Method, Scores

__all__ = [
    "METHODS",
    "MODELS",
    "Calibration",
    "Group",
    "Method",
    "Model",
    "Scores",
    "StandardErrors",
    "calibrate",
    "calibrate_new_items",
]
