"""A plain table: columns by name and glob, numbers strictly, the first column as the id where it can be one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessment.errors import BadInput, Refusal
from assessment.integrations.plain_csv import MOST_OPTIONS, PlainTable, read_plain_table
from assessment.integrations.writing import write_whole

PEOPLE = "id,Q1,Q2,site,note\nP1,1,2.5,north,x\nP2,3,NA,south,\nP3,,4,North,y z\n"


def table(text: str, **options: object) -> PlainTable:
    return read_plain_table(text.encode(), **options)  # type: ignore[arg-type]  # options of one call


def numbers(found: PlainTable, *names: str) -> list[list[float | None]]:
    return [[None if np.isnan(v) else float(v) for v in column] for column in found.numbers(names).values()]


def refusal(text: str, read: str = "numbers", columns: tuple[str, ...] = ("x",)) -> str:
    with pytest.raises(BadInput) as caught:
        getattr(table(text), read)(columns)
    return "\n".join([str(caught.value), *map(str, caught.value.faults)])


def test_globs_choose_columns_in_the_order_of_the_file_and_letter_case_does_not_count() -> None:
    found = table(PEOPLE)
    assert found.matching(["q2", "Q*"]) == ("Q1", "Q2")
    assert found.matching(["*t*"]) == ("site", "note")
    assert found.named("SITE") == "site"
    assert found.spelt(["q1", "q9"]) == {"q1": "Q1"}


def test_a_name_with_the_letters_of_a_glob_is_a_name_first() -> None:
    found = table("Q[1],Q1\n1,2\n")
    assert found.matching(["Q[1]"]) == ("Q[1]",)
    assert found.matching(["Q[12]"]) == ("Q1",)


@pytest.mark.parametrize("glob", ["Z*", "Q3", "*a*b*c*d*e*f*", "Q[", ""])
def test_a_glob_that_matches_nothing_is_refused_with_the_columns_that_there_are(glob: str) -> None:
    with pytest.raises(BadInput, match=r"No column is called|The pattern"):
        table(PEOPLE).matching([glob])


def test_numbers_are_read_with_nothing_as_nan() -> None:
    assert numbers(table(PEOPLE), "Q1", "Q2") == [[1, 3, None], [2.5, None, 4]]
    assert numbers(table("x\n-99\n5\n.\n", missing=("-99", ".")), "x") == [[None, 5, None]]


def test_options_are_texts_without_regard_to_letter_case_and_to_how_a_whole_number_is_written() -> None:
    found = table("a,b\nYes,1\n yes ,1.0\nNA,2\nNo,\n").options(["a", "b"])
    assert found == {"a": ("yes", "yes", None, "no"), "b": ("1", "1", "2", None)}
    assert table(PEOPLE).labels("site") == ("north", "south", "North")


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "inf", "-Infinity", "1e999", "1_000", "high", "\u0661\u0662", "12%", "1,5", "1e13", "-1e-13"]
)
def test_a_cell_of_a_numeric_column_that_is_no_number_refuses_the_file_with_its_line(cell: str) -> None:
    words = refusal(f'x,y\n1,1\n"{cell}",2\n')
    assert "1 cell of the file" in words
    assert "line 3, column x: " in words


def test_many_bad_cells_are_counted_and_the_first_are_shown() -> None:
    words = refusal("x\n" + "word\n" * 500)
    assert words.startswith("500 cells")
    assert words.count("\n") == 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("x,y\n", "no line below"),
        ("x,x\n1,2\n", "both called"),
        ("x,X \n1,2\n", "both called"),
        ("x,y\n1,2\n3\n", "has 1 cells; the header has 2"),
        ("x,y\n1,2,3\n", "has 3 cells; the header has 2"),
        ('x,y\n"1,2\n', "opens a quote"),
        ("x\n1\n\x002\n", "NUL"),
        ('{"x": 1}', "JSON"),
        ("x" * 300 + "\n1\n", "longer than 200"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        table(text)
    assert words in "\n".join([str(caught.value), *map(str, caught.value.faults)])


def test_a_byte_order_mark_semicolons_and_decimal_commas_are_read() -> None:
    found = read_plain_table("\ufeffid;x\nA;1,5\nB;2\n".encode())
    assert found.columns == ("id", "x")
    assert numbers(found, "x") == [[1.5, 2]]
    assert numbers(read_plain_table("id;x\nA;1,5\n".encode("utf-16")), "x") == [[1.5]]
    with pytest.raises(BadInput):
        table("x;y\n1,5;1\n2.5;1\n").numbers(["x"])


@pytest.mark.parametrize(
    ("text", "globs", "wanted"),
    [
        (PEOPLE, (), "id"),
        ("1st,b\n7,1\n8,1\n", (), "1st"),
        ("J1,J2\n9,2\n6,1\n", (), None),  # the first of a family
        ("a,b\n1,1\n1,2\n", (), None),  # two rows with one value
        ("a,b\n0.5,1\n0.25,2\n", (), None),  # measurements
        ("a,b\n,1\nx,2\n", (), None),  # a row without one
        (PEOPLE, ("*",), "id"),
        (PEOPLE, ("i*",), None),
        (PEOPLE, ("ID",), None),
    ],
)
def test_the_first_column_is_the_id_where_it_can_be_one_and_nobody_asks_for_it(
    text: str, globs: tuple[str, ...], wanted: str | None
) -> None:
    assert table(text).id_column(None, globs) == wanted


def test_the_id_can_be_named_and_a_column_in_use_is_none() -> None:
    assert table(PEOPLE).id_column("note") == "note"
    assert table(PEOPLE).id_column(None, taken={"id"}) is None
    assert table(PEOPLE).identifiers(None) == ("1", "2", "3")
    assert table(PEOPLE).identifiers("id") == ("P1", "P2", "P3")
    with pytest.raises(BadInput, match="1 cell"):
        table("id,x\n,1\nB,2\n").identifiers("id")
    with pytest.raises(BadInput, match="1 cell"):
        table("id,x\nA\u202e,1\nB,2\n").identifiers("id")


def test_a_nominal_column_with_very_many_answers_is_refused() -> None:
    text = "x\n" + "".join(f"w{i}\n" for i in range(MOST_OPTIONS + 1))
    assert "has 101 different answers" in refusal(text, "options")


def test_a_file_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    write_whole(target, ["one,", "two\r\n"])
    assert target.read_bytes() == b"one,two\r\n"

    def breaking() -> object:
        yield "half"
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_whole(target, breaking())  # type: ignore[arg-type]  # a generator that stops half-way
    assert target.read_bytes() == b"one,two\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="could not be written: No such file"):
        write_whole(tmp_path / "none" / "out.csv", ["x"])


def test_a_link_stays_a_link_and_a_device_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_whole(tmp_path / "link.csv", ["new"])
    assert (tmp_path / "real.csv").read_text() == "new"
    assert (tmp_path / "link.csv").is_symlink()
    write_whole(Path("/dev/null"), ["gone"])
    assert not Path("/dev/null").is_file()
