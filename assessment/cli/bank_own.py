"""`flask bank own export`: the items that an organisation has written, as files of a bank."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from assessment.bank.drafts import finished_item
from assessment.bank.references import expected_folder
from assessment.bank.toml_writing import to_toml
from assessment.cli.context import database, operator, organisation_option, refusals_told
from assessment.services.items.item_review import file_of
from assessment.services.items.own_items import list_own_items


@click.group("own")
def own_commands() -> None:
    """Items that an organisation writes in the application."""


@own_commands.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@organisation_option
@with_appcontext
def export(folder: Path, organisation: str | None) -> None:
    """Write the newest version of each item below DIR as a bank holds it: items/<facet>/<code>.toml, translations beside.

    Drafts with errors go to items/drafts/. Files of the same name are written over.
    """
    with refusals_told():
        actor = operator(organisation)
        with database().read() as session:
            found = [(version, file_of(session, version)) for version in list_own_items(session, actor.organisation_id)]
    for version, document in found:
        item = finished_item(version.content)
        place = folder / "items" / (expected_folder(item) if item else "drafts")
        place.mkdir(parents=True, exist_ok=True)
        code = version.item.code
        (place / f"{code}.toml").write_text(to_toml(document), encoding="utf-8")
        for locale, words in version.translations.items():
            (place / f"{code}.{locale}.toml").write_text(to_toml(words), encoding="utf-8")
    click.echo(f"Wrote {len(found)} {'item' if len(found) == 1 else 'items'} to {folder}.")
