"""Single cells: what is a number, a date, a flag, an id, and what is said of those that are none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from assessment.integrations.values import (
    BadValue,
    DecimalSign,
    flag,
    identifier,
    iso_date,
    iso_datetime,
    number,
    plain_words,
    spreadsheet_damage,
    whole_number,
)

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("007", 7),
        ("+2.5", 2.5),
        ("-.5", -0.5),
        ("5.", 5),
        ("1e5", 1e5),
        ("1E-3", 0.001),
        ("100.0001", 100.0001),
    ],
)
def test_numbers_are_read(text: str, value: float) -> None:
    found = number(text)
    assert found == value
    assert str(found) != "-0.0"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("NaN", "not a number"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("-inf", "not a number"),
        ("Infinity", "not a number"),
        ("N/A", "not a number"),
        ("1e400", "too large"),
        ("-1e999", "too large"),
        ("9" * 61, "too long"),
        ("1_000", "underscore"),
        ("\u0661\u0662", "digits 0 to 9"),
        ("\uff11\uff12", "digits 0 to 9"),
        ("12,5", "write 12.5"),
        ("1,234.5", "separated thousands"),
        ("1 234", "separated thousands"),
        ("1.234,5", "separated thousands"),
        ("\u22125", "minus sign"),
        ("12%", "percent"),
        ("0x10", "not a number"),
        ("1e", "not a number"),
        ("--1", "not a number"),
        ("1\u200b", "not a number"),
        ("=1+1", "not a number"),
        ("1e1000000000", "not a number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        number(text)


def test_a_decimal_comma_needs_semicolons_and_holds_throughout() -> None:
    comma = DecimalSign(";")
    assert [comma.number(text) for text in ("3", "12,5", "4")] == [3, 12.5, 4]
    with pytest.raises(BadValue, match="decimal point, and other numbers of this file a decimal comma"):
        comma.number("12.5")
    point = DecimalSign(";")
    assert point.number("12.5") == 12.5
    with pytest.raises(BadValue, match="decimal comma"):
        point.number("12,5")
    with pytest.raises(BadValue, match=r"write 12\.5"):
        DecimalSign(",").number("12,5")


def test_a_number_that_is_none_does_not_settle_the_decimal_sign() -> None:
    sign = DecimalSign(";")
    with pytest.raises(BadValue):
        sign.number("1,2,3")
    assert sign.number("1.5") == 1.5


@pytest.mark.parametrize(("text", "value"), [("3", 3), ("3.0", 3), ("-2.", -2), ("9007199254740992", 2**53)])
def test_whole_numbers_are_read(text: str, value: int) -> None:
    assert whole_number(text) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3.5", "not a whole"),
        ("1e5", "plain digits"),
        ("9007199254740993", "too large"),
        ("1" * 17, "too large"),
        ("1e30", "too large"),
        ("", "empty"),
        ("-1", "0 or more"),
    ],
)
def test_what_is_no_whole_number_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        whole_number(text, lowest=0)


def test_bounds_of_a_whole_number_are_named() -> None:
    with pytest.raises(BadValue, match="'10' is not from 0 to 9"):
        whole_number("10", 0, 9)
    with pytest.raises(BadValue, match="9 or less"):
        whole_number("10", None, 9)


@pytest.mark.parametrize(
    ("text", "value"), [("2026-03-14", date(2026, 3, 14)), ("2024-02-29", date(2024, 2, 29)), ("2026-11-03", date(2026, 11, 3))]
)
def test_dates_are_read(text: str, value: date) -> None:
    assert iso_date(text, now=NOW) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("2026-11-04", "future"),
        ("2026-02-30", "calendar"),
        ("1900-01-01", "empty date"),
        ("1899-12-30", "empty date"),
        ("0001-01-01", "years 1970"),
        ("9999-12-31", "years 1970"),
        ("03/04/2026", "cannot be told"),
        ("25/04/2026", "year-month-day; write"),
        ("4.3.26", "cannot be told"),
        ("45321", "day number"),
        ("20260314", "not a date"),
        ("2026-W11-1", "not a date"),
        ("2026-3-14", "not a date"),
        ("\u0662\u0660\u0662\u0666-03-14", "not a date"),
        ("yesterday", "not a date"),
    ],
)
def test_what_is_no_date_is_refused_with_its_reason(text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        iso_date(text, now=NOW)


def test_a_date_may_lie_in_the_future_when_nobody_asked() -> None:
    assert iso_date("2150-01-01") == date(2150, 1, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-03-14T10:20:30Z", datetime(2026, 3, 14, 10, 20, 30, tzinfo=UTC)),
        ("2026-03-14t10:20z", datetime(2026, 3, 14, 10, 20, tzinfo=UTC)),
        ("2026-03-14 10:20:30.123456789+02:00", datetime(2026, 3, 14, 8, 20, 30, 123456, tzinfo=UTC)),
        ("2026-03-14T10:20:30.5-0530", datetime(2026, 3, 14, 15, 50, 30, 500000, tzinfo=UTC)),
        ("2026-03-14 10:20 +02", datetime(2026, 3, 14, 8, 20, tzinfo=UTC)),
        ("2026-03-29T02:30", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        ("2026-03-14", datetime(2026, 3, 14, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_utc(text: str, value: datetime) -> None:
    found = iso_datetime(text, now=NOW)
    assert found == value
    assert found.utcoffset() is not None and not found.utcoffset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-03T09:00:01Z", "future"),
        ("2026-03-14T24:30", "clock"),
        ("2026-03-14T10:20:61", "clock"),
        ("2026-03-14T10:20+99:00", "clock"),
        ("2026-13-14T10:20", "clock"),
        ("1900-01-00 00:00", "empty date"),
        ("14/03/2026 10:20", "year-month-day"),
        ("2026-03-14T10", "not a date"),
        ("1773483630", "not a date"),
        ("46095.5", "day number"),
    ],
)
def test_what_is_no_moment_is_refused_with_its_reason(text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        iso_datetime(text, now=NOW)


@pytest.mark.parametrize(
    "text",
    ["007", "7", "1E+05", "E-12", "9007199254740993", "a b", "=1+1", "{{7*7}}", "%s", "'; drop table hire", "</script>", "Zoë"],
)
def test_ids_are_kept_as_they_are_written(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("read", [identifier, plain_words])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\u200bb", "U\\+200B"),
        ("a\u202eb", "right-to-left override"),
        ("\ufeffa", "U\\+FEFF"),
        ("a\x1b[31m", "U\\+001B"),
        ("a\nb", "U\\+000A"),
        ("a\u2028b", "U\\+2028"),
        ("a\ue000b", "U\\+E000"),
        ("a" * 201, "longer than 200"),
    ],
)
def test_what_cannot_be_seen_is_refused(read: Callable[[str], str], text: str, words: str) -> None:
    with pytest.raises(BadValue, match=words) as refusal:
        read(text)
    assert str(refusal.value).isprintable()


def test_an_id_may_not_be_empty_and_words_may() -> None:
    assert plain_words("") == ""
    with pytest.raises(BadValue, match="is empty"):
        identifier("")


def test_joiners_that_some_scripts_need_are_allowed_in_words_alone() -> None:
    name = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
    assert plain_words(name) == name
    with pytest.raises(BadValue):
        identifier(name)


def test_ids_composed_and_not_are_the_same() -> None:
    assert identifier("Zoe\u0308") == identifier("Zo\u00eb")


@pytest.mark.parametrize("text", ["1E+05", "1e5", "1.23E+11", "2-Feb", "Feb-01", "01-Mar-24"])
def test_ids_that_a_spreadsheet_may_have_rewritten_are_noticed(text: str) -> None:
    assert "spreadsheet" in str(spreadsheet_damage(text))


@pytest.mark.parametrize("text", ["007", "E-12", "12-34", "A1", "may", "1.5"])
def test_ordinary_ids_are_left_in_peace(text: str) -> None:
    assert spreadsheet_damage(text) is None


def test_flags_are_six_words() -> None:
    assert [flag(text) for text in ("0", "1", "FALSE", "True", "no", "Yes")] == [False, True, False, True, False, True]
    for text in ("", "2", "y", "ja", "1.0", "\u0661"):
        with pytest.raises(BadValue, match="0 or 1"):
            flag(text)
