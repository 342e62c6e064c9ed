"""Every benchmark of the psychometric engine in one run, written to benchmarks/RESULTS.md beside its goal.

    make bench        (or: python -m benchmarks.engine [--quick])

Each benchmark is a command of its own with a stated baseline in the same run; this one calls them, takes the figures that a goal
is set for, and writes down what it found, also where it falls short. `--quick` takes fewer people and rounds to try the harness
and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

RESULTS = Path(__file__).with_name("RESULTS.md")
COMMANDS = {
    "calibration": ["--rounds", "3"],
    "bootstrap": [],
    "dif": [],
    "adaptive": [],
}
QUICK = {
    "calibration": ["--people", "20000", "--rounds", "1", "--largest", "10000"],
    "bootstrap": ["--rounds", "1"],
    "dif": ["--rounds", "1", "--people", "10000"],
    "adaptive": ["--rounds", "1", "--people", "100"],
}

Figures = Mapping[str, Any]


class Goal(NamedTuple):
    """What is measured, what is wanted of it in words, how to read it, when it is reached, and how it is written."""

    what: str
    wanted: str
    value: Callable[[Figures], float]
    reached: Callable[[float], bool]
    written: str


def growth_of(figures: Figures, people: int) -> Figures:
    found: Figures = next(row for row in figures["calibration"]["growth"] if row["people"] == people)
    return found


GOALS = (
    Goal("2PL, 100 000 × 20", "≥ 60 × girth", lambda f: f["calibration"]["2pl"]["times_girth"], lambda v: v >= 60, "{:.0f} ×"),
    Goal("GRM, 100 000 × 20", "≥ 40 × girth", lambda f: f["calibration"]["grm"]["times_girth"], lambda v: v >= 40, "{:.0f} ×"),
    Goal("GPCM, 10 000 × 20", "≥ 100 × girth", lambda f: f["calibration"]["gpcm"]["times_girth"], lambda v: v >= 100, "{:.0f} ×"),
    *(
        Goal(
            f"{model.upper()}: log-likelihood above girth's",
            "≥ 0",
            lambda f, model=model: f["calibration"][model]["above_girth"],
            lambda v: v >= 0,
            "{:.4f}",
        )
        for model in ("2pl", "grm", "gpcm")
    ),
    Goal("NRM, 10 000 × 20, warm", "≤ 0.2 s", lambda f: f["calibration"]["nrm"]["seconds"], lambda v: v <= 0.2, "{:.3f} s"),
    Goal(
        "NRM: log-likelihood below the best of six starts",
        "≤ 0.01",
        lambda f: f["calibration"]["nrm"]["below_the_best_of_six_starts"],
        lambda v: v <= 0.01,
        "{:.6f}",
    ),
    Goal(
        "NRM: log-likelihood above that of the truth",
        "> 0",
        lambda f: f["calibration"]["nrm"]["above_the_truth"],
        lambda v: v > 0,
        "{:.1f}",
    ),
    Goal(
        "GRM, 1 000 000 × 20: peak memory of the process",
        "≤ 400 MB",
        lambda f: growth_of(f, 1_000_000)["peak_megabytes"],
        lambda v: v <= 400,
        "{:.0f} MB",
    ),
    Goal(
        "GRM, 1 000 000 over 100 000 people",
        "≤ 25 ×",
        lambda f: growth_of(f, 1_000_000)["seconds"] / growth_of(f, 100_000)["seconds"],
        lambda v: v <= 25,
        "{:.1f} ×",
    ),
    Goal(
        "EAP and SD of 100 000 × 20, warm",
        "≤ 0.05 s",
        lambda f: f["calibration"]["scores"]["eap_and_sd_seconds"],
        lambda v: v <= 0.05,
        "{:.4f} s",
    ),
    Goal(
        "EAP and SD of one person",
        "≤ 50 µs",
        lambda f: f["calibration"]["scores"]["one_person_microseconds"],
        lambda v: v <= 50,
        "{:.1f} µs",
    ),
    Goal(
        "Next of 200 items, 2PL",
        "≤ 1 000 µs",
        lambda f: f["adaptive"]["2pl"]["next_item"]["microseconds"],
        lambda v: v <= 1_000,
        "{:.0f} µs",
    ),
    Goal(
        "Next of 200 items, GRM",
        "≤ 1 000 µs",
        lambda f: f["adaptive"]["grm"]["next_item"]["microseconds"],
        lambda v: v <= 1_000,
        "{:.0f} µs",
    ),
    Goal(
        "Bootstrap of r, 10 000 resamples, n = 687, beside scipy",
        "≥ 3 × its speed",
        lambda f: f["bootstrap"]["times_faster"]["scipy_pearsonr"],
        lambda v: v >= 3,
        "{:.0f} ×",
    ),
    *(
        Goal(
            f"DIF of 40 items of {scores} scores, 100 000 people, every method, purified",
            "≤ 2 s",
            lambda f, scores=scores: f["dif"][f"items_of_{scores}_scores"]["seconds"],
            lambda v: v <= 2,
            "{:.2f} s",
        )
        for scores in (2, 5)
    ),
    Goal(
        "Import of assessment.psychometrics",
        "< 0.3 s",
        lambda f: f["calibration"]["loading"]["package_seconds"],
        lambda v: v < 0.3,
        "{:.3f} s",
    ),
    Goal(
        "Import of every module of the engine (numpy included)",
        "< 0.3 s",
        lambda f: f["calibration"]["loading"]["every_module_seconds"],
        lambda v: v < 0.3,
        "{:.3f} s",
    ),
    Goal(
        "Compiler loaded by an import",
        "0 (no)",
        lambda f: float(f["calibration"]["loading"]["loads_the_compiler"]),
        lambda v: v == 0,
        "{:.0f}",
    ),
)


def machine() -> str:
    information = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.split(":", 1)[1].strip() for line in information.splitlines() if line.startswith("model name")), platform.machine()
    )
    cores = information.count("\nprocessor") + information.startswith("processor")
    load = Path("/proc/loadavg").read_text().split()[0]
    return f"{model}, {cores} cores, Python {platform.python_version()}, load {load} at the start, {datetime.now(UTC):%Y-%m-%d}"


def table(head: str, rows: list[list[str]]) -> list[str]:
    """A Markdown table; `head` holds its column names."""
    names = head.split(" | ")
    return ["", *("| " + " | ".join(cells) + " |" for cells in [names, ["---"] * len(names), *rows])]


def goals(figures: Figures) -> list[str]:
    rows = []
    for goal in GOALS:
        value = goal.value(figures)
        rows.append([goal.what, goal.wanted, goal.written.format(value), "reached" if goal.reached(value) else "**missed**"])
    return table("what | goal | found | ", rows)


def calibrations(c: Figures) -> list[str]:
    rows = []
    for model in ("2pl", "grm", "gpcm", "nrm"):
        row = c[model]
        peer, first = (f"{row[name]:.2f}" if name in row else "–" for name in ("girth_seconds", "first_call_seconds"))
        rows.append([model, f"{row['people']:,}", f"{row['seconds']:.3f}", peer, str(row["iterations"]), first])
    return table("model | people × 20 | seconds | girth, seconds | passes over everybody | first call of a process, seconds", rows)


def growth(rows: list[Figures]) -> list[str]:
    return table(
        "people | seconds | microseconds a person | passes | peak memory, MB | of it responses, MB",
        [
            [
                f"{row['people']:,}",
                f"{row['seconds']:.4f}",
                f"{1e6 * row['seconds'] / row['people']:.2f}",
                str(row["iterations"]),
                f"{row['peak_megabytes']:.0f}",
                f"{row['responses_megabytes']:.1f}",
            ]
            for row in rows
        ],
    )


def baselines(figures: Figures) -> list[str]:
    s, b, d, a = figures["calibration"]["scores"], figures["bootstrap"], figures["dif"], figures["adaptive"]
    rows = [
        [
            f"EAP and SD, {s['people']:,} people",
            f"{s['eap_and_sd_seconds']:.4f} s",
            f"numpy, item by item: {s['numpy_seconds']:.3f} s",
            f"{s['times_numpy']:.0f}",
        ]
    ]
    for name, words in (("scipy_pearsonr", "with its pearsonr"), ("scipy_bare_formula", "with a bare formula")):
        rows.append(
            [
                f"BCa interval of r, {b['resamples']:,} resamples",
                f"{b['seconds']['ours']:.4f} s",
                f"scipy.stats.bootstrap {words}: {b['seconds'][name]:.2f} s",
                f"{b['times_faster'][name]:.0f}",
            ]
        )
    for scores in (2, 5):
        row = d[f"items_of_{scores}_scores"]
        one = d["items"] * row["one_item_by_plain_logistic_regression_seconds"]
        rows.append(
            [
                f"DIF, {d['items']} items of {scores} scores",
                f"{row['seconds']:.3f} s",
                f"plain logistic regressions of the {d['items']} items: {one:.2f} s",
                f"{row['ratio']:.0f}",
            ]
        )
    for model in ("2pl", "grm"):
        item, sittings = a[model]["next_item"], a[model]["sittings"]
        rows += [
            [
                f"next of {a['items']} items, {model}",
                f"{item['microseconds']:.0f} µs",
                f"numpy: {item['plain_microseconds']:.0f} µs",
                f"{item['ratio']:.1f}",
            ],
            [
                f"{a['people']:,} adaptive sittings of {a['length']} items, {model}",
                f"{sittings['milliseconds']:.0f} ms",
                f"one after the other: {sittings['plain_milliseconds']:.0f} ms",
                f"{sittings['ratio']:.0f}",
            ],
        ]
    return table("what | ours | baseline | baseline / ours", rows)


def report(where: str, figures: Figures) -> str:
    lines = [
        "# Results",
        "",
        "Written by `make bench`. Wall-clock medians; peers and baselines take turns with ours in the same run, on the same data.",
        f"Machine: {where}. Data are simulated.",
        *goals(figures),
        "",
        "## Calibration beside girth 0.8.0",
        "",
        "`python -m benchmarks.calibration`. Times are warm: the machine code is compiled once a machine and kept on disk.",
        *calibrations(figures["calibration"]),
        "",
        "## How the cost of the graded model grows",
        "",
        "20 items of five categories, a process for each size.",
        *growth(figures["calibration"]["growth"]),
        "",
        "## The rest, beside its baseline",
        "",
        "`python -m benchmarks.bootstrap`, `python -m benchmarks.dif`, `python -m benchmarks.adaptive`.",
        *baselines(figures),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    where = machine()
    figures = {}
    for name, options in (QUICK if asked.quick else COMMANDS).items():
        print(f"{name} …", file=sys.stderr)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], stdout=subprocess.PIPE, text=True, check=True)
        figures[name] = json.loads(done.stdout)
    if asked.quick:
        print(json.dumps(figures, indent=1))
        return
    RESULTS.write_text(report(where, figures))
    print(RESULTS.read_text())
    if not all(goal.reached(goal.value(figures)) for goal in GOALS):
        sys.exit("some goals were missed")


if __name__ == "__main__":
    main()
