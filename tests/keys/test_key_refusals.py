"""A key that contradicts itself or holds what no key may hold is refused with table and field."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.errors import BadInput
from assessment.keys import KeyErrors, ScoringKey, key_from_json, key_to_dict, key_to_json, read_key

PICK, STATEMENT, ATTITUDE = "exit-fee-shared-home", "ipip-x121", "ipip-v6"
STEP = "steps-in-a-notebook.feels"
GONE: Any = object()


def changed(document: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A copy of a document with one value set, or left out (`GONE`)."""
    document = copy.deepcopy(document)
    node = document
    for part in path[:-1]:
        node = node.setdefault(part, {})
    if value is GONE:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


def refusals(content: Any) -> list[str]:
    with pytest.raises(KeyErrors) as caught:
        key_from_json(content)
    assert isinstance(caught.value, BadInput)
    return [str(fault) for fault in caught.value.faults]


KEYED: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "unknown table": (("extra",), {"a": 1}, "[extra]: is not a field"),
    "unknown field": (("item", PICK, "colour"), "red", f"[item.{PICK}] colour: is not a field"),
    "text of an option": (("item", PICK, "option", "a", "text"), "Leave the box", "a] text: scoring keys carry no text"),
    "stem of an item": (("item", PICK, "stem"), "You answer chats", f"[item.{PICK}] stem: scoring keys carry no text"),
    "no head": (("key",), GONE, "[key]: is missing"),
    "no schema": (("key", "schema"), GONE, "[key] schema: is missing"),
    "unknown grade": (("key", "grade"), "gold", "[key] grade: is 'gold'"),
    "version nought": (("key", "version"), 0, "[key] version: must be at least 1"),
    "version as a boolean": (("key", "version"), True, "[key] version: must be a whole number"),
    "no provenance": (("provenance",), GONE, "[provenance]: is missing"),
    "a day that is none": (("provenance", "on"), "2026-02-31", "[provenance] on: must be a day"),
    "a time for a day": (("provenance", "on"), 1700000000, "[provenance] on: must be a day"),
    "negative number of people": (("provenance", "n"), -1, "[provenance] n: must be at least 0"),
    "negative facet weight": (("facets", "listening"), -0.1, "[facets] listening: must be at least 0"),
    "facet weight as text": (("facets", "listening"), "1.0", "[facets] listening: must be a number"),
    "facet weight not a number": (("facets", "listening"), float("nan"), "[facets] listening: must be a finite number"),
    "infinite facet weight": (("facets", "listening"), float("inf"), "[facets] listening: must be a finite number"),
    "all facets nought": (("facets",), {"listening": 0}, "[facets]: no facet has a weight above 0"),
    "no statements": (("statements",), GONE, "[statements]: is missing"),
    "share above one": (("statements", "max_share"), 1.5, "[statements] max_share: must be at most 1"),
    "unknown model": (("model", "kind"), "magic", "[model] kind: is 'magic'"),
    "free signs": (("model", "sign"), "free", "[model] sign: belongs to linear keys"),
    "parameters of no model": (
        ("model", "parameters"),
        {PICK: {"slope": 1, "intercepts": [0]}},
        "[model] parameters: belong to IRT",
    ),
    "IRT without parameters": (("model", "kind"), "grm", "[model] parameters: belong to IRT models, which need them"),
    "scales": (
        ("scale",),
        {"s": {"items": ["x"], "low": 1, "high": 2, "mean": 1, "sd": 1, "weight": 1}},
        "[scale]: belongs to linear",
    ),
    "numbers": (("number",), {"x": {"low": 0, "high": 9, "mean": 4, "sd": 2, "weight": 1}}, "[number]: belongs to linear keys"),
    "nothing scored": (("item",), {}, "[item]: the key scores nothing"),
    "unknown method": (("item", PICK, "method"), "guess", f"[item.{PICK}] method: is 'guess'"),
    "points in a weighted sum": (
        ("item", PICK),
        {"method": "points", "option": {"a": {"score": 2}}},
        "points belong to linear keys",
    ),
    "no version of the item": (("item", PICK, "item_version"), GONE, f"[item.{PICK}] item_version: is missing"),
    "no weight": (("item", PICK, "weight"), GONE, f"[item.{PICK}] weight: is missing"),
    "negative weight": (("item", PICK, "weight"), -1, f"[item.{PICK}] weight: must be at least 0"),
    "no facets": (("item", PICK, "facets"), GONE, f"[item.{PICK}] facets: an entry has facets or attitudes"),
    "facets and attitudes": (
        ("item", PICK, "attitudes"),
        {"patience": 1},
        f"[item.{PICK}] facets: an entry has facets or attitudes",
    ),
    "shares below one": (
        ("item", PICK, "facets"),
        {"discretion": 0.9},
        f"[item.{PICK}] facets: shares must sum to 1; these sum to 0.9",
    ),
    "share above one of a facet": (("item", PICK, "facets"), {"discretion": 1.2}, "discretion: must be at most 1"),
    "facet without a weight": (("item", PICK, "facets"), {"charm": 1}, "charm: has no weight in [facets]"),
    "weight of an attitude": (("item", ATTITUDE, "weight"), 0.5, f"[item.{ATTITUDE}] weight: must be 0 for an attitude"),
    "score above five": (("item", PICK, "option", "a", "score"), 5.1, "score: must be from 1 to 5; it is 5.1"),
    "score below one": (("item", PICK, "option", "a", "score"), 0.9, "score: must be from 1 to 5; it is 0.9"),
    "score as a boolean": (("item", PICK, "option", "a", "score"), True, "score: must be a number"),
    "option without a score": (("item", PICK, "option", "a"), {"why": "x"}, "score: is missing"),
    "option called otherwise": (("item", PICK, "option", "z"), {"score": 2}, "z: an option is named by one letter"),
    "no options": (("item", PICK, "option"), GONE, f"[item.{PICK}] option: is missing"),
    "one score for all": (("item", PICK, "option"), {"a": {"score": 3}, "b": {"score": 3}}, "all options have one score"),
    "direction of a choice": (("item", PICK, "direction"), "plus", f"[item.{PICK}] direction: belongs to method likert"),
    "statement without a direction": (("item", STATEMENT, "direction"), GONE, "direction: is missing for method likert"),
    "statement with options": (("item", STATEMENT, "option"), {"a": {"score": 2}}, "option: does not belong to method likert"),
    "what counts when missing": (("item", PICK, "missing"), 0, f"[item.{PICK}] missing: belongs to method points"),
    "code that is no item": (("item", "Joke!"), {"method": "likert"}, "[item.Joke!] item_version: is missing"),
    "step and flat code at once": (("item", "steps-in-a-notebook"), {"feels": {"method": "likert"}}, f"{STEP}: is given twice"),
    "markup in a note": (("item", PICK, "option", "a", "why"), "<b>no</b>", "why: holds markup"),
    "direction override in a note": (("item", PICK, "option", "a", "why"), "a\u202eb", "why: holds the invisible or control"),
    "norms of one person": (
        ("norms",),
        {"name": "P", "n": 1, "mean": 0.5, "sd": 0.1, "from": "2026-01-01", "to": "2026-02-01"},
        "[norms] n",
    ),
    "norms without spread": (
        ("norms",),
        {"name": "P", "n": 9, "mean": 0.5, "sd": 0, "from": "2026-01-01", "to": "2026-02-01"},
        "[norms] sd",
    ),
    "norms that end first": (
        ("norms",),
        {"name": "P", "n": 9, "mean": 0.5, "sd": 1, "from": "2026-03-01", "to": "2026-02-01"},
        "[norms] to",
    ),
}


@pytest.mark.parametrize("case", KEYED)
def test_a_weighted_key_that_contradicts_itself_is_refused(case: str, key: ScoringKey) -> None:
    path, value, wanted = KEYED[case]
    found = refusals(changed(key_to_dict(key), path, value))
    assert any(wanted in line for line in found), found


NUMBER = {"low": 0, "high": 9, "mean": 4, "sd": 2, "weight": 1}
LINEAR: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "sign not said to be free": (("model", "sign"), GONE, '[model] sign: a linear key says sign = "free"'),
    "no reason for free signs": (("provenance", "note"), GONE, "[provenance] note: a linear key gives the reason"),
    "facets": (("facets",), {"listening": 1}, "[facets]: does not belong to a linear key"),
    "statements": (("statements",), {"max_share": 0.1}, "[statements]: does not belong to a linear key"),
    "another method": (("item", "SJ_Most_1", "method"), "option_value", "[item.SJ_Most_1] weight: is missing"),
    "a weight beside the points": (("item", "SJ_Most_1", "weight"), 1, "[item.SJ_Most_1] weight: does not belong to method points"),
    "a facet of points": (("item", "SJ_Most_1", "facets"), {"x": 1}, "[item.SJ_Most_1] facets: does not belong to method points"),
    "points of no option": (("item", "SJ_Most_1", "option"), {}, "[item.SJ_Most_1] option: is missing"),
    "infinite points": (("item", "SJ_Most_1", "option", "1", "score"), float("inf"), "score: must be a finite number"),
    "missing as nothing": (("item", "SJ_Most_1", "missing"), None, "[item.SJ_Most_1] missing: must be a number"),
    "scale without items": (("scale", "PScale01", "items"), [], "[scale.PScale01] items: must have at least 1 entries"),
    "scale with an item twice": (("scale", "PScale01", "items"), ["PScale01_Q2", "PScale01_Q2"], "items: names one item twice"),
    "reversed item of another scale": (("scale", "PScale01", "reversed"), ["X"], "reversed: names an item that is not in items"),
    "scale without range": (("scale", "PScale01", "high"), 1, "[scale.PScale01] high: must be above low"),
    "scale without spread": (("scale", "PScale01", "sd"), 0, "[scale.PScale01] sd: must be above 0"),
    "scale without a weight": (("scale", "PScale01", "weight"), GONE, "[scale.PScale01] weight: is missing"),
    "parameters": (("model", "parameters"), {"x": {"slope": 1, "intercepts": [0]}}, "[model] parameters: does not belong"),
    "number without range": (("number", "Test", "high"), 3, "[number.Test] high: must be above low"),
    "number without spread": (("number", "Test", "sd"), 0, "[number.Test] sd: must be above 0"),
    "number that is an item too": (("number", "SJ_Most_1"), NUMBER, "[number] SJ_Most_1: is an item or a scale of the key as well"),
    "number that is a scale too": (("number", "PScale01"), NUMBER, "[number] PScale01: is an item or a scale of the key as well"),
    "points at a word": (("number", "Test", "points", "many"), 0.1, "[number.Test.points] many: is not a number"),
    "points at one value twice": (("number", "Test", "points"), {"4": 0.1, "4.0": 0.2}, "[number.Test.points] 4.0: is there twice"),
    "infinite points at a value": (
        ("number", "Test", "points", "4"),
        float("inf"),
        "[number.Test.points] 4: must be a finite number",
    ),
    "reliability above one": (("precision", "reliability"), 1.2, "[precision] reliability: must be at most 1"),
    "precision of nobody": (("precision", "n"), 0, "[precision] n: must be at least 3"),
    "a part of negative spread": (("precision", "parts", "Test"), -1, "[precision.parts] Test: must be at least 0"),
    "a fingerprint that is none": (("evidence", "fingerprints"), ["xyz"], "[evidence] fingerprints"),
    "r outside of its interval": (("evidence", "r"), 0.3, "[evidence] r: must lie from low to high"),
    "r above one": (("evidence", "r_in_sample"), 1.3, "[evidence] r_in_sample: must be at most 1"),
}


@pytest.mark.parametrize("case", LINEAR)
def test_a_linear_key_that_contradicts_itself_is_refused(case: str, linear_document: dict[str, Any]) -> None:
    path, value, wanted = LINEAR[case]
    found = refusals(changed(linear_document, path, value))
    assert any(wanted in line for line in found), found


def test_every_error_of_a_key_is_listed_at_once(key: ScoringKey) -> None:
    document = changed(key_to_dict(key), ("key", "grade"), "gold")
    document = changed(document, ("facets", "listening"), -1)
    document = changed(document, ("item", PICK, "weight"), GONE)
    document = changed(document, ("item", STATEMENT, "direction"), GONE)
    assert len(refusals(document)) == 4


TEXTS = {
    "nothing": ("", "is not JSON"),
    "a list": ("[]", "is not a JSON object"),
    "NaN": ('{"facets": {"listening": NaN}}', "holds NaN; numbers must be finite"),
    "Infinity": ('{"facets": {"listening": -Infinity}}', "holds -Infinity"),
    "an overflowing number": ('{"facets": {"listening": 1e999}}', "[facets] listening: must be a finite number"),
    "a name given twice": ('{"key": {"id": "a", "id": "b"}}', "gives 'id' twice"),
    "100 000 brackets": ("[" * 100_000, "is nested too deeply"),
    "a number of 5 000 digits": ('{"key": {"version": ' + "9" * 5000 + "}}", "holds a number that cannot be"),
    "a number of 300 digits": ('{"key": {"version": ' + "9" * 300 + "}}", "is too large a number"),
    "one name composed in two ways": ('{"item": {"caf\\u00e9": {}, "cafe\\u0301": {}}}', "the name is given twice"),
    "half a file": ('{"key": {"id": ', "is not JSON"),
    "a lone surrogate": ('{"key": {"id": "\\ud800"}}', "holds the invisible or control character U+D800"),
    "a deep table": ('{"a": ' * 40 + "1" + "}" * 40, "is nested too deeply"),
    "three megabytes": (" " * 3_000_000, "is larger than 2 MiB"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_an_exchange_file_that_is_none_is_refused(case: str) -> None:
    text, wanted = TEXTS[case]
    found = refusals(text)
    assert any(wanted in line for line in found), found


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"{\x00}", b"\xe4"])
def test_bytes_that_are_no_utf_8_are_refused(content: bytes) -> None:
    assert refusals(content)


@pytest.mark.parametrize(("name", "content"), [("key.toml", "= 1"), ("key.toml", ""), ("key.json", "{"), ("key.json", "")])
def test_a_file_that_is_no_key_is_refused_by_its_name(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(KeyErrors, match=f"{name}: is "):
        read_key(tmp_path / name)


def test_very_many_errors_are_counted_and_not_all_told(key: ScoringKey) -> None:
    items = {f"item-{number}": {"method": "guess"} for number in range(500)}
    with pytest.raises(KeyErrors) as caught:
        key_from_json(key_to_dict(key) | {"item": items})
    assert len(caught.value.faults) == 500
    assert str(caught.value).endswith("and 300 more")


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(KeyErrors, match=r"key.toml: cannot be read: No such file"):
        read_key(tmp_path / "key.toml")


def test_a_link_out_of_the_bank_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text("a = 1")
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank/key.toml").symlink_to(tmp_path / "outside.toml")
    with pytest.raises(KeyErrors, match="a link to a place outside"):
        read_key(tmp_path / "bank/key.toml", root=tmp_path / "bank")


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
NAMES = st.sampled_from(
    ["key", "item", "scale", "model", "facets", "kind", "method", "option", "a", "score", "items", "norms", "weight"]
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=15
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(NAMES, DOCUMENTS, max_size=6))
def test_no_tables_whatever_crash_the_reader_of_keys(document: dict[str, Any]) -> None:
    assert all(line.isprintable() for line in refusals(document))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_no_text_whatever_crashes_the_reader_of_keys(text: str) -> None:
    assert refusals(text)


def test_every_single_value_of_a_key_can_be_spoiled_without_a_crash(linear_key: ScoringKey) -> None:
    document = key_to_dict(linear_key)
    for path in _paths(document):
        for value in (None, True, -1, "x", [], {}, [{}], "x" * 5000, 10**30):
            try:
                key_from_json(changed(document, path, value))
            except KeyErrors as error:
                assert error.faults
    assert json.loads(key_to_json(linear_key)) == json.loads(json.dumps(document))


def _paths(node: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(node, dict):
        return [path]
    return [found for name, child in node.items() for found in ([(*path, name)] if path else []) + _paths(child, (*path, name))]
