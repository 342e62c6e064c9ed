"""The demonstration's own item: written by the analyst, in review, and waiting for somebody else to read it."""

from __future__ import annotations

from datetime import datetime

from assessment.bank import read_bank
from assessment.config import Settings
from assessment.records.database import Database
from assessment.services.items.item_review import send_to_review
from assessment.services.items.own_items import take_in_item
from assessment.services.items.own_keys import save_item_key
from assessment.services.people.actors import Actor

CODE = "a-saw-and-a-door"
ITEM = f"""
[item]
schema = 1
id = "{CODE}"
version = 1
status = "draft"
format = "pick_best"
instruction = "should_do"
facet = "discretion"
rater = "responsiveness"
channel = "phone"
trouble = "billing"
families = ["customer_support"]

[scenario]
setting = "You answer the phone for a library that lends tools. Zenon has kept a saw nine days too long and is asked to pay 18. \
He says that he brought it back on time and found the door closed, although the page said that it was open until six."
limits = ["You may take off the days on which we were closed by mistake. The log of the doors can be read by the manager tomorrow."]

[[scenario.transcript]]
who = "customer"
text = "I came by on the Thursday at half past five and nobody was there. I do not mind paying what I owe. I was on time."

[task]
ask = "What is the most effective thing to do?"

[[task.option]]
id = "a"
text = "Tell him that he has your answer tomorrow, when the log is read."
moves = ["inform"]

[[task.option]]
id = "b"
text = "Take all of the 18 off the bill, since he says that he was on time."
moves = ["concede"]

[[task.option]]
id = "c"
text = "Explain that the rule counts the day on which the saw was returned."
moves = ["refuse"]

[[task.option]]
id = "d"
text = "Ask him to write to the manager, who can decide about such a fee."
moves = ["escalate"]

[review]
author = "L. Verrin"
neurodivergence = "Nothing rests on tone; what he wants is said."
culture = "Libraries of things exist in many places; no law, no currency."

[review.source]
kind = "interview"
summary = "Trusting a person at once, or looking first at what can be known by tomorrow."
"""
SCORES = {
    "a": ("4.5", "Takes him at his word and looks; the answer has a day. He waits for it."),
    "b": ("2.6", "Kind at once; those who paid for the same Thursday are not asked, and nobody learns of the door."),
    "c": ("1.5", "True to the rule, which he did not question; what he said is not heard."),
    "d": ("3.1", "The manager can decide; the work is handed to him."),
}


def load_own_item(database: Database, settings: Settings, actor: Actor, now: datetime) -> None:
    """Write the item, give it scores and send it to review, as its author would on the pages."""
    bank = read_bank(settings.questions)
    typed = {
        f"{CODE}:{option}:{name}": text
        for option, pair in SCORES.items()
        for name, text in zip(("score", "why"), pair, strict=True)
    }
    with database.write() as session:
        version_id = take_in_item(session, bank=bank, data=ITEM.encode(), actor=actor, now=now).id
        facets = tuple(bank.facets)
        save_item_key(session, version_id=version_id, typed=typed, seen=None, facets=facets, actor=actor, now=now)
        send_to_review(session, version_id=version_id, bank=bank, root=settings.questions, actor=actor, now=now)
