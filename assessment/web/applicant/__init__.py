"""Pages for the applicant: everything under `/take`. They know no key, no weight and no score."""

from __future__ import annotations

from assessment.web.applicant import adjusting, agreeing, arriving, ending, my_data, reporting, saving, taking, viewing
from assessment.web.applicant.blueprint import applicant

__all__ = ["adjusting", "agreeing", "applicant", "arriving", "ending", "my_data", "reporting", "saving", "taking", "viewing"]
