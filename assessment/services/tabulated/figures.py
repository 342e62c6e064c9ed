"""Results of the engine as JSON-able figures, its errors as refusals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from assessment.errors import Refusal
from assessment.psychometrics.intervals import Interval


class Estimated(Protocol):
    """A statistic with an interval."""

    @property
    def estimate(self) -> float: ...
    def confidence_interval(self, level: float = 0.95) -> Interval: ...


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what the engine says of impossible data into a refusal in its words."""
    try:
        yield
    except ValueError as error:
        raise Refusal(f"The data do not allow it: {error}.") from error


def finite(value: Any) -> Any:
    """A number as JSON has them: a whole one as it is, None for what is not finite."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    return float(value) if math.isfinite(value) else None


def with_interval(found: Estimated) -> dict[str, Any]:
    """`{"estimate", "interval"}` at 95 %."""
    return {"estimate": finite(found.estimate), "interval": [finite(end) for end in found.confidence_interval()]}


def value_or_none(make: Callable[[], float]) -> float | None:
    """The value, or None where the data do not allow it."""
    try:
        value = make()
    except ValueError:
        return None
    return value if math.isfinite(value) else None
