"""A11: is each name used once, and do sex and trouble, or sex and part, go together by chance alone?

Items do not declare who is called what. A name is what a card calls the customer, and any other word that has a capital where
no sentence begins, or begins one as people do ("Noor sells bread"). Sex is what the first pronoun after the name says; a person
without one has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from assessment.bank.catalogue import Bank
from assessment.bank.items import Item
from assessment.bank.review.findings import WHOLE_BANK, Finding
from assessment.bank.review.texts import ItemText, item_file
from assessment.bank.review.word_lists import word_list

FEWEST_PEOPLE = 20
"""Below so many people with a name and a sex in the bank, shares are not looked at."""
SHARES = (0.40, 0.60)
FEWEST_OF_A_KIND = 5
"""Of four people or fewer, no share but one half lies between the two."""
_WORDS_AHEAD = 30

_NOT_NAMES = frozenset(
    word_list(
        "monday, tuesday, wednesday, thursday, friday, saturday, sunday, january, february, march, april, may, june, "
        "july, august, september, october, november, december, i, you, he, she, it, we, they, who, what, when, where, "
        "why, how, this, that, these, those, there, here, his, her, their, our, your, my, nobody, somebody, everybody, "
        "nothing, something, one, two, both, each, all, no, yes, please, hello, good, the, a, an, today, "
        "tomorrow,yesterday, now, mondays, tuesdays, wednesdays, thursdays, fridays, saturdays, sundays, anybody, anyone, "
        "everyone, someone, none, besides, others, most, some, many, few"
    )
)
_NO_NAME_ENDS = ("ing", "ed", "ly")
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?…:]|[\"'‘“(])[\s\"'‘“(]*$")
_LIVES = re.compile(r"(?:['’]s\b|\s+(?:has|is|was|will|can|and|had|did|does|(?!his\b|its\b|this\b)[a-z]+s)\b)")
_SEX = {"he": "male", "him": "male", "his": "male", "himself": "male"} | dict.fromkeys(("she", "her", "hers", "herself"), "female")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a name in an item: the customer or somebody else; `sex` is None where no pronoun tells it."""

    name: str
    item: str
    part: str
    trouble: str | None
    sex: str | None


def name_findings(bank: Bank, texts: Sequence[ItemText]) -> Iterator[Finding]:
    """A11 over the whole bank; practice and retired items are not in `texts`."""
    small_words = _small_words(texts)
    people = [person for text in texts for person in people_in(text, small_words)]
    items: dict[str, list[str]] = {}
    for person in people:
        items.setdefault(person.name, []).append(person.item)
    for name, users in sorted(items.items()):
        for later in users[1:]:
            file = item_file(bank, bank.items[later])
            message = f"the name {name} is also used in {users[0]}"
            yield Finding("A11", "warning", later, file, "[scenario]", message, "Take a name that no other item has.")
    sexed = [person for person in people if person.sex is not None]
    if len(sexed) >= FEWEST_PEOPLE:
        yield from _shares("trouble", {person.trouble for person in sexed if person.trouble}, sexed)
        yield from _shares("part", {person.part for person in sexed}, sexed)


def _shares(kind: str, groups: Collection[str], people: Sequence[Person]) -> Iterator[Finding]:
    for group in sorted(groups):
        members = [person for person in people if getattr(person, kind) == group]
        women = sum(person.sex == "female" for person in members)
        low, high = SHARES
        if len(members) >= FEWEST_OF_A_KIND and not low <= women / len(members) <= high:
            what = f"of trouble {group}" if kind == "trouble" else f"in the part of {group}"
            message = f"{women} of {len(members)} people {what} are women; it should be {low:.0%} to {high:.0%}"
            remedy = "Exchange names and pronouns in some of these items."
            yield Finding("A11", "warning", WHOLE_BANK, "items", kind, message, remedy)


def _small_words(texts: Sequence[ItemText]) -> frozenset[str]:
    """Every word that the bank writes without a capital: none of them is a name."""
    return frozenset(
        word for text in texts for passage in text.all for word in _TOKEN.findall(passage.words) if word == word.lower()
    )


def people_in(text: ItemText, small_words: Collection[str]) -> list[Person]:
    """The people with a name in an item, the customer first. `small_words` are known to be no names."""
    item = text.item
    if item.scenario is None:
        return []
    told = _told(item)
    chosen = [option.words for question in text.questions for option in question.options]
    spoken = [line.text for line in item.scenario.transcript]
    names = list(dict.fromkeys(name for words in told for name in _names(words, small_words)))
    names += [name for words in spoken + chosen for name in _names(words, small_words, begun=False) if name not in names]
    card = item.scenario.card
    if card is not None:
        names = [card.name, *(name for name in dict.fromkeys(names) if name not in card.name.split())]
    names = list(dict.fromkeys(names))
    sexes = _sexes(told, chosen, names)
    return [
        Person(name, item.id, "customer" if index == 0 else "another person", item.head.trouble, sexes.get(name))
        for index, name in enumerate(names)
    ]


def _told(item: Item) -> list[str]:
    """What the page tells about people, in order: setting, narrator, limits, what steps reveal and ask."""
    assert item.scenario is not None
    told = [
        item.scenario.setting,
        *(line.text for line in item.scenario.transcript if line.who == "narrator"),
        *item.scenario.limits,
    ]
    for step in item.steps:
        told += [line.text for line in step.reveals if line.who == "narrator"]
        told.append(step.ask)
    return [*told, item.task.ask] if item.task is not None and item.task.ask else told


def _names(words: str, small_words: Collection[str], *, begun: bool = True) -> Iterator[str]:
    for found in _TOKEN.finditer(words):
        word = found.group()
        if not word[0].isupper() or word.isupper() or word.lower() in _NOT_NAMES or word.lower() in small_words:
            continue
        if not _BEGINS.search(words[: found.start()]) or (
            begun and not word.endswith(("ing", "ed", "ly")) and _LIVES.match(words[found.end() :])
        ):
            yield word


def _sexes(told: Sequence[str], chosen: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """The sex of each name by the first pronoun behind it, before another name comes.

    Options speak of others too ("his manager"), so that they are asked last.
    """
    names_by_word = {part: name for name in names for part in name.split()}
    found: dict[str, str] = {}
    for passages in (told, chosen):
        spoken = [word for words in passages for word in _TOKEN.findall(words)]
        # Whom only the card names, the whole page is about.
        current = names[0] if len(names) == 1 and not any(word in names_by_word for word in spoken) else None
        since = 0
        for word in spoken:
            since += 1
            if word in names_by_word:
                current, since = names_by_word[word], 0
            elif current is not None and (len(names) == 1 or since <= _WORDS_AHEAD) and (sex := _SEX.get(word.lower())):
                found.setdefault(current, sex)
    return found
