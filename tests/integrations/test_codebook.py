"""The codebook: what it can say, what it may not, and how it meets a file's columns."""

from __future__ import annotations

import time

import pytest

from assessment.errors import BadInput
from assessment.integrations.codebook import Codebook, read_codebook
from assessment.integrations.item_columns import expand, expand_columns, expand_scales, form_content
from assessment.integrations.patterns import Pattern, fill

HEAD = '[form]\ncode = "f1"\ntitle = "A form"\n'
PAIRS = '[[item]]\ncode="S*"\ncolumns=["M*","L*"]\nformat="best_worst"\noptions="1..4"\n'
LIKERT = '[[item]]\ncolumns = "Q*"\nformat = "likert"\noptions = "1..4"\n'


def book(text: str) -> Codebook:
    return read_codebook(HEAD + text)


def faults(text: str, head: str = HEAD) -> list[str]:
    with pytest.raises(BadInput) as refusal:
        read_codebook(head + text)
    return [str(fault) for fault in refusal.value.faults]


def misfits(text: str, header: list[str], before: str = "") -> list[str]:
    with pytest.raises(BadInput) as refusal:
        expand_columns(read_codebook(before + HEAD + text), header)
    return [str(fault) for fault in refusal.value.faults]


@pytest.mark.parametrize(
    ("glob", "name", "taken"),
    [
        ("Q1", "q1", ()),
        ("Q*", "Q12", ("12",)),
        ("PScale*_Q*", "PScale01_Q2", ("01", "2")),
        ("*_*", "a_b_c", ("a", "b_c")),
        ("*", "", ("",)),
        ("Q?", "Q7", ()),
        ("S_[1-8]", "S_8", ()),
        ("S_[!0]", "S_8", ()),
        ("[[]x]", "[x]", ()),
        ("a.b(c)*", "A.B(C)d", ("d",)),
        ("x^*", "x^2", ("2",)),
    ],
)
def test_globs_match_as_in_a_shell_and_tell_what_their_stars_stood_for(glob: str, name: str, taken: tuple[str, ...]) -> None:
    assert Pattern(glob).match(name) == taken


@pytest.mark.parametrize(
    ("glob", "name"), [("Q1", "Q12"), ("Q?", "Q12"), ("S_[1-8]", "S_9"), ("S_[!0]", "S_0"), ("a.c", "abc"), ("*x", "xy")]
)
def test_globs_match_whole_names_only(glob: str, name: str) -> None:
    assert Pattern(glob).match(name) is None


def test_a_glob_made_to_take_for_ever_does_not() -> None:
    begin = time.process_time()
    assert Pattern("*a*a*a*a*b").match("a" * 20_000) is None
    assert time.process_time() - begin < 1
    with pytest.raises(ValueError, match="more than 5 stars"):
        Pattern("*a*a*a*a*a*a*b")


def test_stars_are_filled_in_order() -> None:
    assert fill("PScale*_*", ("01", "2")) == "PScale01_2"
    assert fill("plain", ("01",)) == "plain"


def test_one_table_declares_a_family_with_two_columns_times_and_a_code() -> None:
    items = expand(
        book('[[item]]\ncode="SJ_*"\ncolumns=["M_*","L_*"]\nformat="best_worst"\noptions=["a","b","c"]\ntime_column="T_*"\n'),
        ["id", "L_1", "M_1", "T_1", "M_2", "L_2", "T_2"],
    )
    assert [(item.code, item.columns, item.time_column, item.options) for item in items] == [
        ("SJ_1", ("M_1", "L_1"), "T_1", ("a", "b", "c")),
        ("SJ_2", ("M_2", "L_2"), "T_2", ("a", "b", "c")),
    ]


def test_likert_options_may_be_a_range_numbers_or_words() -> None:
    text = "".join(
        f'[[item]]\ncolumn="{name}"\nformat="likert"\noptions={options}\n'
        for name, options in (("a", '"0..3"'), ("b", "[1, 3, 5]"), ("c", '["never", "often"]'))
    )
    items = expand(book(text), ["id", "a", "b", "c"])
    assert [(item.numbers, item.low, item.high) for item in items] == [((0, 1, 2, 3), 0, 3), ((1, 3, 5), 1, 5), ((1, 2), 1, 2)]


def test_scales_come_from_items_and_from_tables() -> None:
    codebook = book(
        '[[item]]\ncolumns="S*_Q*"\nformat="likert"\noptions="1..4"\nscale="S*"\nreverse=["S1_Q2"]\n[[scale]]\ncode="all"\nitems=["S*"]\n'
    )
    items = expand(codebook, ["id", "S1_Q1", "S1_Q2", "S2_Q1"])
    assert [(scale.code, scale.items, scale.reversed, scale.low, scale.high) for scale in expand_scales(codebook, items)] == [
        ("S1", ("S1_Q1", "S1_Q2"), ("S1_Q2",), 1, 4),
        ("S2", ("S2_Q1",), (), 1, 4),
        ("all", ("S1_Q1", "S1_Q2", "S2_Q1"), ("S1_Q2",), 1, 4),
    ]
    content = form_content(codebook, items)
    assert content["kind"] == "imported"
    assert content["scales"][0] == {"code": "S1", "items": ["S1_Q1", "S1_Q2"], "reversed": ["S1_Q2"], "low": 1, "high": 4}


def test_reverse_true_turns_every_item_of_its_table() -> None:
    assert all(item.reverse for item in expand(book(LIKERT + "reverse = true\n"), ["id", "Q1", "Q2"]))


def test_columns_are_found_whatever_their_letter_case() -> None:
    assert [item.code for item in expand(book(LIKERT), ["ID", "q1", " Q2 "])] == ["q1", "Q2"]


def test_numbers_as_missing_codes_mean_the_cells_that_show_them() -> None:
    assert read_codebook('missing = [-99, "x"]\n' + HEAD + LIKERT).missing == ("-99", "x")


def test_criteria_and_groups_that_a_file_lacks_are_notes_because_applicants_have_none_yet() -> None:
    found = expand_columns(book(LIKERT + '[[criterion]]\ncolumn="Rating"\n[[group]]\ncolumn="Sex"\n'), ["id", "Q1", "Ratings"])
    assert found.criteria == found.groups == ()
    assert "no column 'Rating' for [[criterion]]; near it: 'Ratings'" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LIKERT + "colour = 1\n", "codebook: [[item]] 1.colour: is not a field of this table"),
        (LIKERT + "[extra]\na = 1\n", "codebook: [extra]: is not a field of this table"),
        (LIKERT + '[[items]]\ncolumns="x"\n', "write [[item]]"),
        (LIKERT + '[[criteria]]\ncolumn="x"\n', "write [[criterion]]"),
        ("", "codebook: [item]: is missing"),
        ('[[item]]\nformat="likert"\noptions="1..4"\n', "columns: is missing"),
        ('[[item]]\ncolumns="a"\nformat="rating"\noptions="1..4"\n', "format: is 'rating'; it should be"),
        ('[[item]]\ncolumns="a"\nformat="likert"\n', "options: is missing"),
        ('[[item]]\ncolumns="a"\nformat="likert"\noptions="4..1"\n', "neither a list nor a range"),
        ('[[item]]\ncolumns="a"\nformat="likert"\noptions="1"\n', "neither a list nor a range"),
        ('[[item]]\ncolumns="a"\nformat="likert"\noptions=[1.5, 2]\n', "neither a list of codes nor a range"),
        ('[[item]]\ncolumns="a"\nformat="likert"\noptions=[3, 1]\n', "must rise"),
        ('[[item]]\ncolumns="a"\nformat="likert"\noptions=["Yes", " yes "]\n', "there twice"),
        ('[[item]]\ncolumns="a"\nformat="nominal"\noptions=["3", "3.0"]\n', "there twice"),
        ('[[item]]\ncolumns="a"\nformat="nominal"\noptions=["a"]\n', "2 to 100"),
        ('[[item]]\ncolumns="a"\nformat="nominal"\noptions="1..500"\n', "2 to 100"),
        ('[[item]]\ncolumns="a"\nformat="count"\noptions=[1, 2]\n', "a count takes a range"),
        ('[[item]]\ncolumns="a"\nformat="count"\noptions="-1..5"\n', "a count takes a range"),
        ('[[item]]\ncolumns="a"\nformat="nominal"\noptions="1..4"\nreverse=true\n', "no order to reverse"),
        ('[[item]]\ncolumns=["a","b"]\nformat="likert"\noptions="1..4"\ncode="x"\n', "a likert item has one column"),
        ('[[item]]\ncolumns="a"\nformat="best_worst"\noptions="1..4"\ncode="x"\n', "has two columns, the best first"),
        ('[[item]]\ncolumns=["a","b"]\nformat="best_worst"\noptions="1..4"\n', "code: is missing"),
        ('[[item]]\ncolumns=["a*","b"]\nformat="best_worst"\noptions="1..4"\ncode="x"\n', "as many stars"),
        ('[[item]]\ncolumns="a"\ncode="x*"\nformat="likert"\noptions="1..4"\n', "more stars than columns"),
        ('[[item]]\ncolumns="a"\ncode="not a code"\nformat="likert"\noptions="1..4"\n', "code: must begin with"),
        ('[[item]]\ncolumns="a[z-a]"\nformat="likert"\noptions="1..4"\n', "brackets"),
        ('[[item]]\ncolumns="a*b*c*d*e*f*g"\nformat="likert"\noptions="1..4"\n', "more than 5 stars"),
        ('[[item]]\ncolumns=""\nformat="likert"\noptions="1..4"\n', "is empty"),
        (LIKERT + "a = nan\n", "finite number"),
        (LIKERT + "options = 1\n", "not TOML"),
        ("[[item]\n", "not TOML"),
    ],
)
def test_what_a_codebook_may_not_say_is_named_by_table_and_field(text: str, words: str) -> None:
    assert any(words in fault for fault in faults(text)), faults(text)


def test_every_error_of_a_codebook_is_told_at_once() -> None:
    assert len(faults('[[item]]\nformat="x"\n[[scale]]\n[id]\n', head='[form]\ncode=""\ncolor=1\n')) >= 6


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe\x00", b"\xef\xbb\xbfa=1", b"a\x00", b"\xe9", b"a = " + b"[" * 5_000, b"x" * (2**20 + 1)]
)
def test_bytes_that_are_no_toml_are_refused(data: bytes) -> None:
    with pytest.raises(BadInput):
        read_codebook(data)


@pytest.mark.parametrize(
    ("text", "header", "words"),
    [
        (LIKERT, ["id", "P1"], "no column is called 'Q*'"),
        ('[[item]]\ncolumn="Quality"\nformat="count"\n', ["id", "Qualty"], "near it: 'Qualty'"),
        (LIKERT + '[id]\ncolumn="who"\n', ["id", "Q1"], "'who' fits 0 columns"),
        (LIKERT + '[id]\ncolumn="i*"\n', ["id", "id2", "Q1"], "'i*' fits 2 columns"),
        (LIKERT, ["Q1", "Q2"], "is claimed by [id] (the first column) and by item Q1"),
        (LIKERT + '[[group]]\ncolumn="Q2"\n', ["id", "Q1", "Q2"], "is claimed by [[group]] Q2 and by item Q2"),
        (
            LIKERT + '[[criterion]]\ncolumn="R"\n[[group]]\ncolumn="R"\n',
            ["id", "Q1", "R"],
            "is claimed by [[criterion]] R and by [[group]] R",
        ),
        (
            LIKERT + LIKERT.replace("Q*", "Q1").replace("columns", 'code = "x"\ncolumns'),
            ["id", "Q1"],
            "is claimed by item Q1 and by item x",
        ),
        (LIKERT.replace("columns", 'code = "x"\ncolumns'), ["id", "Q1", "Q2"], "would both be item 'x'; its code needs a star"),
        (LIKERT + 'time_column = "T*"\n', ["id", "Q1"], "no column is called 'T1'"),
        (LIKERT + 'reverse = ["Q7"]\n', ["id", "Q1"], "reverse: no item is called 'Q7'"),
        (LIKERT + '[[scale]]\ncode="s"\nitems=["Z*"]\n', ["id", "Q1"], "no item is called 'Z*'"),
        (PAIRS, ["id", "M1", "M2", "L1"], "there is a column 'M2' and no 'L2'"),
        (PAIRS, ["id", "M1", "L1", "L2"], "there is a column 'L2' and no 'M2'"),
        ('[[item]]\ncolumn="a"\nformat="nominal"\noptions="1..4"\nscale="s"\n', ["id", "a"], "has no order"),
        (
            LIKERT + 'scale="s"\n' + LIKERT.replace("Q*", "R*").replace("1..4", "1..5") + 'scale="s"\n',
            ["id", "Q1", "R1"],
            "same lowest",
        ),
        ('[[item]]\ncolumn="a"\nformat="count"\nreverse=true\nscale="s"\n', ["id", "a"], "needs a highest number"),
        ('[[item]]\ncode="' + "x" * 79 + '*"\ncolumns="a*"\nformat="count"\n', ["id", "a" + "y" * 50], "longer than 100"),
    ],
)
def test_a_codebook_that_does_not_fit_its_file_says_where(text: str, header: list[str], words: str) -> None:
    assert any(words in fault for fault in misfits(text, header)), misfits(text, header)
