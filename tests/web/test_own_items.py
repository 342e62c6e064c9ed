"""Writing items on the pages, without JavaScript: nothing typed is lost, and readers know nothing before they have answered."""

from __future__ import annotations

import io
import tomllib
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from assessment.records.database import Database
from assessment.services.items.own_items import find_item
from assessment.services.people.accounts import add_organisation, add_staff_member, open_session
from tests.web.writing import BASE, Writer, values_of

NOTES = "A sure small relief now, or a fair chance of all of it with one more effort"
EDIT = "/bank/own/a-fee/1/edit"


@pytest.fixture
def organisation_id(app: Flask, sqlite_database: Database) -> int:
    with sqlite_database.write() as session:
        return add_organisation(session, slug="acme", name="Acme", now=datetime.now(UTC)).id


@pytest.fixture
def author(app: Flask, organisation_id: int) -> Writer:
    return Writer(app, organisation_id, "analyst", "Ana Author")


@pytest.fixture
def approver(app: Flask, organisation_id: int) -> Writer:
    return Writer(app, organisation_id, "approver", "Pat Approver")


def colleague(app: Flask, database: Database, organisation_id: int) -> Writer:
    """Another analyst of the organisation."""
    with database.write() as session:
        member = add_staff_member(
            session,
            organisation_id=organisation_id,
            name="Cora Colleague",
            email="cora@example.org",
            role="analyst",
            password="correct horse battery",
            added_by="test",
            now=datetime.now(UTC),
        )
        token = open_session(session, staff_member_id=member.id, now=datetime.now(UTC))
    return Writer(app, organisation_id, "analyst", "Cora Colleague", token)


def copy(writer: Writer) -> None:
    """A draft called a-fee with nothing to mend."""
    writer.go("/bank/new")
    writer.send("/bank/new/copy", source="exit-fee-shared-home", code="a-fee")
    writer.go("/bank/own/a-fee/1")
    writer.send("/bank/own/a-fee/1/languages/drop")
    writer.go(EDIT)
    writer.send(EDIT, scenario__setting=values_of(writer.html, "scenario.setting")[0].replace("Emil", "Zenon"))


def in_review(writer: Writer) -> None:
    copy(writer)
    writer.go("/bank/own/a-fee/1")
    writer.send("/bank/own/a-fee/1/send")


def test_an_organisation_without_items_is_told_how_to_begin(author: Writer) -> None:
    assert "Your organisation has no items of its own yet" in author.go("/bank")
    assert "around-four" in author.text
    assert "around-four" not in author.go("/bank?whose=own")
    shown = author.go("/bank?construct=composure&format=rate&whose=shipped")
    assert "a-line-for-his-brother" in shown or "of" in shown
    assert "No item fits" in author.go("/bank?whose=shipped&status=approved&format=likert")


@pytest.mark.parametrize("format", ["pick_best", "best_worst", "rate", "rank", "likert", "storyline"])
def test_every_format_can_be_begun_and_kept_half_done(author: Writer, format: str) -> None:
    author.go("/bank/new")
    author.send("/bank/new/write", format=format, code="half-done")
    assert "errors to mend" in author.text
    edit = "/bank/own/half-done/1/edit"
    words = {"review.culture": 'Quotes "and" <b>marks</b> & ¿accents? – ñ', "review.source.summary": "A short one."}
    fields = author.fields(edit)
    for name, text in words.items():
        fields[name] = text
    author.send(edit, fields=fields)
    for name, text in words.items():
        assert values_of(author.html, name) == [text]
    assert "cannot be shown yet" in author.go("/bank/own/half-done/1/preview")


def test_a_code_in_use_is_told_at_its_field_and_the_choice_is_kept(author: Writer) -> None:
    author.go("/bank/new")
    author.send("/bank/new/write", status=422, format="rank", code="around-four")
    assert "around-four is the code of a shipped item" in author.text
    assert 'href="#write-code"' in author.html
    assert 'value="rank" required checked' in author.html
    author.send("/bank/new/write", status=422, format="essay", code="a-fee")
    assert "Choose a format" in author.text


def test_adding_and_removing_lines_keeps_everything_else_that_was_typed(author: Writer) -> None:
    copy(author)
    author.send(EDIT, task__ask="Typed and not saved yet?", do="add:scenario.limits")
    assert values_of(author.html, "task.ask") == ["Typed and not saved yet?"]
    assert 'id="scenario-limits-3" name="scenario.limits.3"' in author.html
    assert "autofocus" in author.html.partition('id="scenario-limits-3"')[2].partition(">")[0]
    author.send(EDIT, scenario__limits__3="Nobody may promise a day.", do="remove:scenario.limits.0")
    assert values_of(author.html, "scenario.limits.2") == ["Nobody may promise a day."]
    author.send(EDIT, do="add:task.option", task__ask="One more?")
    author.send(EDIT, do="add:task.option")
    author.send(EDIT, do="add:task.option", review__culture="Kept although the list is full.")
    assert "There are 6 already" in author.text
    assert values_of(author.html, "review.culture") == ["Kept although the list is full."]
    author.send(EDIT, do="remove:nothing.of.the.kind")
    assert "Everything you typed is saved" in author.text


def test_what_another_tab_saved_stands_beside_what_was_typed(
    author: Writer, sqlite_database: Database, organisation_id: int
) -> None:
    copy(author)
    old = author.fields(EDIT)
    author.send(EDIT, task__ask="Saved in the first tab?")
    old["task.ask"], old["review.culture"] = "Typed in the second tab?", "Second tab."
    shown = author.send(EDIT, status=409, fields=old)
    assert "saved elsewhere after you opened the page" in shown
    assert "Saved in the first tab?" in shown
    assert values_of(author.html, "task.ask") == ["Typed in the second tab?"]
    with sqlite_database.read() as session:
        assert find_item(session, organisation_id, "a-fee").content["task"]["ask"] == "Saved in the first tab?"
    author.send(EDIT, do="save")
    assert "Saved." in author.text
    assert values_of(author.html, "review.culture") == ["Second tab."]


def test_what_was_typed_into_an_item_that_went_to_review_meanwhile_can_be_copied(author: Writer) -> None:
    copy(author)
    old = author.fields(EDIT)
    author.go("/bank/own/a-fee/1")
    author.send("/bank/own/a-fee/1/send")
    author.page = author.client.post(EDIT, data=old | MultiDict({"task.ask": "Typed too late?"}), base_url=BASE)
    assert author.page.status_code == 409
    assert "Typed too late?" in author.text
    assert "is in review" in author.go(EDIT), "the page of a version that cannot change leads to the item"


def test_errors_stand_at_their_fields_and_keep_the_item_from_review(author: Writer) -> None:
    copy(author)
    author.send(EDIT, task__option__0__text="Always say sorry, immediately.", scenario__setting="The hotel is full at Christmas.")
    for told in ("A5 error", "A6 warning", "A10 warning"):
        assert told in author.text
    assert 'href="#task-option-0-text"' in author.html
    assert 'id="task-option-0-text"' in author.html
    assert 'aria-describedby="e-task-option-0-text"' in author.html
    own = author.go("/bank/own/a-fee/1")
    assert "Mend the" in own
    assert 'action="/bank/own/a-fee/1/send"' not in author.html


def test_a_file_goes_in_and_comes_out_the_same(author: Writer) -> None:
    author.go("/bank/shipped/thirty-five-to-spend/item.toml")
    text = author.html.replace("thirty-five-to-spend", "forty-to-spend")
    author.go("/bank/new")
    author.send("/bank/new/file", text=text)
    author.go("/bank/own/forty-to-spend/1/item.toml")
    assert author.page.headers["Content-Disposition"] == 'attachment; filename="forty-to-spend.toml"'
    given, kept = tomllib.loads(text), tomllib.loads(author.html)
    assert kept == given | {"item": given["item"] | {"version": kept["item"]["version"], "status": "draft"}}


def test_a_file_that_cannot_be_taken_in_is_shown_again_with_its_faults(author: Writer) -> None:
    author.go("/bank/new")
    author.send("/bank/new/file", status=422, text="weight = 3\n[item]\nschema = 1")
    assert "carry no weights" in author.text
    assert values_of(author.html, "text") == ["weight = 3\n[item]\nschema = 1"]
    token = author.fields("/bank/new/file")["csrf_token"]
    data = {"csrf_token": token, "file": (io.BytesIO(b"\xff\xfe\x00"), "item.toml")}
    author.page = author.client.post("/bank/new/file", data=data, base_url=BASE)
    assert author.page.status_code == 422
    assert "UTF-16" in author.text


def test_readers_answer_before_they_see_notes_checks_or_other_readings(
    app: Flask, sqlite_database: Database, organisation_id: int, author: Writer, approver: Writer
) -> None:
    in_review(author)
    assert NOTES in author.go("/bank/own/a-fee/1")
    assert "Read it" not in author.text
    assert NOTES not in approver.go("/bank/own/a-fee/1")
    assert "What the checks find" not in approver.text
    assert "item.toml" not in approver.html
    assert NOTES not in approver.go("/bank/own/a-fee/1/item.toml"), "the file holds what the page keeps back"
    reading = approver.go("/bank/own/a-fee/1/reading")
    assert NOTES not in reading
    assert "concede" not in approver.html
    answer, judgement = "/bank/own/a-fee/1/reading/answer", "/bank/own/a-fee/1/reading"
    approver.send(answer, status=422)
    assert "Answer all of it" in approver.text
    approver.send(answer, **{"a-fee": "c"})
    assert "What do you think of it?" in approver.text
    approver.send(judgement, status=422, note="Kept while the rest is missing.")
    assert values_of(approver.html, "note") == ["Kept while the rest is missing."]
    approver.send(judgement, role="supervisor", verdict="keep", independent="yes")
    assert NOTES in approver.text
    assert NOTES in approver.go("/bank/own/a-fee/1/item.toml")
    other = colleague(app, sqlite_database, organisation_id)
    assert "Kept while the rest" not in other.go("/bank/own/a-fee/1")
    other.go("/bank/own/a-fee/1/reading")
    other.send(answer, **{"a-fee": "a"})
    other.send(judgement, role="agent", verdict="keep", independent="no")
    assert "Not independent" in other.text
    assert 'action="/bank/own/a-fee/1/approve"' not in other.html, "analysts do not approve"
    approver.go("/bank/own/a-fee/1")
    approver.send("/bank/own/a-fee/1/approve")
    assert "by Pat Approver" in approver.text
    author.go("/bank/own/a-fee/1")
    author.send("/bank/own/a-fee/1/next")
    assert "version 2" in author.text


def test_a_version_can_be_sent_back_with_a_note_that_the_author_reads(author: Writer, approver: Writer) -> None:
    in_review(author)
    approver.go("/bank/own/a-fee/1")
    approver.send("/bank/own/a-fee/1/send-back", status=422, note="  ")
    approver.send("/bank/own/a-fee/1/send-back", note="Say what the fee is for.")
    assert "Say what the fee is for." in author.go(EDIT)
    author.go("/bank/own/a-fee/1")
    author.send("/bank/own/a-fee/1/retire", reason="Nobody asks this any more.")
    assert "Nobody asks this any more." in author.text
    assert "Retired" in author.go("/bank?whose=own")


def test_a_warning_stands_with_a_reason_on_the_page(author: Writer) -> None:
    copy(author)
    author.send(EDIT, scenario__setting=values_of(author.html, "scenario.setting")[0].replace("Zenon", "Emil"))
    author.go("/bank/own/a-fee/1")
    accept = "/bank/own/a-fee/1/accept"
    author.send(accept, status=422, reason="no")
    assert "Say in a sentence why" in author.text
    author.send(accept, reason="The two are enemies and never meet.")
    assert "Ana Author" in author.text.partition("Warnings that stand")[2]


def test_the_preview_is_the_applicants_page_in_each_language_and_keeps_nothing(
    author: Writer, sqlite_database: Database, organisation_id: int
) -> None:
    author.go("/bank/new")
    author.send("/bank/new/copy", source="exit-fee-shared-home", code="a-fee")
    author.go("/bank/own/a-fee/1/preview?seed=7")
    assert "frame-src 'self'" in author.page.headers["Content-Security-Policy"]
    frame = "/bank/own/a-fee/1/frame?seed=7&locale=en"
    author.go(frame)
    assert "frame-ancestors 'self'" in author.page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in author.client.get("/bank", base_url=BASE).headers["Content-Security-Policy"]
    first = author.text
    assert author.go(frame) == first, "one seed, one order"
    orders = set()
    for seed in range(1, 6):
        author.go(f"/bank/own/a-fee/1/frame?seed={seed}&locale=en")
        orders.add(tuple(part.partition('"')[0] for part in author.html.split('name="a-fee" value="')[1:]))
    assert len(orders) > 1
    author.go("/bank/own/a-fee/1/frame?seed=7&locale=es")
    assert 'lang="es"' in author.html
    assert "usted" in author.text.lower()
    action = "/bank/own/a-fee/1/frame?step=1&seed=7&locale=es"
    author.send(action, status=422)
    author.send(action, **{"a-fee": "b"})
    assert "not kept" in author.text
    with sqlite_database.read() as session:
        version = find_item(session, organisation_id, "a-fee")
        assert (version.sequence, version.status) == (1, "draft")


def test_a_shipped_item_is_tried_as_an_own_one_is(approver: Writer) -> None:
    approver.go("/bank/shipped/exit-fee-shared-home")
    assert 'href="/bank/shipped/exit-fee-shared-home/preview"' in approver.html
    approver.go("/bank/shipped/exit-fee-shared-home/preview?seed=4&locale=es")
    assert "/bank/shipped/exit-fee-shared-home/frame?seed=4&amp;locale=es" in approver.html
    frame = "/bank/shipped/exit-fee-shared-home/frame?seed=4&locale=es"
    approver.go(frame)
    assert 'lang="es"' in approver.html
    approver.send("/bank/shipped/exit-fee-shared-home/frame?step=1&seed=4&locale=es", **{"exit-fee-shared-home": "a"})
    assert "not kept" in approver.text
    approver.go("/bank/shipped/no-warm-water-at-eight/frame")
    assert "/bank/shipped/no-warm-water-at-eight/media/" in approver.html
    approver.go("/bank/shipped/nothing/frame", status=404)


def test_a_situation_in_steps_is_tried_step_by_step(author: Writer) -> None:
    author.go("/bank/new")
    author.send("/bank/new/copy", source="steps-in-a-notebook", code="a-notebook")
    author.go("/bank/own/a-notebook/1/frame?seed=3&locale=en")
    action = "/bank/own/a-notebook/1/frame?step=1&seed=3&locale=en"
    author.send(action, **{"a-notebook.feels": "d"})
    assert "part 2 of 4" in author.html
    assert "Steps" not in author.go("/bank/own/a-notebook/1/edit") or "Part 4" in author.text


def test_a_language_is_taken_in_and_out(author: Writer) -> None:
    copy(author)
    for locale in ('";x', "%0d%0ax", "日本", "español"):  # it becomes part of a file's name
        author.go(f"/bank/own/a-fee/1/to-translate.toml?locale={locale}", status=404)
    author.go("/bank/own/a-fee/1/to-translate.toml?locale=es")
    file = author.html
    author.go("/bank/own/a-fee/1")
    token = author.fields("/bank/own/a-fee/1/languages")["csrf_token"]

    def bring(text: str) -> int:
        data = {"csrf_token": token, "translation": (io.BytesIO(text.encode()), "a-fee.es.toml")}
        author.page = author.client.post("/bank/own/a-fee/1/languages", data=data, base_url=BASE, follow_redirects=True)
        return author.page.status_code

    assert bring(file.replace('locale = "es"', 'locale = "en"')) == 422
    assert "is the language that the item is written in" in author.text
    assert bring(file) == 200
    assert "Español Current" in author.text
    author.go(EDIT)
    author.send(EDIT, task__ask="What now?")
    assert "A17 warning" in author.text
    assert "made from other words" in author.go("/bank/own/a-fee/1")


def test_an_item_is_written_in_another_language_text_by_text(author: Writer) -> None:
    copy(author)
    words = "/bank/own/a-fee/1/words/es"
    author.go(words)
    assert "Not begun" in author.text
    fields = author.fields(words)
    old = MultiDict(fields)
    fields["words.setting"] = "Usted atiende el chat de un proveedor de internet."
    author.send(words, fields=fields)
    assert "Not finished" in author.text
    assert values_of(author.html, "words.setting") == ["Usted atiende el chat de un proveedor de internet."]
    old["words.ask"] = "¿Qué es lo más eficaz?"
    author.send(words, status=409, fields=old)
    assert values_of(author.html, "words.ask") == ["¿Qué es lo más eficaz?"]
    fields = author.fields(words)
    for name in [name for name in fields if name.startswith("words.")]:
        fields[name] = f"Texto en español de {name.removeprefix('words.')}"
    author.go(words)
    fields["sequence"] = author.fields(words)["sequence"]
    author.send(words, fields=fields)
    assert "Current" in author.text
    author.go("/bank/own/a-fee/1/frame?seed=1&locale=es")
    assert "Texto en español de setting" in author.text
    assert "Texto en español de option.a" in author.text
    author.go("/bank/own/a-fee/1/words/xx", status=404)


@pytest.mark.parametrize(
    "address", ["/bank/own/a%00b/1", "/bank/own/a-fee/99999999999", "/bank/forms/a%00b", "/bank/own/a-fee/1/frame"]
)
def test_an_address_that_nothing_can_have_leads_nowhere(author: Writer, address: str) -> None:
    author.go(address, status=404)


def test_the_pages_are_an_organisations_own(app: Flask, sqlite_database: Database, author: Writer) -> None:
    copy(author)
    with sqlite_database.write() as session:
        other_id = add_organisation(session, slug="other", name="Other", now=datetime.now(UTC)).id
    other = Writer(app, other_id, "analyst", "Otto Other")
    for address in (
        "",
        "/1",
        "/1/edit",
        "/1/preview",
        "/1/frame",
        "/1/reading",
        "/1/item.toml",
        "/1/to-translate.toml",
        "/1/words/es",
        "/1/key",
    ):
        other.go(f"/bank/own/a-fee{address}", status=404)
    assert "a-fee" not in other.go("/bank?whose=own")


def scores(code: str) -> dict[str, str]:
    fields = {f"{code}:{option}:score": score for option, score in zip("abcd", ("4.4", "2.5", "3.5", "1.6"), strict=True)}
    return fields | {f"{code}:{option}:why": "For what it does in this case." for option in "abcd"}


def test_a_form_with_an_own_item_is_put_together_and_published(author: Writer, approver: Writer) -> None:
    copy(author)
    author.go("/bank/forms")
    author.send("/bank/forms", status=422, source="short", code="short", title="North desk")
    assert values_of(author.html, "title") == ["North desk"]
    author.send("/bank/forms", source="short", code="north_desk", title="North desk")
    form = "/bank/forms/north_desk"
    author.send(form, status=422, do="add:situations", intro__situations="Typed, and kept.")
    assert "Choose an item first" in author.text
    assert values_of(author.html, "intro.situations") == ["Typed, and kept."]
    author.send(form, do="exchange:situations", choice__situations="a-fee", out__situations="number-fourteen")
    assert "a-fee Own Not confirmed" in author.text
    assert "number-fourteen" not in author.text.partition("Another item")[0]
    author.send(form, do="remove:statements:ipip-x121")
    old = author.fields(form)
    author.send(form, do="add:statements", choice__statements="ipip-x121")
    author.send(form, status=409, fields=old, do="remove:statements:ipip-w283")
    assert "changed elsewhere" in author.text
    publish = "/bank/forms/north_desk/publish"
    author.send(publish, status=422)
    assert 'href="/bank/own/a-fee/1/key"' in author.html
    key = "/bank/own/a-fee/1/key"
    author.go(key)
    author.send(key, status=422, **{"a-fee:a:score": "9", "a-fee:b:why": "Kept."})
    assert "Give a score from 1 to 5" in author.text
    assert 'Give the reason for this score</a> <span class="quiet">option a</span>' in author.html
    assert values_of(author.html, "a-fee:b:why") == ["Kept."]
    author.send(key, **scores("a-fee"))
    assert "Given by Ana Author" in author.go("/bank/own/a-fee/1")
    author.go(form)
    author.send(publish)
    assert "Published, with its first key" in author.text
    assert 'name="do"' not in author.html.partition("<aside")[0].replace('class="off" type="submit" name="do"', "")
    assert "Provisional key" in author.go("/keys")
    assert "a-fee Own Not confirmed" in approver.go(form)
    approver.client.get(key, base_url=BASE)
    assert approver.go("/bank/forms/nothing", status=404)


def test_who_is_to_read_an_item_sees_its_scores_afterwards_alone(
    app: Flask, sqlite_database: Database, organisation_id: int, author: Writer
) -> None:
    in_review(author)
    author.go("/bank/own/a-fee/1/key")
    author.send("/bank/own/a-fee/1/key", **scores("a-fee"))
    other = colleague(app, sqlite_database, organisation_id)
    assert "Read the item first" in other.go("/bank/own/a-fee/1/key")
    assert "For what it does" not in other.html
