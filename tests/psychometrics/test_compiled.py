"""Loops as machine code, and work on several threads."""

import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from assessment.psychometrics.compiled import kernel, side_by_side

SCRIPT = """
import numpy as np
from assessment.psychometrics.compiled import kernel

@kernel
def doubled(x: float) -> float:
    return 2.0 * x

print(doubled(21.0))
"""


def test_results_come_in_the_order_of_the_tasks():
    assert side_by_side([partial(pow, base, 2) for base in range(50)]) == [base**2 for base in range(50)]
    assert side_by_side([]) == []


def test_what_goes_wrong_in_a_task_is_raised_where_it_was_asked_for():
    finished = []
    tasks = [partial(int, "one"), *(partial(finished.append, i) for i in range(20))]
    with pytest.raises(ValueError, match="invalid literal"):
        side_by_side(tasks)
    assert sorted(finished) == list(range(20)), "the others were left to finish, and wrote to their own results alone"


def test_work_is_shared_out_where_the_system_does_not_tell_its_processors(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    names = set(side_by_side([lambda: threading.current_thread().name] * 30))
    assert threading.main_thread().name not in names
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert side_by_side([lambda: threading.current_thread().name] * 2) == [threading.current_thread().name] * 2


def test_code_that_has_no_file_to_lie_beside_is_compiled_anew():
    """As `python -c` has none: nothing can be kept, and nothing has to be."""
    namespace: dict[str, object] = {}
    exec(compile("def doubled(x):\n    return 2.0 * x\n", "<nowhere>", "exec"), namespace)
    assert kernel(namespace["doubled"])(21.0) == 42.0


def test_two_processes_may_compile_into_one_empty_folder_at_once(tmp_path):
    script = tmp_path / "kernels_of_two.py"
    script.write_text(SCRIPT)
    (tmp_path / "kept").mkdir()
    where = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(Path.cwd())}
    both = [subprocess.Popen([sys.executable, script], env=where, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=120)[0] for process in both] == ["42.0\n", "42.0\n"]
    assert any((tmp_path / "kept").rglob("*.nbi"))
