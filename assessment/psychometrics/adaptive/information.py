"""What each item of a pool tells about θ, ready to be looked up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt.calibration import Calibration
from assessment.psychometrics.irt.locations import item_locations, item_slopes

STEP = 1.0 / 128.0
NODES_AT_A_TIME = 128


@dataclass(frozen=True, eq=False)
class InformationTable:
    """The information of every item on a fine grid of θ, with what stratified selection needs to know of the items.

    Between grid points, 1/128 apart, information is interpolated linearly: the error is below 1e-4 for slopes up to 3. Beyond
    the ends of the grid it is what it is there. A table costs some milliseconds to make: keep it with the pool.

    `values` (g, k) from θ = `low` on; `slopes` and `locations` (k,) as in `irt.locations`; `slope_ranks` (k,) from 0, the
    flattest item first.
    """

    low: float
    values: FloatArray
    slopes: FloatArray
    locations: FloatArray
    slope_ranks: FloatArray = field(repr=False)

    @classmethod
    def of(cls, calibration: Calibration) -> InformationTable:
        """The table of a calibration, over the θ that its quadrature covers."""
        return cls._between(calibration, float(calibration.nodes[0]), float(calibration.nodes[-1]))

    @classmethod
    def around(cls, calibration: Calibration, theta: float) -> InformationTable:
        """The smallest table: exact at one θ, and good for nothing else."""
        return cls._between(calibration, theta, theta + STEP)

    @classmethod
    def _between(cls, calibration: Calibration, low: float, high: float) -> InformationTable:
        grid = low + STEP * np.arange(int(np.ceil((high - low) / STEP)) + 1)
        parts = [calibration.item_information(grid[i : i + NODES_AT_A_TIME]) for i in range(0, grid.size, NODES_AT_A_TIME)]
        slopes = item_slopes(calibration.model, calibration.slopes)
        locations = item_locations(calibration.model, calibration.slopes, calibration.intercepts)
        ranks = np.empty(slopes.size)
        ranks[np.argsort(slopes, kind="stable")] = np.arange(slopes.size)
        return cls(low, np.concatenate(parts), slopes, locations, ranks)

    @property
    def n_items(self) -> int:
        return int(self.values.shape[1])

    def at(self, theta: FloatArray) -> FloatArray:
        """Information of every item at each θ: (n, k) for (n,)."""
        place = np.minimum(np.maximum((theta - self.low) / STEP, 0.0), len(self.values) - 1.0)
        below = np.minimum(place.astype(np.int64), len(self.values) - 2)
        row = self.values[below]
        return np.asarray(row + (place - below)[:, None] * (self.values[below + 1] - row))
