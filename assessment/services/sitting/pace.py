"""About how many minutes are left: the typical time of the pages to come, at the person's own pace so far.

The pace is the time taken on the pages done over their typical time, shrunk toward 1: it begins as if half the form had
been done at the typical pace already. So nobody's estimate swings on the first pages, and what is left never rises by more
than the time by which the last page truly ran over.

Why: let a form's typical time be W, T that of the pages done, p the pace, and let the next page, of typical time s, take t.
The estimate changes from p(W − T) by −ps + e (W − T − s) / (W/2 + T + s), where e = t − ps is what the page ran over; the
fraction is at most 2. A page counts as at most twice what was expected of it, so that e ≤ ps and the change is at most e.
So a page that was left open over lunch moves the estimate by no more than a slow page would.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PRIOR_SHARE = 0.5
"""Share of the form's typical time that the typical pace counts for."""
MOST_OF_EXPECTED = 2.0
"""A page counts as at most so many times what was expected: beyond that somebody was away."""


@dataclass(frozen=True, slots=True)
class PageTime:
    """Minutes that a page typically takes, and that it took this person (None: not done, or not known). `left`: to be done."""

    typical: float
    taken: float | None
    left: bool


def minutes_left(pages: Sequence[PageTime]) -> int:
    """Whole minutes, at least 1, that the pages left will take this person. `pages` are all pages of the form in order."""
    left = sum(page.typical for page in pages if page.left)
    return max(1, math.ceil(round(pace(pages) * left, 6)))


def pace(pages: Iterable[PageTime]) -> float:
    """The person's time over the typical time: 1 at the typical pace, and never below a third or above three."""
    pages = tuple(pages)
    expected = PRIOR_SHARE * sum(page.typical for page in pages)
    found, taken = 1.0, expected
    for page in pages:
        if page.taken is not None and page.typical > 0:
            taken += min(page.taken, MOST_OF_EXPECTED * found * page.typical)
            expected += page.typical
            found = taken / expected
    return found
