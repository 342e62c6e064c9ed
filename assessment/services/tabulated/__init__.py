"""Answers to an analyst who has a file and a question: keys and figures from plain tables, without a database.

`weigh` learns a key and says what it is worth to people it never saw, `score` applies one; `describing` holds item
analysis, validity, impact and agreement, `calibrating` item response models.
"""
