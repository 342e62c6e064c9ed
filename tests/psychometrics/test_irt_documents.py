"""A calibration as a document, and documents that are none."""

import json

import numpy as np
import pytest

from assessment.psychometrics.irt import MODELS, Calibration, calibrate
from tests.psychometrics.known_items import SCIENCE_GRM, SCIENCE_NRM, made_up
from tests.psychometrics.published import SCIENCE


def through_json(calibration):
    return Calibration.from_dict(json.loads(json.dumps(calibration.to_dict())))


@pytest.mark.parametrize("model", MODELS)
def test_a_calibration_survives_json_to_the_last_digit(model):
    found = made_up(model, 6, n_categories=None if model in ("1pl", "2pl") else [2, 3, 4, 2, 5, 3])
    back = through_json(found)
    for name in ("slopes", "intercepts", "n_categories", "difficulties"):
        np.testing.assert_array_equal(getattr(back, name), getattr(found, name))
    answers = np.ones((1, 6))
    for method in ("eap", "wle"):
        assert back.scores(answers, method).theta == found.scores(answers, method).theta
    assert (back.aic, back.bic, back.theta_range) == (found.aic, found.bic, found.theta_range)


def test_groups_and_weights_survive_as_well():
    found = calibrate(SCIENCE, "grm", groups=np.arange(len(SCIENCE)) % 2)
    assert through_json(found).groups == found.groups
    weighed = calibrate(SCIENCE, "grm", weights=np.full(len(SCIENCE), 2.0))
    assert through_json(weighed).bic == weighed.bic
    label = found.groups[1].label
    assert through_json(found).for_group(label).latent_sd == found.groups[1].sd


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": "3pl"}, "must name a model"),
        ({"slopes": [1.0]}, "shapes"),
        ({"slopes": "steep"}, "what to_dict wrote"),
        ({"slopes": [1.0, 1.0, 1.0, None]}, "slopes for each category"),
        ({"intercepts": [[1.0, 0.0, None]] * 4}, "intercepts for each category"),
        ({"intercepts": [[0.0, 1.0, 2.0]] * 4}, "that fall"),
        ({"n_categories": [1, 4, 4, 4]}, "n_categories of at least 2"),
        ({"n_nodes": 0}, "at least two nodes"),
        ({"theta_range": [6.0, -6.0]}, "theta_range that rises"),
        ({"theta_range": [6.0]}, "what to_dict wrote"),
        ({"latent_sd": 0.0}, "SDs above 0"),
        ({"fixed_items": [4]}, "places of items"),
        ({"groups": [{"label": "a"}]}, "no 'n_people'"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(change, says):
    with pytest.raises(ValueError, match=says):
        Calibration.from_dict(SCIENCE_GRM.to_dict() | change)


def test_what_is_no_document_is_refused():
    with pytest.raises(ValueError, match="no 'slopes'"):
        Calibration.from_dict({"model": "2pl", "n_categories": [2]})
    with pytest.raises(ValueError, match="what to_dict wrote"):
        Calibration.from_dict([])
    with pytest.raises(ValueError, match="for 1pl and 2pl of 2"):
        Calibration.from_dict(SCIENCE_NRM.to_dict() | {"model": "2pl"})
