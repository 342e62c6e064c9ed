"""Make hires.csv and criterion.csv again from cohort_a.csv: `python examples/retail_selection_2021/derive.py`.

Everybody in the cohort was hired. The donors give no dates and no employee numbers, so the dates stay empty and the
employee id is the letter E before the person's id. Ratings are copied as they are written.
"""

from __future__ import annotations

import csv
from pathlib import Path

FOLDER = Path(__file__).parent
RATINGS = ("Overall_Rating", "Technical_Skills", "Teamwork", "Customer_Service", "Hire_Again")


def derive(cohort: Path, folder: Path) -> int:
    """Write hires.csv and criterion.csv into `folder` from the file `cohort`; return the number of people."""
    with cohort.open(newline="", encoding="utf-8") as source:
        people = list(csv.DictReader(source))
    with (folder / "hires.csv").open("w", newline="", encoding="utf-8") as target:
        hires = csv.writer(target, lineterminator="\n")
        hires.writerow(("applicant_id", "employee_id", "hired_on", "left_on", "left_reason"))
        hires.writerows((person["UNIQUE_ID"], "E" + person["UNIQUE_ID"], "", "", "") for person in people)
    with (folder / "criterion.csv").open("w", newline="", encoding="utf-8") as target:
        criterion = csv.writer(target, lineterminator="\n")
        criterion.writerow(("employee_id", *RATINGS))
        criterion.writerows(("E" + person["UNIQUE_ID"], *(person[name] for name in RATINGS)) for person in people)
    return len(people)


if __name__ == "__main__":
    derive(FOLDER / "cohort_a.csv", FOLDER)
