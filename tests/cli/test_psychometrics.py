"""`flask psychometrics …`: the contract of each command, exit statuses, hostile files; no database is ever opened."""

from __future__ import annotations

import csv
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from flask import Flask

from assessment.app import create_app
from assessment.config import Settings
from tests.conftest import ROOT, SECRET

TABLES = ROOT / "examples" / "tables"
HIRES = TABLES / "service_hires_simulated.csv"
QUICK = ("--folds", "5", "--repeats", "1")
WEIGH = ("weigh", str(HIRES), "--criterion", "rating", "--predictors", "q*", "typing", "--nominal", "call_*")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("app")
    settings = Settings(
        database_url=f"sqlite:///{folder / 'never.sqlite3'}",
        secret=SECRET,
        var=folder,
        https=False,
        trusted_hosts=(),
        proxy_hops=0,
        questions=ROOT / "questions",
        worker_name="test",
    )
    app = create_app(settings)
    yield app
    assert not (folder / "never.sqlite3").exists()


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["psychometrics", *words])


def report(app: Flask, *words: str) -> dict[str, Any]:
    result = run(app, *words, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def write(folder: Path, text: str, name: str = "table.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def people(n: int = 80, header: str = "id,x,y", seed: int = 3) -> list[str]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return [header, *(f"P{i},{a:.3f},{a + e:.3f}" for i, (a, e) in enumerate(zip(x, rng.normal(size=n), strict=True)))]


def scores_in(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_weigh_prints_the_contract_and_writes_a_key(app: Flask, tmp_path: Path) -> None:
    found = report(app, *WEIGH, "--group", "region", "--out", str(tmp_path / "key.json"), *QUICK)
    assert {"n", "criterion", "strategies", "recommended", "gate", "impact"} <= set(found)
    assert all({"name", "r", "interval", "r_in_sample", "n_weights"} <= set(row) for row in found["strategies"])
    assert found["recommended"] in [row["name"] for row in found["strategies"]]
    assert {"passed", "reasons"} <= set(found["gate"])
    assert set(found["impact"]["groups"]) == {"north", "south"}
    assert found["predictors"] == {"numbers": 7, "nominal": 4, "left_out": []}
    assert json.loads((tmp_path / "key.json").read_text())["evidence"]["n"] == found["n"] == 378


def test_several_globs_after_one_option_are_as_good_as_the_option_repeated(app: Flask) -> None:
    apart = ("weigh", str(HIRES), "--criterion", "rating", "--predictors", "q*", "--predictors", "typing", "--nominal", "call_*")
    before = ("weigh", "--criterion", "rating", "--predictors", "q*", "--predictors", "typing", "--nominal", "call_*", str(HIRES))
    assert report(app, *WEIGH, *QUICK) == report(app, *apart, *QUICK) == report(app, *before, *QUICK)


def test_criterion_group_and_id_are_no_predictors_whatever_a_glob_says(app: Flask, tmp_path: Path) -> None:
    lines = [line + f",{i % 2}" for i, line in enumerate(people(header="id,x,y"))]
    lines[0] = "7,x,y,g"
    text = "\n".join(re.sub("^P", "", line) for line in lines)
    key = tmp_path / "key.json"
    report(app, "weigh", write(tmp_path, text), "--criterion", "Y", "--predictors", "*", "--group", "g", "--out", str(key), *QUICK)
    assert list(json.loads(key.read_text())["number"]) == ["x"]


def test_score_writes_a_row_a_person_in_the_order_of_the_file(app: Flask, tmp_path: Path) -> None:
    key, out = tmp_path / "key.json", tmp_path / "scores.csv"
    report(app, *WEIGH, "--out", str(key), *QUICK)
    result = run(app, "score", str(HIRES), "--key", str(key), "--out", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text().splitlines()[0] == "id,composite,standard_error,n_answered,key"
    rows = scores_in(out)
    assert [row["id"] for row in rows] == [row["person"] for row in scores_in(HIRES)]
    assert {row["key"].count("/") for row in rows} == {2}
    assert max(int(row["n_answered"]) for row in rows) == 11
    assert all(float(row["standard_error"]) > 0 for row in rows)
    ratings = [(float(row["composite"]), float(r["rating"])) for row, r in zip(rows, scores_in(HIRES), strict=True) if r["rating"]]
    assert np.corrcoef(np.array(ratings).T)[0, 1] > 0.3


def test_scores_depend_on_neither_the_order_of_columns_nor_on_other_columns_and_people(app: Flask, tmp_path: Path) -> None:
    key, out = tmp_path / "key.json", tmp_path / "scores.csv"
    report(app, *WEIGH, "--out", str(key), *QUICK)
    run(app, "score", str(HIRES), "--key", str(key), "--out", str(out))
    before = {row["id"]: row for row in scores_in(out)}
    with HIRES.open(newline="") as file:
        table = list(csv.DictReader(file))
    names = ["person", *sorted(set(table[0]) - {"person", "rating", "invited", "region"}, reverse=True)]
    some = table[57:20:-7]
    text = "\n".join(
        [",".join([name.upper() for name in names] + ["new"]), *(",".join([r[n] for n in names] + ["?"]) for r in some)]
    )
    result = run(app, "score", write(tmp_path, text), "--key", str(key), "--out", str(out))
    assert result.exit_code == 0, result.stderr
    assert scores_in(out) == [before[row["person"]] for row in some]


def test_a_file_that_lacks_columns_of_the_key_is_refused_with_their_names_and_nothing_is_written(
    app: Flask, tmp_path: Path
) -> None:
    key, out = tmp_path / "key.json", tmp_path / "scores.csv"
    report(app, *WEIGH, "--out", str(key), *QUICK)
    out.write_text("kept")
    result = run(app, "score", write(tmp_path, "id,q1\nA,1\n"), "--key", str(key), "--out", str(out))
    assert result.exit_code == 1
    assert "lacks 10 columns of the 11" in result.stderr
    assert "'call_4'" in result.stderr
    assert out.read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["key.json", "scores.csv", "table.csv"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[]", "is not a JSON object"),
        ('{"key": {}}', "[key] id: is missing"),
        ('{"number": {"x": {"mean": NaN}}}', "holds NaN"),
    ],
)
@pytest.mark.parametrize("command", ["score", "weigh"])
def test_a_key_that_is_none_is_refused(app: Flask, tmp_path: Path, command: str, text: str, words: str) -> None:
    table, key = write(tmp_path, "\n".join(people())), write(tmp_path, text, "key.json")
    last = ("--key", key, "--out", str(tmp_path / "s.csv")) if command == "score" else ("--prior", key)
    more = () if command == "score" else ("--criterion", "y", "--predictors", "x")
    result = run(app, command, table, *more, *last)
    assert result.exit_code == 1
    assert words in result.stderr
    assert not (tmp_path / "s.csv").exists()


def test_an_authored_key_of_the_bank_is_refused_in_words(app: Flask, tmp_path: Path) -> None:
    key = next((ROOT / "questions" / "keys").glob("*.toml"))
    table = write(tmp_path, "\n".join(people()))
    result = run(app, "score", table, "--key", str(key), "--out", str(tmp_path / "s.csv"))
    assert result.exit_code == 1
    assert "for items of the bank" in result.stderr


def halves(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that weigh the first and the second half of the simulated hires."""
    header, *lines = HIRES.read_text().splitlines()
    files = [write(folder, "\n".join([header, *part]), f"{i}.csv") for i, part in enumerate((lines[:200], lines[200:]))]
    return tuple((WEIGH[0], file, *WEIGH[2:], *QUICK) for file in files)  # type: ignore[return-value]  # two of them


def test_a_key_is_the_next_version_of_the_prior_it_leans_on(app: Flask, tmp_path: Path) -> None:
    key, (first, second) = tmp_path / "1.json", halves(tmp_path)
    report(app, *first, "--out", str(key))
    found = report(app, *second, "--prior", str(key), "--out", str(tmp_path / "2.json"))
    assert found["strategies"][0]["name"] == "prior key"
    assert json.loads((tmp_path / "2.json").read_text())["key"]["version"] == 2


def test_a_prior_is_not_judged_on_the_people_it_was_learnt_from(app: Flask, tmp_path: Path) -> None:
    key, (first, second) = tmp_path / "1.json", halves(tmp_path)
    report(app, *first, "--out", str(key))
    for words, share in (((*WEIGH, *QUICK), "100%"), (first, "100%")):
        found = report(app, *words, "--prior", str(key))
        assert [row["name"] for row in found["strategies"]] == ["unit", "ridge", "ridge with curves"]
        assert not found["gate"]["passed"]
        assert "cannot be told from people whom it was learnt from" in found["gate"]["reasons"][0]
        assert any(f"learnt from people who are here ({share} of them)" in caveat for caveat in found["caveats"])
    out = str(tmp_path / "scores.csv")
    assert (
        "100% of the people the key was learnt from are here" in run(app, "score", first[1], "--key", str(key), "--out", out).stderr
    )
    assert "learnt from are here" not in run(app, "score", second[1], "--key", str(key), "--out", out).stderr


BAD_TABLES = {
    "empty": ("", "is empty"),
    "header alone": ("id,x,y\n", "no line below"),
    "one row": ("id,x,y\nA,1,2\n", "known for 1 people"),
    "no such column": ("id,x,z\nA,1,2\n", "No column is called or matches 'y'"),
    "constant criterion": (
        "\n".join(re.sub(",[^,]*$", ",3", line) for line in people()).replace("x,3", "x,y"),
        "is 3 for everybody",
    ),
    "constant predictor": (
        "\n".join(re.sub(",[^,]*,", ",1,", line) for line in people()).replace(",1,y", ",x,y"),
        "No predictor varies",
    ),
    "predictor all missing": (
        "\n".join(re.sub(",[^,]*,", ",,", line) for line in people()).replace(",,y", ",x,y"),
        "No predictor varies",
    ),
    "text in a number": ("\n".join([*people(), "Z,tall,3"]), "line 82, column x: 'tall' is not a number"),
    "NaN": ("\n".join([*people(), "Z,NaN,3"]), "line 82, column x"),
    "infinity": ("\n".join([*people(), "Z,1,inf"]), "line 82, column y"),
    "column twice": ("id,x,x,y\nA,1,2,3\n", "both called"),
    "ragged": ("\n".join([*people(), "Z,1"]), "line 82: has 2 cells"),
    "decimal comma": ("\n".join([*people(), 'Z,"1,5",3']), "decimal comma"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_table_that_allows_nothing_is_refused_with_status_1(app: Flask, tmp_path: Path, case: str) -> None:
    text, words = BAD_TABLES[case]
    out = tmp_path / "key.json"
    result = run(app, "weigh", write(tmp_path, text), "--criterion", "y", "--predictors", "x", "--out", str(out), *QUICK, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert not out.exists()


def test_a_file_of_a_spreadsheet_is_read(app: Flask, tmp_path: Path) -> None:
    """A byte order mark, semicolons, decimal commas, CRLF."""
    text = "\ufeff" + "\r\n".join(line.replace(",", ";").replace(".", ",") for line in people())
    plain = report(app, "weigh", write(tmp_path, "\n".join(people())), "--criterion", "y", "--predictors", "x", *QUICK)
    assert report(app, "weigh", write(tmp_path, text), "--criterion", "y", "--predictors", "x", *QUICK) == plain


@pytest.mark.parametrize(
    "words",
    [
        ("weigh", str(HIRES), "--criterion", "rating"),
        ("weigh", str(HIRES), "--predictors", "q*"),
        ("weigh", "none.csv", "--criterion", "rating", "--predictors", "q*"),
        ("weigh", str(HIRES), "--criterion", "rating", "--predictors", "q*", "--folds", "1"),
        ("weigh", str(HIRES), "--criterion", "rating", "--predictors", "q*", "--prior", "none.json"),
        ("score", str(HIRES), "--key", "none.json", "--out", "s.csv"),
        ("score", str(HIRES), "--out", "s.csv"),
        ("calibrate", str(HIRES), "--model", "4pl"),
        ("calibrate", str(HIRES)),
        ("impact", str(HIRES), "--group", "region"),
        ("impact", str(HIRES), "--group", "region", "--score", "q1", "--selected", "invited"),
        ("impact", str(HIRES), "--group", "region", "--selected", "invited", "--top", ".5"),
        ("impact", str(HIRES), "--group", "region", "--score", "q1", "--top", "1.5"),
        ("validity", str(HIRES), "--score", "q1"),
        ("validity", str(HIRES), "--score", "q1", "--criterion", "rating", "--case", "VI"),
        ("agreement", str(TABLES)),
        ("items", str(HIRES), "--nonsense"),
    ],
)
def test_wrong_use_is_status_2(app: Flask, words: tuple[str, ...]) -> None:
    result = run(app, *words)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        ("items", str(HIRES), "--columns", "zzz*"),
        ("items", str(HIRES), "--columns", "call_*"),
        ("items", str(HIRES), "--columns", "q1", "q2"),
        ("calibrate", str(HIRES), "--model", "grm", "--columns", "typing"),
        ("calibrate", str(HIRES), "--model", "2pl", "--columns", "q*"),
        ("validity", str(HIRES), "--score", "q1", "--criterion", "quality"),
        ("validity", str(HIRES), "--score", "q1", "--criterion", "rating", "--u", "0.7"),
        ("impact", str(HIRES), "--group", "region", "--selected", "q1"),
        ("impact", str(HIRES), "--group", "person", "--selected", "region"),
        ("agreement", str(HIRES), "--columns", "q1"),
        ("agreement", str(HIRES), "--columns", "call_*"),
        ("score", str(HIRES), "--key", str(HIRES), "--out", "never.csv"),
    ],
)
def test_data_that_do_not_allow_it_are_status_1_with_a_reason(app: Flask, words: tuple[str, ...]) -> None:
    result = run(app, *words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr) > 20


def test_calibrate_prints_the_contract_with_the_published_parameters_of_lsat_6(app: Flask) -> None:
    """Bock & Aitkin (1981) and R ltm 1.2: difficulties −3.36, −1.37, −0.28, −1.87, −3.12; log-likelihood −2466.65."""
    found = report(app, "calibrate", str(TABLES / "lsat6.csv"), "--model", "2pl", "--standard-errors")
    assert {"model", "n_people", "log_likelihood", "aic", "bic", "converged", "n_iterations", "items"} <= set(found)
    assert (found["n_people"], found["converged"]) == (1000, True)
    assert found["log_likelihood"] == pytest.approx(-2466.653, abs=0.005)
    assert [item["difficulties"][0] for item in found["items"]] == pytest.approx([-3.36, -1.37, -0.28, -1.87, -3.12], abs=0.01)
    assert all({"item", "slope", "intercepts", "difficulties", "standard_errors"} <= set(item) for item in found["items"])


def test_items_that_count_from_one_are_calibrated_as_they_are(app: Flask) -> None:
    result = run(app, "calibrate", str(HIRES), "--model", "grm", "--columns", "q*", "--json")
    found = json.loads(result.stdout)
    assert "1, 2, 3, 4, 5 are counted as 0, 1, 2, 3, 4 in q1, q2, q3, q4, q5, q6." in result.stderr
    assert [len(item["intercepts"]) for item in found["items"]] == [4] * 6
    assert found["items"][0]["categories"] == [1, 2, 3, 4, 5]
    nominal = report(app, "calibrate", str(HIRES), "--model", "nrm", "--columns", "q1", "q2", "q4")
    assert [len(item["slope"]) for item in nominal["items"]] == [5, 5, 5]


def test_every_command_prints_text_for_people(app: Flask) -> None:
    for words, wanted in (
        (("agreement", str(TABLES / "shrout_fleiss_1979.csv")), "2,1\n    estimate                 0.2898"),
        (("items", str(HIRES), "--columns", "q*", "--reverse", "q3", "q6"), "item_rest_correlation"),
        (("validity", str(HIRES), "--score", "q1", "--criterion", "rating"), "pearson\n  estimate"),
        (("impact", str(HIRES), "--group", "region", "--selected", "invited"), "below_four_fifths        no"),
        ((*WEIGH, *QUICK), "ridge with curves"),
    ):
        result = run(app, *words)
        assert result.exit_code == 0, result.stderr
        assert wanted in result.stdout


def documented() -> list[str]:
    text = (ROOT / "docs" / "psychometrics.md").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.startswith("    flask --app wsgi psychometrics ")]


def test_every_command_has_an_example_in_the_documentation() -> None:
    commands = {line.split()[4] for line in documented()}
    assert commands == {"items", "calibrate", "score", "weigh", "validity", "impact", "agreement"}


def test_the_examples_of_the_documentation_run(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for line in documented():
        words = shlex.split(line)[4:]
        result = run(app, *words, *([] if "retail" not in line else QUICK))
        assert result.exit_code == 0, f"{line}\n{result.stderr}"


def test_the_simulated_table_is_made_by_its_program(tmp_path: Path) -> None:
    program: dict[str, Any] = {"__name__": "simulate"}
    exec((TABLES / "simulate.py").read_text(encoding="utf-8"), program)
    program["simulate"](tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == HIRES.read_bytes()
