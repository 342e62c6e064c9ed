"""How fast QA files are read and agents are modelled, each beside a plain baseline in the same run.

    python -m benchmarks.observing [--lines 200000] [--rounds 3]

Reading checks every cell of a long QA file; its baseline is `csv.DictReader` alone. Modelling is the mixed model with
rater severity and a covariate for 5 000 evaluations of 400 agents by 10 raters; its baseline is the mean of each agent.
Prints JSON: CPU seconds (medians over the rounds) and ratios.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from assessment.integrations.qa_csv import read_evaluations
from assessment.psychometrics.generalizability import agent_scores

HEAD = (
    "employee_id,evaluation_id,evaluator_id,interaction_id,evaluated_at,channel,contact_type,form,form_version,"
    "section,question,construct,score,max_score,weight,not_applicable,critical,auto_fail,source,kind"
)
QUESTIONS = 10


def qa_file(lines: int) -> bytes:
    rows = [HEAD]
    for evaluation in range(lines // QUESTIONS):
        head = (
            f"E{evaluation % 300},V{evaluation},R{evaluation % 12},C{evaluation},2026-03-14T10:00:00Z,phone,billing,Care,3,Empathy"
        )
        rows += [f"{head},Q{n},empathy-cognitive,{evaluation * n % 5},4,10,0,0,0,genesys,human" for n in range(QUESTIONS)]
    return "\n".join(rows).encode()


def cpu_seconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    data, now = qa_file(asked.lines), datetime(2026, 11, 1, tzinfo=UTC)
    reading = cpu_seconds(lambda: read_evaluations(data, now=now), asked.rounds)
    plain = cpu_seconds(lambda: list(csv.DictReader(io.StringIO(data.decode()))), asked.rounds)

    rng = np.random.default_rng(4)
    agent, rater = rng.integers(0, 400, 5_000), rng.integers(0, 10, 5_000)
    months = rng.uniform(0, 12, 5_000)
    scores = 80 + rng.normal(0, 5, 400)[agent] + rng.normal(0, 3, 10)[rater] + months / 2 + rng.normal(0, 10, 5_000)
    modelling = cpu_seconds(lambda: agent_scores(scores, agent.tolist(), rater.tolist(), months[:, None]), asked.rounds)
    means = cpu_seconds(lambda: [scores[agent == a].mean() for a in range(400) if (agent == a).any()], asked.rounds)
    figures = {
        "read_qa_file": {"lines": asked.lines, "seconds": reading, "csv_alone_seconds": plain, "ratio": reading / plain},
        "model_agents": {"evaluations": 5_000, "seconds": modelling, "means_alone_seconds": means, "ratio": modelling / means},
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
