"""A scoring key is one object: the authored file, the row and the exchange file say the same."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from assessment.bank import Unit
from assessment.keys import ScoringKey, content_hash, key_from_json, key_to_dict, key_to_json, read_key
from tests.keys.keys_at_random import keys

PROVISIONAL = Path(__file__).parents[1] / "bank/questions/keys/provisional.toml"


def test_the_exemplar_key_can_be_read(key: ScoringKey) -> None:
    assert (key.id, key.version, key.grade) == ("provisional", 1, "provisional")
    assert key.statements is not None and key.statements.max_share == 0.15
    assert key.items["exit-fee-shared-home"].options["a"].score == 4.2
    assert key.items["ipip-v6"].direction == "minus"
    assert str(key.provenance.on) == "2026-11-23"


def test_steps_of_a_storyline_have_flat_unit_codes(key: ScoringKey) -> None:
    assert [code for code in key.items if code.startswith("steps")] == [
        "steps-in-a-notebook.feels",
        "steps-in-a-notebook.went-wrong",
        "steps-in-a-notebook.in-his-place",
        "steps-in-a-notebook.do",
    ]
    assert key.items["steps-in-a-notebook.do"].options["d"].score == 4.5


def test_tables_by_header_and_dotted_keys_are_one_key(tmp_path: Path, key: ScoringKey) -> None:
    lines = PROVISIONAL.read_text(encoding="utf-8").splitlines()
    headers = [
        f"[item.{name}]\n" + "\n".join(part.strip() for part in _fields(body))
        for name, body in (line.split(" = ", 1) for line in lines[lines.index("[item]") + 1 :])
    ]
    path = tmp_path / "key.toml"
    path.write_text("\n".join([*lines[: lines.index("[item]")], *headers]), encoding="utf-8")
    assert read_key(path) == key


def _fields(body: str) -> list[str]:
    """The fields of an inline table, one a line."""
    table = tomllib.loads(f"x = {body}")["x"]
    return [f"{name} = {_toml(value)}" for name, value in table.items()]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(entry)}" for name, entry in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def test_the_exemplar_key_survives_the_exchange_file_and_the_row(key: ScoringKey) -> None:
    assert key_from_json(key_to_json(key)) == key
    assert key_from_json(json.loads(json.dumps(key_to_dict(key)))) == key


def test_a_linear_key_survives_the_exchange_file_and_the_row(linear_key: ScoringKey) -> None:
    assert key_from_json(key_to_json(linear_key)) == linear_key
    assert key_from_json(json.loads(json.dumps(key_to_dict(linear_key)))) == linear_key


@settings(max_examples=40, deadline=None)
@given(keys())
def test_every_key_survives_the_exchange_file_byte_by_byte(case: tuple[ScoringKey, tuple[Unit, ...]]) -> None:
    key, _ = case
    again = key_from_json(key_to_json(key))
    assert again == key
    assert key_to_json(again) == key_to_json(key)
    assert content_hash(again) == content_hash(key)


def test_a_note_is_one_text_however_its_letters_are_composed(linear_document: dict[str, Any]) -> None:
    composed, decomposed = "Caf\u00e9", "Cafe\u0301"
    first = key_from_json(linear_document | {"provenance": linear_document["provenance"] | {"note": composed}})
    second = key_from_json(linear_document | {"provenance": linear_document["provenance"] | {"note": decomposed}})
    assert first == second


def test_the_exchange_file_does_not_depend_on_the_order_of_fields(key: ScoringKey) -> None:
    content = key_to_dict(key)
    backwards = {name: content[name] for name in reversed(content)}
    backwards["item"] = {code: content["item"][code] for code in reversed(content["item"])}
    assert key_to_json(key_from_json(backwards)) == key_to_json(key)


def test_the_exchange_file_has_the_shape_of_the_authored_file(linear_key: ScoringKey, linear_document: dict[str, Any]) -> None:
    assert json.loads(key_to_json(linear_key)) == linear_document


def test_an_exchange_file_can_be_read_from_disk(tmp_path: Path, key: ScoringKey) -> None:
    path = tmp_path / "KEY.json"
    path.write_text(key_to_json(key), encoding="utf-8")
    assert read_key(path) == key


def test_bytes_are_read_like_text(key: ScoringKey) -> None:
    assert key_from_json(key_to_json(key).encode()) == key


def test_a_key_cannot_be_changed(key: ScoringKey) -> None:
    with pytest.raises(ValidationError):
        key.provenance.n = 12  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        key.items["exit-fee-shared-home"].options["a"] = key.items["ipip-v6"]  # type: ignore[index]  # the point of the test


def test_a_key_reads_the_same_when_it_is_made_from_its_parts(linear_key: ScoringKey) -> None:
    made = ScoringKey(
        key=linear_key.head,
        provenance=linear_key.provenance,
        model=linear_key.model,
        item=linear_key.items,
        scale=linear_key.scales,
        number=linear_key.numbers,
        precision=linear_key.precision,
        evidence=linear_key.evidence,
    )
    assert made == linear_key
