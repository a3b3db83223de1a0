"""What the commands of the command line share: options, and an error as one sentence instead of a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import click

from engine.kernel.errors import DefinitionInvalid, EngineError

REFUSED, UNCHECKED = 1, 3

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
database_option = click.option("--database", help="Database URL; else CHIDAO_DATABASE, else a file of your own.")
as_person = click.option("--as", "login", help="Login of the person who acts; whoever may run this command is trusted to say so. Else the system.")


def refusing(action: Callable[..., None]) -> Callable[..., None]:
    """Turn an EngineError, and what a database or a disk complains of, into one sentence on stderr and exit code 1; never a traceback."""

    @wraps(action)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            action(*args, **kwargs)
        except DefinitionInvalid as error:
            for finding in error.findings:
                click.echo(finding.sentence(), err=True)
            sys.exit(REFUSED)
        except EngineError as error:
            click.echo(error.message, err=True)
            sys.exit(REFUSED)
        except BrokenPipeError:
            raise  # whoever read our output has read enough: click ends quietly
        except OSError as error:
            place = f" {error.filename}" if error.filename else " a file"
            click.echo(f"Expected to read or write{place}, but could not: {error.strerror or error}. Check its rights and the room on its disk.", err=True)
            sys.exit(REFUSED)
        except Exception as error:
            if (told := _of_the_database(error)) is None:
                raise
            click.echo(told, err=True)
            sys.exit(REFUSED)

    return run


def _of_the_database(error: Exception) -> str | None:
    """Return the sentence for what a database driver complains of. Commands without a database never load one."""
    if "sqlalchemy.exc" not in sys.modules:
        return None
    from sqlalchemy.exc import DBAPIError

    from engine.storage.difficulties import sentence

    return sentence(error) if isinstance(error, DBAPIError) else None


def tell(found: dict[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Print `found` as one JSON document, or the lines that say it to people."""
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
