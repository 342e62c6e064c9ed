"""The question bank: `questions/` as frozen typed objects. No weights: those are in scoring keys (`assessment.keys`)."""

from assessment.bank.catalogue import Bank, DrawTooLarge, form_items, section_items
from assessment.bank.construct import Attitude, ConstructMap, Dimension, Facet, QaConstruct
from assessment.bank.content import content_hash, content_of, source_hash, source_text
from assessment.bank.faults import BankErrors
from assessment.bank.feedback import FacetWords, FeedbackWords
from assessment.bank.forms import Draw, Form, Pool, Section
from assessment.bank.item_parts import Card, Contact, Line, Option, Scenario, Step, Task
from assessment.bank.items import Item
from assessment.bank.media import Media, content_type
from assessment.bank.media_files import file_hash, form_media, read_medium
from assessment.bank.published import PublishedForm, PublishedItem, PublishedSection, pinned, read_snapshot, snapshot
from assessment.bank.reader import bank_as_known, read_bank
from assessment.bank.scorecards import Anchor, Question, Scorecard
from assessment.bank.translations import FormText, FormTranslation, TranslatedText, Translation
from assessment.bank.units import Unit, units

__all__ = [
    "Anchor",
    "Attitude",
    "Bank",
    "BankErrors",
    "Card",
    "ConstructMap",
    "Contact",
    "Dimension",
    "Draw",
    "DrawTooLarge",
    "Facet",
    "FacetWords",
    "FeedbackWords",
    "Form",
    "FormText",
    "FormTranslation",
    "Item",
    "Line",
    "Media",
    "Option",
    "Pool",
    "PublishedForm",
    "PublishedItem",
    "PublishedSection",
    "QaConstruct",
    "Question",
    "Scenario",
    "Scorecard",
    "Section",
    "Step",
    "Task",
    "TranslatedText",
    "Translation",
    "Unit",
    "bank_as_known",
    "content_hash",
    "content_of",
    "content_type",
    "file_hash",
    "form_items",
    "form_media",
    "pinned",
    "read_bank",
    "read_medium",
    "read_snapshot",
    "section_items",
    "snapshot",
    "source_hash",
    "source_text",
    "units",
]
