"""CSV that goes out: safe to open, whole when read again, under a name that is safe to save."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from assessment.integrations.delimited import read_table
from assessment.integrations.exports import safe_file_name, spreadsheet_safe, write_csv


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://x")',
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tplain",
        " =1",
        "\u00a0=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff20SUM",
        "\u22121",
        "-cmd|' /C calc'!A0",
        "+49 30 1234",
    ],
)
def test_what_a_spreadsheet_could_run_gets_an_apostrophe(cell: str) -> None:
    assert spreadsheet_safe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "plain", "-1.5", "+3", "1=1", "a@b.c", "-1e-5", "'=1", "(=1)", "#1"])
def test_harmless_cells_stay_as_they_are(cell: str) -> None:
    assert spreadsheet_safe(cell) == cell


def test_values_are_written_in_one_way_each() -> None:
    row = (
        None,
        float("nan"),
        True,
        False,
        -1.5,
        7,
        date(2026, 3, 14),
        datetime(2026, 3, 14, tzinfo=UTC),
        'a "b"\nc',
        "=x",
        "n\x00ul",
    )
    text = "".join(write_csv([str(n) for n in range(len(row))], [row]))
    assert next(csv.reader(io.StringIO(text.split("\r\n", 1)[1], newline=""))) == [
        "", "", "1", "0", "-1.5", "7", "2026-03-14", "2026-03-14T00:00:00+00:00", 'a "b"\nc', "'=x", "nul",
    ]  # fmt: skip


def test_a_row_may_be_a_mapping_and_a_header_is_made_safe_too() -> None:
    assert "".join(write_csv(["a", "=b"], [{"a": 1}, {"=b": 2}])) == "a,'=b\r\n1,\r\n,2\r\n"


@pytest.mark.parametrize("row", [(1,), (1, 2, 3), {"c": 1}])
def test_a_row_that_does_not_fit_is_an_error(row: object) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        list(write_csv(["a", "b"], [row]))  # type: ignore[list-item]  # what a caller could get wrong


def test_a_large_export_comes_in_pieces_and_reads_back_whole() -> None:
    rows = [(f"P{n}", n / 7, "some words, with a comma") for n in range(5_000)]
    pieces = list(write_csv(("id", "score", "note"), rows, byte_order_mark=True))
    assert len(pieces) > 3
    table = read_table("".join(pieces).encode(), required=("id", "score", "note"), known=None)
    assert [(row.cells["id"], float(row.cells["score"]), row.cells["note"]) for row in table.rows] == rows


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("scores.csv", "scores.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system.ini", "system.ini"),
        ("CON", "file-CON"),
        ("con.csv", "file-con.csv"),
        ("LPT1.txt", "file-LPT1.txt"),
        ("", "file"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("a\r\nSet-Cookie: x.csv", "a-Set-Cookie-x.csv"),
        ('say "hi".csv', "say-hi.csv"),
        ("Résumé ünïcode.csv", "Resume-unicode.csv"),
        ("\u202egpj.exe", "gpj.exe"),
        ("給与.csv", "file.csv"),
        ("a..b...csv", "a.b.csv"),
    ],
)
def test_file_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


def test_a_long_file_name_keeps_its_ending() -> None:
    safe = safe_file_name("x" * 300 + ".csv")
    assert len(safe) <= 100
    assert safe.endswith(".csv")
