"""Tables out of delimited text: what is read, what is refused alone, what refuses the file."""

from __future__ import annotations

import gzip
import io
import time
import unicodedata
import zipfile

import pytest

from assessment.errors import BadInput
from assessment.integrations.delimited import Limits, Table, read_table

GOOD = "id,score,note\n1,2.5,fine\n2,3,also fine\n"


def read(text: str | bytes, **options: object) -> Table:
    data = text.encode() if isinstance(text, str) else text
    return read_table(data, **{"required": ("id", "score"), "known": ("id", "score", "note"), **options})  # type: ignore[arg-type]  # options of one call


def cells(table: Table) -> list[tuple[int, list[str]]]:
    return [(row.line, list(row.cells.values())) for row in table.rows]


FINE = [(2, ["1", "2.5", "fine"]), (3, ["2", "3", "also fine"])]


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "id,score\n1,2\n")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "note"),
    [
        pytest.param(GOOD.encode(), None, id="as it should be"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), None, id="UTF-8 with a byte order mark"),
        pytest.param(GOOD.encode("utf-16"), "UTF-16", id="UTF-16 little endian with a mark"),
        pytest.param(b"\xfe\xff" + GOOD.encode("utf-16-be"), "UTF-16", id="UTF-16 big endian with a mark"),
        pytest.param(GOOD.replace("\n", "\r\n").encode(), None, id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r").encode(), "carriage return", id="CR alone"),
        pytest.param(GOOD.replace("\n", "\r\n", 1).encode(), "mixed", id="mixed line ends"),
        pytest.param(GOOD.replace(",", ";").encode(), "semicolon", id="semicolons"),
        pytest.param(GOOD.replace(",", "\t").encode(), "tab", id="tabs"),
        pytest.param(GOOD.replace(",", "|").encode(), "bar", id="bars"),
        pytest.param(
            GOOD.replace("id,score", ' ID ,"Score"').encode(), None, id="header in other letter case, quoted, with spaces"
        ),
        pytest.param(GOOD.replace("id,", "i\u200bd\ufeff,").encode(), None, id="header with zero-width characters"),
        pytest.param(GOOD.replace("2.5,", " 2.5\u00a0,").encode(), None, id="cells with outer spaces"),
        pytest.param(GOOD.rstrip().encode(), None, id="no line end at the end"),
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode().replace(b"\n", b"\n\n,,\n"), None, id="empty lines between"),
    ],
)
def test_a_table_is_read_in_every_honest_dress(data: bytes, note: str | None) -> None:
    table = read(data)
    assert [row for _, row in cells(table)] == [row for _, row in FINE]
    assert table.refused == ()
    assert [note in told for told in table.notes] == ([True] if note else [])


def test_a_separator_line_as_excel_writes_it_is_obeyed() -> None:
    table = read("sep=;\nid;score;note\n1;2,5;a,b\n")
    assert cells(table) == [(3, ["1", "2,5", "a,b"])]
    assert table.separator == ";"


def test_windows_1252_is_read_with_a_note_that_names_the_line() -> None:
    table = read("id,score,note\n1,2,plain\n2,3,José said “no” – 5 €\n".encode("cp1252"))
    assert cells(table)[1] == (3, ["2", "3", "José said “no” – 5 €"])
    assert table.notes == ("The file is not UTF-8 (line 3) and was read as Windows-1252.",)


def test_decomposed_and_composed_headers_are_the_same_column() -> None:
    table = read_table(
        unicodedata.normalize("NFD", "ID,Prénom\n1,Zoë\n").encode(), required=("id", "prénom"), known=("id", "prénom")
    )
    assert table.columns == ("id", "prénom")


def test_line_numbers_count_lines_of_the_file_even_inside_quotes() -> None:
    table = read('id,score,note\n1,2,"two\nlines"\n2,x\n3,4,last\n')
    assert cells(table) == [(2, ["1", "2", "two\nlines"]), (5, ["3", "4", "last"])]
    assert [(line.line, line.raw) for line in table.refused] == [(4, "2,x")]


def test_ragged_lines_are_refused_alone_with_their_cells() -> None:
    table = read("id,score,note\n1,2\n2,3,b\n3,4,c,d\n")
    assert cells(table) == [(3, ["2", "3", "b"])]
    assert [tuple(line) for line in table.refused] == [
        (2, "has 2 cells; the header has 3", "1,2"),
        (4, "has 4 cells; the header has 3", "3,4,c,d"),
    ]
    assert table.n_rows == 1


def test_a_quote_that_is_not_doubled_refuses_its_line_alone() -> None:
    table = read('id,score,note\n1,2,"5" screen"\n2,3,"5"" screen"\n3,4,5" screen\n')
    assert [line.line for line in table.refused] == [2]
    assert [row[1][2] for row in cells(table)] == ['5" screen', '5" screen']


def test_a_control_character_refuses_its_line_alone() -> None:
    table = read("id,score,note\n1,2,be\x07ll\n2,3,fine\n")
    assert [(line.line, line.reason) for line in table.refused] == [(2, "holds a control character")]


def test_a_column_without_a_name_is_not_read_and_a_note_says_so() -> None:
    table = read("id,score,,note\n1,2,secret,x\n")
    assert table.columns == ("id", "score", "note")
    assert cells(table) == [(2, ["1", "2", "x"])]
    assert "Column 3 has no name and was not read." in table.notes


def test_unknown_columns_are_listed_and_look_alike_letters_do_not_pass() -> None:
    table = read("id,score,n\u043ete,extra\n1,2,3,4\n")
    assert table.unknown == ("n\u043ete", "extra")
    assert any("'extra'" in note for note in table.notes)


def test_rows_can_be_read_again_and_again() -> None:
    table = read(GOOD)
    assert cells(table) == cells(table) == FINE


def test_a_stream_is_read_like_bytes() -> None:
    assert cells(read_table(io.BytesIO(GOOD.encode()), required=("id",), known=None)) == FINE


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \r\n\t\n", "is empty", id="white space"),
        pytest.param(b"\xef\xbb\xbf", "is empty", id="a byte order mark alone"),
        pytest.param(b"\xef\xbb\xbf\r\n", "is empty", id="a byte order mark and a line end"),
        pytest.param(b"\xff\xfe", "is empty", id="a UTF-16 mark alone"),
        pytest.param(b"id,score,note\n", "no line below", id="header alone"),
        pytest.param(b"id,score,note\n,,\n\n", "no line below", id="header and empty lines"),
        pytest.param(b",,\nid,score,note\n", "no line below", id="empty lines before a header alone"),
        pytest.param(GOOD.encode("utf-16-le"), "UTF-16 without", id="UTF-16 without a mark"),
        pytest.param(GOOD.encode("utf-16")[:-1], "cut off", id="UTF-16 cut in a character"),
        pytest.param(GOOD.encode("utf-32"), "UTF-32", id="UTF-32"),
        pytest.param(b"\xef\xbb\xbfid,score\n1,\xe9\n", "line 2 is not", id="UTF-8 mark over Windows-1252"),
        pytest.param("id,score\n1,é\n".encode() + b"2,\xe9\n", "mixes two encodings", id="two encodings"),
        pytest.param("id,score\n1,é\n2,é".encode()[:-1], "cut off", id="cut in the middle of a character"),
        pytest.param(b"id,score\n1,\x81\n", "neither UTF-8 nor", id="bytes that Windows-1252 does not define"),
        pytest.param(b"id,score\n1,2\x00\n", "NUL", id="NUL byte"),
        pytest.param(gzip.compress(GOOD.encode()), "gzip", id="gzip"),
        pytest.param(gzip.compress(b"\0" * 2**20), "gzip", id="gzip bomb"),
        pytest.param(zipped("xl/workbook.xml"), "Excel", id="xlsx renamed csv"),
        pytest.param(zipped("a.csv"), "zip", id="zip"),
        pytest.param(b"%PDF-1.7\n1,2", "PDF", id="pdf"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 50, "old Excel", id="xls"),
        pytest.param(b"<!DOCTYPE html><html>", "web page", id="a sign-in page saved as csv"),
        pytest.param(b'{"id": 1}', "JSON", id="json"),
        pytest.param(bytes(range(1, 32)) * 40, "not text", id="binary"),
        pytest.param(b'id,score\n1,"2\n2,3\n3,4\n', "not closed", id="unclosed quote"),
        pytest.param(b'id,score\n1,"2\n2,"3"\n', "not closed", id="quote closed by a later line"),
        pytest.param(b"id,score,ID\n1,2,3\n", "both called", id="duplicate header"),
        pytest.param("id,score,caf\u00e9,cafe\u0301\n1,2,3,4\n".encode(), "both called", id="duplicate header, composed and not"),
        pytest.param(b"identity,points\n1,2\n", "no column 'id'", id="missing columns"),
        pytest.param(b'"id,score"\n"1,2"\n', "no column 'id'", id="every line quoted whole"),
        pytest.param(b"1,2\n3,4\n", "no column 'id'", id="no header"),
        pytest.param(b"id,score," + b",".join(b"c%d" % n for n in range(5000)) + b"\n1,2\n", "5002 columns", id="5 000 columns"),
        pytest.param(b"id,score\n1," + b"x" * 2**20 + b"\n", "100000 characters", id="a cell of 1 MB"),
        pytest.param(b"id,score\n1," + b"x" * 100_001 + b"\n", "100000 characters", id="a cell just too long"),
        pytest.param(b"id,score\n1," + b"x," * 2_000_000, "more than 2000000", id="an endless line"),
        pytest.param(b"id,score," + b"x" * 300 + b"\n1,2,3\n", "longer than 200", id="a header name that is none"),
        pytest.param(b"id\x07,score\n1,2\n", "control character", id="a control character in the header"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole_and_in_words(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refusal:
        read(data)
    assert refusal.value.faults
    assert str(refusal.value).isprintable()


def test_a_missing_column_is_explained_by_what_comes_near() -> None:
    with pytest.raises(BadInput) as refusal:
        read_table(
            "emp\u043boyee_id,Evaluation ID,extra\n1,2,3\n".encode(), required=("employee_id", "evaluation_id", "score"), known=()
        )
    told = [fault.message for fault in refusal.value.faults]
    assert "U+043B" in told[0]
    assert "'Evaluation ID'" in told[1]
    assert "the columns are" in told[2] and "'extra'" in told[2]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(bytes=20), "larger than"),
        (Limits(rows=1), "more than 1 lines"),
        (Limits(columns=2), "has 3 columns"),
        (Limits(cell=6), "more than 6 characters"),
    ],
)
def test_every_limit_refuses_the_file(limits: Limits, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(GOOD, limits=limits)


def test_a_stream_is_not_read_beyond_its_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(BadInput, match="larger"):
        read_table(stream, required=("id",), known=None, limits=Limits(bytes=3 * 2**20))  # type: ignore[arg-type]  # reads like a file
    assert stream.given <= 3 * 2**20 + 1


def test_too_many_refused_lines_refuse_the_file_and_show_the_first() -> None:
    with pytest.raises(BadInput, match="More than 10 lines") as refusal:
        read("id,score,note\n" + "1,2\n" * 30, limits=Limits(refused=10))
    assert str(refusal.value.faults[0]) == "line 2: has 2 cells; the header has 3"


def test_a_file_of_empty_lines_is_given_up_in_time() -> None:
    begin = time.process_time()
    with pytest.raises(BadInput, match="counting empty ones"):
        read(b"id,score\n" + b"\n" * 5_000_000)
    assert time.process_time() - begin < 10


def test_a_quote_opened_in_a_long_file_is_found_quickly() -> None:
    data = b'id,score\n1,"2\n' + b"3,4\n" * 2_000_000
    begin = time.process_time()
    with pytest.raises(BadInput, match="not closed") as refusal:
        read(data)
    assert refusal.value.faults[0].where == "line 2"
    assert time.process_time() - begin < 5
