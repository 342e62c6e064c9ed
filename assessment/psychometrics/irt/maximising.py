"""Climbing to the maximum of a marginal likelihood: EM steps from a rough start, then a quasi-Newton finish.

EM (Bock & Aitkin, 1981; one Newton step an iteration: Lange, 1995) comes near from anywhere but creeps at the end. The
finish divides the gradient by an approximation of the observed information: at first the outer products of people's
gradients (Berndt, Hall, Hall & Hausman, 1974), improved after each step by what the gradient did (Broyden, Fletcher,
Goldfarb & Shanno, 1970). With many people both are done on a sample of them first: what is left for all of them is a
handful of steps. No step is taken that lowers the likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assessment.psychometrics.arrays import FloatArray
from assessment.psychometrics.irt.likelihood import Evaluation, MarginalLikelihood

Progress = Callable[[int, float, float], None]

_ROUGH_STEPS = 1
_LARGEST_STEP = 1.0
_HALVINGS = 12
_ROUNDING = 1e-12
_HOLD = 1.0
_GAIN_LEFT = 0.002
_STILL = 50
_NO_GAIN = 2e-6
_RUNNING = 1e-3


@dataclass
class Ascent:
    """Where a climb stands. `trace` is the log-likelihood at each point reached, `change` the last (or next) largest step."""

    likelihood: MarginalLikelihood
    whole: FloatArray
    free: FloatArray
    here: Evaluation
    trace: list[float]
    hold: FloatArray | None = None
    converged: bool = False

    @classmethod
    def start(cls, likelihood: MarginalLikelihood, whole: FloatArray, *, hold: bool = False) -> Ascent:
        """Begin at the parameters `whole`. With `hold` a faint pull back to the start keeps parameters finite about which a
        sample says nothing."""
        free = likelihood.layout.free_of(whole)
        climb = cls(likelihood, whole, free, likelihood.evaluate(free, whole), [], free.copy() if hold else None)
        climb.here = climb._held(free, climb.here)
        climb.trace.append(climb.here.log_likelihood)
        return climb

    def _held(self, free: FloatArray, found: Evaluation) -> Evaluation:
        if self.hold is None:
            return found
        apart = free - self.hold
        return Evaluation(
            found.log_likelihood - 0.5 * _HOLD * float(apart @ apart),
            found.gradient - _HOLD * apart,
            found.complete_information + _HOLD * np.eye(free.size),
        )

    def _move(self, step: FloatArray) -> FloatArray | None:
        """Go along `step` as far as raises the likelihood; the step taken, or None where none did."""
        layout = self.likelihood.layout
        here = layout.spread(self.free, self.whole)
        along = layout.in_order(here, layout.spread(step, np.zeros_like(self.whole)))
        step = layout.free_of(along)
        share = min(1.0, _LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        for _ in range(_HALVINGS):
            free = self.free + share * step
            there = self._held(free, self.likelihood.evaluate(free, self.whole))
            if there.log_likelihood >= self.here.log_likelihood - _ROUNDING * abs(self.here.log_likelihood):
                taken = free - self.free
                self.free, self.here = free, there
                self.trace.append(there.log_likelihood)
                return taken
            share *= 0.4
        return None

    def _runs_away(self, change: float) -> bool:
        """Has the likelihood stopped rising although parameters still move far? It has no maximum then."""
        return change > _RUNNING and len(self.trace) > _STILL and self.trace[-1] - self.trace[-_STILL] < _NO_GAIN

    def roughly(self, steps: int = _ROUGH_STEPS) -> None:
        """EM steps until they gain little."""
        for _ in range(steps):
            before = self.here.log_likelihood
            if self._move(_solved(self.here.complete_information, self.here.gradient)) is None:
                return
            if self.here.log_likelihood - before < 1e-4 * self.free.size:
                return

    def finish(
        self, information: FloatArray, tolerance: float, max_iterations: int, progress: Progress | None = None
    ) -> FloatArray:
        """Quasi-Newton steps until the next would change no parameter by more than `tolerance` and gain next to nothing.

        Returns the approximation of the information at the end; `converged` tells whether it ended so.
        """
        h = information.copy()
        if self.hold is not None:
            h[np.diag_indices_from(h)] += _HOLD
        failed = False
        while True:
            step = _solved(h, self.here.gradient)
            change = float(np.abs(step).max())
            if progress is not None:
                progress(len(self.trace) - 1, self.here.log_likelihood, change)
            if change <= tolerance and 0.5 * float(step @ self.here.gradient) <= _GAIN_LEFT:
                self.converged = True
                return h
            if len(self.trace) > max_iterations or self._runs_away(change):
                return h
            gradient = self.here.gradient
            taken = self._move(step)
            if taken is None:
                # The approximation has led astray: begin it again from the complete-data information, whose steps climb.
                if failed:
                    return h
                failed, h = True, self.here.complete_information
                continue
            failed = False
            h = _updated(h, taken, gradient - self.here.gradient)


def _updated(h: FloatArray, step: FloatArray, change: FloatArray) -> FloatArray:
    """BFGS: the approximation that explains how the gradient changed along the last step, and differs least otherwise."""
    curvature = float(step @ change)
    across = h @ step
    before = float(step @ across)
    if curvature <= 1e-12 * before:
        return h
    return np.asarray(h + np.outer(change, change) / curvature - np.outer(across, across) / before)


def _solved(information: FloatArray, gradient: FloatArray) -> FloatArray:
    scale = np.sqrt(np.maximum(np.diag(information), 1e-12))
    scaled = information / np.outer(scale, scale)
    scaled[np.diag_indices_from(scaled)] += 1e-9
    return np.asarray(np.linalg.solve(scaled, gradient / scale) / scale)
