"""`chidao read`: documents into structure."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.command_line import refusing
from engine.directives.reading import read_document
from engine.kernel.errors import EngineError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@refusing
def read(files: tuple[Path, ...]) -> None:
    """Read directive documents into structure."""
    documents = []
    for path in files:
        if not path.is_file():
            raise EngineError(f"Expected a document at {path}, but there is no such file.")
        documents += [reading.to_json() for reading in read_document(path.name, path.read_bytes())]
    click.echo(json.dumps({"documents": documents}, ensure_ascii=False, indent=1))
