"""What scoring needs of a set of calibrated items, worked out once."""

from __future__ import annotations

import numpy as np

from assessment.psychometrics.arrays import FloatArray, IntArray
from assessment.psychometrics.irt.curves import Model
from assessment.psychometrics.irt.likelihood import padded
from assessment.psychometrics.irt.parameters import Layout, layout_for


class ScoreTables:
    """Parameters, nodes and category probabilities laid out for the kernels."""

    def __init__(
        self,
        model: Model,
        slopes: FloatArray,
        intercepts: FloatArray,
        n_categories: IntArray,
        nodes: FloatArray,
        node_weights: FloatArray,
        latent_mean: float,
        latent_sd: float,
    ) -> None:
        from assessment.psychometrics.irt import kernels

        self.layout: Layout = layout_for(model, n_categories)
        layout = self.layout
        self.centre, self.spread = latent_mean, latent_sd
        latent = np.array([[self.centre, np.log(self.spread)]])
        self.parameters = layout.whole_from(slopes, intercepts, latent)
        self.given_nodes = nodes
        self.nodes = padded(nodes)
        self.weights = padded(node_weights)
        width = self.nodes.size
        self.probability = np.empty((layout.n_all_categories, width))
        derivative = np.empty((layout.n_all_categories, int(layout.n_parameters.max()), width))
        kernels.item_curves(
            layout.kind, self.parameters, layout.first_parameter, layout.n_categories, layout.first_category, self.nodes,
            self.probability, derivative,
        )  # fmt: skip
