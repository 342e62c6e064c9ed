"""Item response theory: calibration, scores, information, fit, linking and testlets."""

from assessment.psychometrics.irt.bifactor import BifactorCalibration, calibrate_bifactor
from assessment.psychometrics.irt.calibrated_items import CalibratedItems, Group, StandardErrors
from assessment.psychometrics.irt.calibration import Calibration
from assessment.psychometrics.irt.curves import MODELS, Model
from assessment.psychometrics.irt.estimation import calibrate, calibrate_new_items
from assessment.psychometrics.irt.item_fit import ItemFit
from assessment.psychometrics.irt.linking import Linking, link, rescaled
from assessment.psychometrics.irt.local_dependence import LocalDependence
from assessment.psychometrics.irt.model_fit import ModelFit
from assessment.psychometrics.irt.person_fit import PersonFit
from assessment.psychometrics.irt.scores import METHODS, Method, Scores
from assessment.psychometrics.irt.sum_scores import SumScoreTable, sum_score_likelihoods, sum_score_table
from assessment.psychometrics.irt.testlets import TestletEffect, TestletScores, testlet_effect, testlet_scores

__all__ = [
    "METHODS",
    "MODELS",
    "BifactorCalibration",
    "CalibratedItems",
    "Calibration",
    "Group",
    "ItemFit",
    "Linking",
    "LocalDependence",
    "Method",
    "Model",
    "ModelFit",
    "PersonFit",
    "Scores",
    "StandardErrors",
    "SumScoreTable",
    "TestletEffect",
    "TestletScores",
    "calibrate",
    "calibrate_bifactor",
    "calibrate_new_items",
    "link",
    "rescaled",
    "sum_score_likelihoods",
    "sum_score_table",
    "testlet_effect",
    "testlet_scores",
]
