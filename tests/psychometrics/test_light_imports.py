"""A page that scores one sitting loads numpy and nothing heavier."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCORING = "from assessment.psychometrics import keying, classical, bands; "
EVERYTHING = (
    "from assessment.psychometrics import keying, classical, bands, validity, weighting, fairness, generalizability, "
    "response_quality, simulation, agreement, irt, adaptive; "
)


def loaded_by(statements: str, then: str = "") -> set[str]:
    code = f"{statements}{then}import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_the_engine_loads_neither_scipy_nor_the_web_nor_the_database():
    assert not loaded_by(EVERYTHING) & {"scipy", "scipy.stats", "flask", "sqlalchemy", "pydantic", "numba", "threadpoolctl"}


def test_scoring_a_sitting_loads_no_scipy():
    scored = "keying.option_value([1], [1, 2]); classical.t_score(1, 0, 1); bands.assign_bands([1, 2], 1); "
    assert not loaded_by(SCORING, scored + "classical.percentile_rank(1, [1, 2]); ") & {"scipy"}


def test_nothing_ever_loads_scipy_stats():
    used = (
        "import numpy as np; x = np.arange(30.0); y = x % 7; "
        "validity.validity_coefficient(x, y).confidence_interval(); validity.expectancy(x, y); "
        "fairness.adverse_impact({'a': 3, 'b': 4}, {'a': 9, 'b': 9}); classical.alpha(np.stack([x, y], 1)); "
        "generalizability.agent_scores(y, [int(v) % 5 for v in x]); "
    )
    assert "scipy.stats" not in loaded_by(EVERYTHING, used)


def test_linear_algebra_runs_on_one_thread_unless_the_machine_says_otherwise():
    code = "import os, assessment.psychometrics; print(os.environ['OPENBLAS_NUM_THREADS'])"

    def threads(**environment: str) -> str:
        kept = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=kept | environment
        )
        return done.stdout.strip()

    assert threads() == "1"
    assert threads(OPENBLAS_NUM_THREADS="2") == "2"
