"""Compiled kernels: how a loop over numbers becomes machine code.

A module of kernels is imported only inside the function that needs it: loading the compiler costs a third of a second, and
no page that shows or makes a score needs it. Code is compiled at its first call and kept on disk beside the module, or in
the user's cache where that folder cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Integers = NDArray[np.integer[Any]]
"""Whole numbers of any width: kernels are compiled for each width that they meet."""

Function = TypeVar("Function", bound=Callable[..., Any])

# Sums may be regrouped, so that they run on the processor's vector units. NaN and infinity keep their meaning.
_REGROUPED = {"reassoc", "contract", "nsz", "arcp"}


def kernel(function: Function) -> Function:
    """`function`, compiled on first use; it lets other threads run while it works. Its sums may be regrouped.

    Division follows the rules of floating point: by 0 it gives an infinity or NaN.
    """
    from numba import njit

    def compiled(*, keep: bool) -> Function:
        return cast(Function, njit(cache=keep, nogil=True, fastmath=_REGROUPED, error_model="numpy")(function))

    try:
        return compiled(keep=True)
    except RuntimeError:
        # No folder to keep machine code in, as in a container that may not be written to: it is made anew each time.
        return compiled(keep=False)


def side_by_side(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of tasks that leave the interpreter alone, run on as many threads as there are processors to run on.

    What each task computes and the order of the results do not depend on the number of threads.
    """
    from concurrent.futures import ThreadPoolExecutor

    n_threads = min(len(tasks), _processors())
    if n_threads < 2:
        return [task() for task in tasks]
    with ThreadPoolExecutor(n_threads) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


def _processors() -> int:
    """Processors that this process may run on; all there are where the system does not say which (macOS, Windows)."""
    import os

    allowed = getattr(os, "sched_getaffinity", None)
    return (os.cpu_count() or 1) if allowed is None else len(allowed(0))


def single_threaded_algebra() -> AbstractContextManager[object]:
    """While it is open, numpy's linear algebra runs on one thread.

    Small systems solved one after the other are up to twenty times slower when a second thread waits for work on a busy
    machine, and the last digits of a sum would depend on how it was divided.
    """
    limited: AbstractContextManager[object] = _linear_algebra().limit(limits=1, user_api="blas")
    return limited


@cache
def _linear_algebra() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
