"""A form is called by its title in the reader's language."""

from assessment.bank import snapshot
from assessment.records.form import FormVersion
from assessment.services.sitting.form_titles import form_title
from tests.services.two_languages import FORM, shipped_bank


def test_a_form_is_called_by_the_title_of_the_language_or_as_it_was_written() -> None:
    bank = shipped_bank()
    form = FormVersion(title="Short form", content=snapshot(bank, bank.forms[FORM]))
    assert [form_title(form, language) for language in ("es", "en", "de", None)] == ["Formulario breve", *["Short form"] * 3]
    assert form_title(FormVersion(title="Cohort form", content={"kind": "imported"}), "es") == "Cohort form"
