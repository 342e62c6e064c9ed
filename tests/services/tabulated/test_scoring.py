"""A linear key applied to a plain table: each person for themselves, missing answers as the key says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from assessment.errors import BadInput, Refusal
from assessment.keys import ScoringKey, content_hash, key_from_json
from assessment.services.tabulated import scoring
from assessment.services.tabulated.layout import Answers

NAN = np.nan
TABLES: dict[str, Any] = {
    "item": {
        "call": {"method": "points", "option": {"a": {"score": 0.5}, "B": {"score": -0.25}}, "missing": 0.125},
    },
    "number": {"test": {"low": 0, "high": 10, "mean": 4, "sd": 2, "weight": 0.5, "points": {"6": 1.0, "10": -1.0}}},
    "scale": {"calm": {"items": ["q1", "q2"], "reversed": ["q2"], "low": 1, "high": 5, "mean": 3, "sd": 0.5, "weight": -0.5}},
    "precision": {
        "method": "lambda-2",
        "n": 200,
        "reliability": 0.75,
        "sd": 2.0,
        "parts": {"call": 0.5, "test": 1.0, "calm": 1.5},
    },
}


def key(**changes: Any) -> ScoringKey:
    document = {
        "key": {"schema": 1, "id": "given", "version": 4, "grade": "data"},
        "model": {"kind": "linear", "sign": "free"},
        "provenance": {"method": "by hand", "by": "An analyst", "on": "2026-11-02", "n": 40, "note": "Signs are free."},
    }
    tables = {name: table for name, table in (TABLES | changes).items() if table is not None}
    return key_from_json(document | tables)


def people(*rows: tuple[str | None, float, float, float]) -> Answers:
    call, *numbers = zip(*rows, strict=True)
    named = zip(("test", "q1", "q2"), numbers, strict=True)
    return Answers({name: np.array(values, dtype=float) for name, values in named}, {"call": list(call)})


def test_points_numbers_and_scales_add_up() -> None:
    found = scoring.score(key(), people(("a", 5, 4, 2), ("b", 6, 1, 1), ("a", 10, 3, 3)))
    assert found.composite == pytest.approx([0.5 + 0.25 - 1.0, -0.25 + 0.5 + 1.0 - 0.0, 0.5 + 1.5 - 1.0])
    assert (found.n_answered.tolist(), found.n_columns, found.scale) == ([4, 4, 4], 4, "sd")
    assert found.standard_error == pytest.approx([1.0, 1.0, 1.0])


def test_a_number_beyond_what_the_key_has_seen_counts_as_the_end() -> None:
    found = scoring.score(key(), people(("a", 10, 3, 3), ("a", 99, 3, 3), ("a", -1e9, 3, 3), ("a", 0, 3, 3)))
    assert found.composite[0] == found.composite[1]
    assert found.composite[2] == found.composite[3]


def test_missing_answers_add_what_the_key_says_and_widen_the_error() -> None:
    found = scoring.score(key(), people((None, 5, 4, 2), ("zzz", 5, 4, 2), ("a", NAN, 3, 3), ("a", 5, NAN, 9)))
    assert found.composite == pytest.approx([0.125 + 0.25 - 1.0, 0.125 + 0.25 - 1.0, 0.5, 0.75])
    assert found.n_answered.tolist() == [3, 3, 3, 2]
    assert found.standard_error == pytest.approx(np.sqrt([1 + 0.25, 1 + 0.25, 1 + 1, 1 + 2.25]))


def test_half_a_scale_is_the_mean_of_what_was_answered() -> None:
    found = scoring.score(key(), people(("a", 4, 4, NAN)))
    assert found.composite == pytest.approx([0.5 - 1.0])
    assert found.standard_error == pytest.approx([1.0])


def test_who_answered_nothing_has_no_composite() -> None:
    found = scoring.score(key(), people((None, NAN, NAN, NAN), ("a", 4, 3, 3)))
    assert np.isnan(found.composite).tolist() == [True, False]
    assert found.standard_error is not None and np.isnan(found.standard_error).tolist() == [True, False]
    assert found.n_answered.tolist() == [0, 4]
    assert list(scoring.rows(["P1", "P2"], found))[1][:4] == ("P2", 0.5, 1.0, 4)


def test_one_person_alone_gets_the_score_they_get_among_others() -> None:
    rows = [("a", 5.0, 4.0, 2.0), (None, NAN, 1.0, 1.0), ("b", 6.0, NAN, 3.0)]
    together = scoring.score(key(), people(*rows)).composite
    assert [scoring.score(key(), people(row)).composite[0] for row in rows] == together.tolist()


def test_a_key_with_norms_gives_t_scores() -> None:
    norms = {"name": "Pool", "n": 240, "mean": 1.0, "sd": 2.0, "from": "2026-01-01", "to": "2026-06-30"}
    plain, normed = (scoring.score(k, people(("a", 5, 4, 2))) for k in (key(), key(norms=norms)))
    assert normed.scale == "t"
    assert normed.composite == pytest.approx(50 + 5 * (plain.composite - 1.0))
    assert plain.standard_error is not None
    assert normed.standard_error == pytest.approx(5 * plain.standard_error)
    assert any("Pool (n = 240)" in note for note in scoring.notes(key(norms=norms), ["P1"], normed))


def test_a_key_without_precision_leaves_the_error_open_and_says_so() -> None:
    found = scoring.score(key(precision=None), people(("a", 5, 4, 2)))
    assert found.standard_error is None
    assert next(scoring.rows(["P1"], found))[2] is None
    assert any("standard errors are left empty" in note for note in scoring.notes(key(precision=None), ["P1"], found))


def test_the_key_is_named_by_id_version_and_hash() -> None:
    assert scoring.name_of(key()) == f"given/4/{content_hash(key())[7:19]}"


def test_every_column_that_is_missing_is_named() -> None:
    with pytest.raises(BadInput, match="lacks 2 columns of the 4 that key given needs") as caught:
        scoring.require_columns(key(), {"q1": "q1", "call": "call"})
    assert [str(fault) for fault in caught.value.faults] == [
        "header: there is no column 'test'",
        "header: there is no column 'q2'",
    ]


def test_a_key_over_items_of_the_bank_is_refused() -> None:
    weighted: Mapping[str, Any] = {
        "key": {"schema": 1, "id": "bank", "version": 1, "grade": "panel"},
        "provenance": {"method": "panel", "by": "Panel", "on": "2026-11-23", "n": 10},
        "facets": {"composure": 1},
        "statements": {"max_share": 0.2},
        "model": {"kind": "weighted_sum"},
        "item": {
            "one": {
                "item_version": 1,
                "method": "option_value",
                "weight": 1.0,
                "facets": {"composure": 1},
                "option": {"a": {"score": 4}, "b": {"score": 2}},
            }
        },
    }
    with pytest.raises(Refusal, match="weighted_sum key for items of the bank"):
        scoring.needed_columns(key_from_json(weighted))


def test_what_a_reader_of_scores_should_know_is_said() -> None:
    found = scoring.score(key(), people((None, NAN, NAN, NAN), ("a", NAN, NAN, NAN), ("a", 5, 4, 2)))
    words = list(scoring.notes(key(), ["P1", "P2", "P1"], found))
    assert any("1 of 3 answered nothing" in note for note in words)
    assert any("1 of 3 answered less than half" in note for note in words)
    assert any("1 ids are there more than once" in note for note in words)
    assert scoring.summary(found)["n_scored"] == 2
