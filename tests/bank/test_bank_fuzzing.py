"""Nothing that a file can hold makes the reader of the bank crash."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assessment.bank import Item
from assessment.bank.documents import decode, parse, unfit_values
from assessment.bank.faults import faults_in


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_whatever_crash_the_reader_of_a_file(content: bytes) -> None:
    try:
        document = parse(decode(content))
    except ValueError as refusal:
        assert str(refusal)
    else:
        assert isinstance(document, dict)


SCRAPS = st.sampled_from(
    [
        "item = {",
        "}",
        "[[task.option]]",
        "[a.b]",
        "x = ",
        '"',
        "'''",
        "nan",
        "1e400",
        "2026-02-31",
        "\n",
        "=",
        ".",
        "[",
        "]",
        "\u202e",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SCRAPS, max_size=30).map("".join))
def test_no_scraps_of_toml_crash_the_reader_of_a_file(text: str) -> None:
    try:
        assert isinstance(unfit_values(parse(text)), list)
    except ValueError as refusal:
        assert str(refusal)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
FIELDS = st.sampled_from(
    [
        "id",
        "schema",
        "version",
        "format",
        "facet",
        "option",
        "text",
        "moves",
        "scale",
        "source",
        "kind",
        "step",
        "weight",
        "readers",
    ]
)
TABLES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4), max_leaves=12)
TOP = st.sampled_from(["item", "scenario", "task", "step", "media", "review", "x"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(TOP, TABLES, max_size=7))
def test_no_tables_whatever_crash_the_making_of_an_item(document: dict[str, object]) -> None:
    unfit_values(document)
    with pytest.raises(ValidationError) as caught:
        Item.model_validate(document)
    faults = faults_in(caught.value, "items/x.toml", document)
    assert faults and all(str(fault).isprintable() for fault in faults)
