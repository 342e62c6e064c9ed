"""Make service_hires_simulated.csv again, byte for byte: `python examples/tables/simulate.py`.

400 invented people: six statements from 1 to 5 (q3 and q6 worded against the others), four calls answered with one of
four options, a typing speed, a rating by the supervisor a year later. Listening, which nobody sees, moves the statements,
some of the options and the rating. One answer in fifty is missing, one rating in twenty.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

N = 400
REVERSED = ("q3", "q6")
GOOD_OPTIONS = {"call_1": "b", "call_2": "d", "call_3": "a", "call_4": "c"}


def simulate(file: Path) -> None:
    """Write the table to `file`."""
    rng = np.random.default_rng(20261124)
    listening = rng.normal(size=N)
    columns: dict[str, list[str]] = {"person": [f"P{i:03d}" for i in range(1, N + 1)]}
    columns["region"] = rng.choice(["north", "south"], N, p=[0.6, 0.4]).tolist()
    for i in range(1, 7):
        sign = -1.0 if f"q{i}" in REVERSED else 1.0
        answer = np.clip(np.round(3 + sign * 0.7 * listening + rng.normal(0, 0.8, N)), 1, 5).astype(int)
        columns[f"q{i}"] = _some_missing(rng, answer.astype(str).tolist(), 0.02)
    for name, good in GOOD_OPTIONS.items():
        others = [option for option in "abcd" if option != good]
        chosen = np.where(rng.random(N) < 1 / (1 + np.exp(-listening)), good, rng.choice(others, N))
        columns[name] = _some_missing(rng, chosen.tolist(), 0.02)
    columns["typing"] = [f"{speed:.1f}" for speed in rng.normal(45, 9, N)]
    rating = np.clip(np.round(2 * (3.4 + 0.35 * listening + rng.normal(0, 0.8, N))) / 2, 1, 5)
    columns["rating"] = _some_missing(rng, [f"{value:g}" for value in rating], 0.05)
    columns["invited"] = (listening + rng.normal(size=N) > 0).astype(int).astype(str).tolist()
    with file.open("w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _some_missing(rng: np.random.Generator, cells: list[str], share: float) -> list[str]:
    return ["" if gone else cell for cell, gone in zip(cells, rng.random(len(cells)) < share, strict=True)]


if __name__ == "__main__":
    simulate(Path(__file__).with_name("service_hires_simulated.csv"))
