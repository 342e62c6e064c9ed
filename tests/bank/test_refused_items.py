"""An item that breaks a rule of its format is refused by file, table and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.bank import read_bank

JOKE = "items/composure/joke-about-the-part.toml"
STORY = "items/storylines/steps-in-a-notebook.toml"
LIKERT = "items/listening/ipip-x121.toml"
ATTITUDE = "items/attitudes/ipip-v6.toml"
RATE = "items/reciprocity/thanks-for-wrong-advice.toml"

CASES = {
    "unknown field in a table": (JOKE, "schema = 1,", 'schema = 1, mood = "dark",', "[item] mood: is not a field of this table"),
    "unknown table": (JOKE, "review = {", "extra = { a = 1 }\nreview = {", "[extra]: is not a field of this table"),
    "a weight in an item": (JOKE, "schema = 1,", "schema = 1, weight = 2.0,", "[item] weight: items and forms carry no weights"),
    "a score in an option": (
        JOKE,
        'id = "c",',
        'id = "c", score = 4,',
        "[[task.option]] c.score: items and forms carry no weights",
    ),
    "a key in an item": (JOKE, "review = {", 'key = { best = "b" }\nreview = {', "[key]: items and forms carry no weights"),
    "missing field": (JOKE, ', status = "draft"', "", "[item] status: is missing"),
    "unknown status": (JOKE, '"draft"', '"final"', "[item] status: is 'final'; it should be 'draft', 'in_review', 'approved' or"),
    "unknown format": (JOKE, '"best_worst"', '"essay"', "[item] format: is 'essay'"),
    "unknown channel": (JOKE, 'channel = "counter"', 'channel = "fax"', "[item] channel: is 'fax'"),
    "unknown move": (JOKE, '["hand_over"]', '["flatter"]', "[[task.option]] e.moves.1: is 'flatter'"),
    "identifier with capitals": (JOKE, '"joke-about-the-part"', '"Joke"', "[item] id: must be lower-case letters"),
    "identifier that is a path": (JOKE, '"joke-about-the-part"', '"../../etc"', "[item] id: must be lower-case letters"),
    "file called otherwise": (JOKE, '"joke-about-the-part"', '"other-joke"', f"{JOKE}: the file should be called other-joke.toml"),
    "file in the wrong folder": (JOKE, 'facet = "composure"', 'facet = "listening"', f"{JOKE}: belongs in items/listening/"),
    "unknown facet": (JOKE, 'facet = "composure"', 'facet = "charm"', "[item] facet: charm is not a facet"),
    "unknown attitude": (ATTITUDE, '"patience"', '"hurry"', "[item] attitude: hurry is not an attitude"),
    "facet and attitude at once": (
        ATTITUDE,
        'attitude = "patience"',
        'attitude = "patience", facet = "composure"',
        "[item] facet: an item",
    ),
    "neither facet nor attitude": (ATTITUDE, 'attitude = "patience",', "", "[item] facet: an item has a facet or an attitude"),
    "attitude of a scenario": (
        JOKE,
        'facet = "composure", rater = "assurance"',
        'attitude = "patience"',
        "[item] attitude: only stat",
    ),
    "service dimension of an attitude": (
        ATTITUDE,
        'attitude = "patience"',
        'attitude = "patience", rater = "empathy"',
        "[item] rater",
    ),
    "channel of a statement": (
        LIKERT,
        'rater = "empathy"',
        'rater = "empathy", channel = "chat"',
        "[item] channel: belongs to scen",
    ),
    "scenario without a channel": (JOKE, 'channel = "counter", ', "", "[item] channel: is missing for a scenario"),
    "statement of what one should do": (LIKERT, '"would_do"', '"should_do"', '[item] instruction: must be "would_do"'),
    "statement without text": (
        LIKERT,
        'text = "Listen to others, even if I disagree.", ',
        "",
        "[task] text: is missing for a statement",
    ),
    "statement on another scale": (LIKERT, '"accuracy5"', '"agreement5"', '[task] scale: must be "accuracy5"'),
    "statement with a scenario": (
        LIKERT,
        "task = {",
        'scenario = { setting = "S", transcript = [{ who = "other", text = "T" }] }\ntask = {',
        "[scenario]: does not belong",
    ),
    "rating without a scale": (RATE, 'scale = "effectiveness5", ', "", "[task] scale: must be one of"),
    "scale of another format": (JOKE, "task = {", 'task = { scale = "agreement5",', "[task] scale: belongs to format rate"),
    "option without moves": (JOKE, 'moves = ["hand_over"], ', "", "[[task.option]] e.moves: is missing"),
    "one move twice": (JOKE, '["hand_over"]', '["wait", "wait"]', "[[task.option]] e.moves: names one move twice"),
    "option id twice": (JOKE, 'id = "b"', 'id = "a"', "[[task.option]] a.id: a is given twice"),
    "option id beyond f": (JOKE, 'id = "e"', 'id = "g"', "[[task.option]] g.id: must be one letter from a to f"),
    "families empty": (JOKE, '["customer_support", "retail_counter"]', "[]", "[item] families: "),
    "family twice": (
        JOKE,
        '["customer_support", "retail_counter"]',
        '["retail_counter", "retail_counter"]',
        "[item] families: names one",
    ),
    "its own enemy": (
        JOKE,
        'trouble = "conflict"',
        'trouble = "conflict", enemies = ["joke-about-the-part"]',
        "[item] enemies: an item is not",
    ),
    "unknown enemy": (
        JOKE,
        'trouble = "conflict"',
        'trouble = "conflict", enemies = ["nobody"]',
        "[item] enemies: nobody is not an item",
    ),
    "storyline with a facet": (
        STORY,
        'channel = "phone"',
        'channel = "phone", facet = "listening"',
        "[item] facet: does not belong to a storyline",
    ),
    "step id twice": (STORY, 'id = "went-wrong"', 'id = "feels"', "[[step]] feels.id: feels is given twice"),
    "step called like a field of keys": (STORY, 'id = "went-wrong"', 'id = "option"', "[[step]] option.id: option is a word"),
    "step of a wrong facet": (
        STORY,
        'facet = "listening"',
        'facet = "hearing"',
        "[[step]] went-wrong.facet: hearing is not a facet",
    ),
    "step as a storyline": (STORY, 'format = "rate"', 'format = "storyline"', "[[step]] went-wrong.format: is 'storyline'"),
    "action step without moves": (
        STORY,
        'id = "a", moves = ["concede", "inform"]',
        'id = "a"',
        "[[step.option]] do.a.moves: is missing",
    ),
    "revealed fact without a speaker": (
        STORY,
        '{ who = "narrator", text = "You have told',
        '{ text = "You have told',
        "[[step.reveals]] do.1.who: is missing",
    ),
    "card with three facts": (STORY, '"Six-digit meter"]', '"Six-digit meter", "Third"]', "[scenario.card] facts: "),
    "contact with a date for ago": (STORY, 'ago = "12 days"', "ago = 2026-01-01", "[[scenario.contacts]] 1.ago: must be text"),
    "retired without a reason": (JOKE, '"draft"', '"retired"', "[review] drop_reason: is missing for a retired item"),
    "reason without being retired": (
        JOKE,
        "review = {",
        'review = { drop_reason = "Dull.",',
        "[review] drop_reason: belongs to retired items",
    ),
    "approved without readers": (JOKE, '"draft"', '"approved"', "[review] readers: an approved item has two readers"),
    "review without a source": (JOKE, "source = { kind", "sauce = { kind", "[review] source: is missing"),
    "invented incident without a summary": (
        JOKE,
        ', summary = "A grievance that arrives as a joke; the agent was in fact wrong."',
        "",
        "[review.source] summary: is missing",
    ),
    "pool statement without a code": (LIKERT, 'code = "X121", ', "", "[review.source] code: is missing for a statement"),
    "review note too long": (
        JOKE,
        "Humour is shown",
        "x" * 200 + "Humour is shown",
        "[review] culture: must have at most 200 characters",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_item_that_breaks_a_rule_is_refused_by_file_table_and_field(case: str, refusals, edit) -> None:
    name, old, new, wanted = CASES[case]
    edit(name, old, new)
    found = refusals()
    assert any(name in line and wanted in line for line in found), found


def test_one_id_in_two_folders_is_refused_with_both_files(questions: Path, refusals) -> None:
    copy = questions / "items/listening/joke-about-the-part.toml"
    copy.write_bytes((questions / JOKE).read_bytes())
    assert any("is also the id of" in line and JOKE in line for line in refusals())


def test_a_practice_item_has_a_facet_like_any_other(questions: Path, refusals) -> None:
    (questions / ATTITUDE).rename(questions / "items/practice/ipip-v6.toml")
    assert "items/practice/ipip-v6.toml: belongs in items/attitudes/" in refusals()


def reading(role: str) -> str:
    return f'{{ role = "{role}", on = 2026-11-01, verdict = "keep" }}'


def test_two_readers_of_different_roles_can_approve(questions: Path, edit) -> None:
    edit(JOKE, '"draft"', '"approved"')
    edit(JOKE, "review = {", f"review = {{ readers = [{reading('agent')}, {reading('psychologist')}],")
    assert read_bank(questions).items["joke-about-the-part"].status == "approved"


@pytest.mark.parametrize("second", ["agent", "desk"])
def test_neither_the_same_role_twice_nor_a_desk_reading_is_enough_to_approve(second: str, refusals, edit) -> None:
    edit(JOKE, '"draft"', '"approved"')
    edit(JOKE, "review = {", f"review = {{ readers = [{reading('agent')}, {reading(second)}],")
    assert any("[review] readers: an approved item" in line for line in refusals())
