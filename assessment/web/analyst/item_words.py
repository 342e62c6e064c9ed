"""The bank's terms in words, for the pages on which items are written and read."""

from __future__ import annotations

FORMATS = {
    "pick_best": "Pick the best",
    "best_worst": "Best and worst",
    "rate": "Rate each",
    "rank": "Put in order",
    "likert": "Statement",
    "storyline": "Situation in steps",
}
FORMAT_HINTS = {
    "pick_best": "Four options, one is chosen. The best is clearly ahead; the second tempts a good agent in a hurry.",
    "best_worst": "Four or five options; the best and the worst are chosen. The worst is a tempting error, no insult.",
    "rate": "Five or six options, each rated on five points. Use middling options on purpose: they carry the information.",
    "rank": "Exactly four options, all possible, put in order.",
    "likert": "One sentence that a person finds more or less true of themselves.",
    "storyline": "One customer in two to six steps, four as a rule: what they feel, what went wrong, in their place, what to do.",
}
STATUSES = {"draft": "Draft", "in_review": "In review", "approved": "Approved", "retired": "Retired"}
CHANNELS = {"phone": "Phone", "chat": "Chat", "email": "E-mail", "counter": "Counter", "field": "Visit"}
CONTACT_CHANNELS = {**CHANNELS, "internal": "Internal note"}
TROUBLES = {
    "billing": "Billing",
    "delay": "Delay",
    "fault": "Fault",
    "wrong_info": "Wrong information",
    "access": "Access",
    "change": "Change",
    "mistake": "The customer’s own mistake",
    "conflict": "Conflict",
}
RATERS = {
    "reliability": "Reliability",
    "assurance": "Assurance",
    "tangibles": "Tangibles",
    "empathy": "Empathy",
    "responsiveness": "Responsiveness",
}
FAMILIES = {"customer_support": "Customer support", "field_service": "Field service", "retail_counter": "Retail counter"}
INSTRUCTIONS = {"should_do": "What should be done", "would_do": "What the person would do"}
SCALES = {
    "effectiveness5": "Poor to very good",
    "agreement5": "Not at all to fully",
    "likelihood5": "Very unlikely to very likely",
}
SPEAKERS = {"customer": "Customer", "agent": "Agent", "narrator": "Narrator", "other": "Somebody else"}
STEP_ROLES = {
    "feels": "What the customer feels",
    "went_wrong": "What went wrong",
    "in_their_place": "In their place",
    "action": "What to do",
}
MOVES = {
    "apologise": "apologise",
    "name_feeling": "name a feeling",
    "ask": "ask",
    "inform": "inform",
    "act": "act",
    "concede": "concede",
    "offer": "offer",
    "escalate": "escalate",
    "hand_over": "hand over",
    "wait": "wait",
    "refuse": "refuse",
    "correct": "correct",
}
SOURCES = {
    "critical_incident": "Something that happened at work",
    "complaint": "A complaint file",
    "interview": "An interview",
    "author": "Invented by the author",
    "ipip": "International Personality Item Pool",
}
WORDINGS = {"verbatim": "Word for word", "adapted": "Adapted"}
READERS = {
    "agent": "An agent who does the job",
    "supervisor": "A supervisor of agents",
    "psychologist": "A psychologist",
    "accessibility": "A reader for accessibility",
    "language": "A reader for language",
    "desk": "At the desk, without doing the job",
}
VERDICTS = {"keep": "Keep it as it is", "change": "Change it", "drop": "Drop it"}
ACTIONS = {
    "item begun": "began it",
    "item version begun": "began the version",
    "item saved": "saved it",
    "item sent to review": "sent it to review",
    "item taken back": "took it back",
    "item sent back": "sent it back",
    "item read": "read it",
    "warning accepted": "let a warning stand",
    "item approved": "approved it",
    "item retired": "retired it",
    "item translated": "gave it another language",
    "translation dropped": "took a language out",
    "item keyed": "gave the options their scores",
    "item pinned": "published it in a form",
}
WORDS = {
    "formats": FORMATS,
    "format_hints": FORMAT_HINTS,
    "statuses": STATUSES,
    "channels": CHANNELS,
    "contact_channels": CONTACT_CHANNELS,
    "troubles": TROUBLES,
    "raters": RATERS,
    "families": FAMILIES,
    "instructions": INSTRUCTIONS,
    "scales": SCALES,
    "speakers": SPEAKERS,
    "step_roles": STEP_ROLES,
    "moves": MOVES,
    "sources": SOURCES,
    "wordings": WORDINGS,
    "readers": READERS,
    "verdicts": VERDICTS,
    "actions": ACTIONS,
}
