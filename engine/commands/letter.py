"""`chidao letter`: the Word templates by which letters and reports are printed."""

from __future__ import annotations

from pathlib import Path

import click

from engine.command_line import refusing
from engine.documents.letters.make_templates import write_templates
from engine.documents.letters.word import templates_folder
from engine.kernel.errors import Refused


@click.group()
def letter() -> None:
    """The Word templates of letters and reports."""


@letter.command("templates")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to; else the folder templates of the installation.")
@click.option("--again", is_flag=True, help="Also over templates that are there, which loses what was edited in them.")
@refusing
def templates(*, folder: Path | None, again: bool) -> None:
    """Write party.docx and state.docx for the office to edit in Word; in the installation's folder they are used from then on."""
    place = folder or templates_folder()
    there = sorted(path.name for path in place.glob("*.docx")) if place.is_dir() else []
    if there and not again:
        raise Refused(f"Expected no templates in {place}, but found {', '.join(there)}. Move them away, or say --again to write over them.")
    for path in write_templates(place):
        click.echo(path)
