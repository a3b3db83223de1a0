"""The history taken out in another format: the page that offers it, and the file, which is made while it is carried away."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.audit.exports.exporting import FORMATS, MOST_PURPOSE, ExportHistory, ExportsPage, ShowExports, written
from engine.kernel.canonical import canonical_json, sha256_hex
from engine.kernel.errors import Denied, EngineError
from engine.kernel.vietnamese import fold
from web.audit import export_words as words
from web.audit.blueprint import pages
from web.door import ask, the_door
from web.forms.written import day_or_note
from web.language.sentences import in_words
from web.once import act
from web.visitor import the_visitor

RECORDS = "X-Chidao-Records"  # how many records the file goes through, for the script that shows how far it is
FIRST = "csv"  # the format that is chosen first: an office opens it without another program


@pages.get("/exports")
def exports() -> str:
    """Show what can be taken out, and what was."""
    return _page([])


@pages.post("/exports")
def take_out() -> ResponseReturnValue:
    """Record that the history is taken out, and give the file."""
    problems: list[str] = []
    typed = request.form
    command = ExportHistory(
        format=typed.get("format", ""),
        directive=typed.get("directive", "").strip(),
        since=day_or_note(typed.get("since", ""), problems),
        until=day_or_note(typed.get("until", ""), problems),
        purpose=typed.get("purpose", "").strip(),
    )
    if not command.purpose:
        problems.append(_("Say for what it is taken out: the sentence stands in the record of the export."))
    if problems:
        return _page(problems), 422
    try:
        taken = act(command, part=sha256_hex(canonical_json([command.format, command.directive, command.since, command.until, command.purpose]))[:16])
    except Denied:
        raise
    except EngineError as refused:
        return _page([in_words(refused)]), 422
    door, chosen = the_door(), FORMATS[command.format]
    text = written(door.database, the_visitor().actor, door.clock.now(), taken)
    about = {"Content-Disposition": f'attachment; filename="{_name(command)}{chosen.suffix}"', RECORDS: str(taken["records"])}
    return Response(text, mimetype=chosen.media_type, headers=about)


def _page(problems: list[str]) -> str:
    wanted = request.form or request.args
    asked = wanted.get("directive", "").strip()
    found: ExportsPage = ask(ShowExports(directive="" if problems else asked))
    kept = {name: wanted.get(name, "") for name in ("since", "until")} | {"directive": found.directive or asked, "format": wanted.get("format", FIRST)}
    kept["purpose"] = wanted.get("purpose", the_visitor().purpose)  # what was said for the looks of this session is said for the file too
    return render_template("audit/exports.html", found=found, kept=kept, problems=problems, words=words, most=MOST_PURPOSE, record_address=_record_address)


def _record_address(log: str, number: int) -> str:
    return url_for("audit.record", log=log, seq=number)


def _name(command: ExportHistory) -> str:
    """Return the name of a file: `lich-su-88-kh-tu-2025-01-01`."""
    plain = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in fold(f"{command.directive} {command.since} {command.until}"))
    return "-".join(("lich-su", *plain.split()))[:100]
