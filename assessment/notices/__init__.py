"""What applicants are told about the use of their answers, by jurisdiction and language, as reviewed prose.

The words stand in one TOML file a language. Nothing here knows an applicant, an organisation or a database.
"""

from __future__ import annotations

from assessment.notices.jurisdictions import JURISDICTIONS, QUESTIONS, Jurisdiction
from assessment.notices.reading import LANGUAGES, Paragraph, Prose, Section, prose, told

__all__ = ["JURISDICTIONS", "LANGUAGES", "QUESTIONS", "Jurisdiction", "Paragraph", "Prose", "Section", "prose", "told"]
