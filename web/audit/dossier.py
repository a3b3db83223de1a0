"""The dossier of a directive: what it would hold, that it is taken out, and the file, which is packed while it is carried away."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.audit.exports.dossier import MOST_PURPOSE, DossierPage, ExportDossier, Exported, OpenDossier, ShowDossier, checkpoint_over
from engine.audit.exports.dossier_files import Dossier, dossier_of
from engine.kernel.clock import rest
from engine.kernel.errors import Denied, EngineError, InvalidInput, Refused
from web.audit.blueprint import pages
from web.door import ask, the_door
from web.language.sentences import in_words
from web.once import act
from web.visitor import the_visitor

LOOKS, PAUSE = 5, 0.4  # for the checkpoint that a worker makes at its next look: so often, with so many seconds between
COMMAND = "chidao audit verify-dossier {file} --trust vkeys.txt"


@pages.get("/directives/<directive>/dossier")
def dossier(directive: str) -> str:
    """Show what can be taken out, and what was."""
    return _page(directive, [])


@pages.post("/directives/<directive>/dossier")
def take_out_dossier(directive: str) -> ResponseReturnValue:
    """Record that the dossier is taken out, and lead to it."""
    purpose = request.form.get("purpose", "").strip()
    if not purpose:
        return _page(directive, [_("Say for what it is taken out: the sentence stands in the record of the export.")]), 422
    try:
        taken = act(ExportDossier(directive=directive, purpose=purpose))
    except Denied:
        raise
    except EngineError as refused:
        return _page(directive, [in_words(refused)]), 422
    _wait_for_a_checkpoint(taken["receipt"]["log"], taken["receipt"]["record"])
    return redirect(url_for("audit.dossier", directive=directive, export=taken["export"]))


@pages.get("/directives/<directive>/dossier/<export>.zip")
def dossier_file(directive: str, export: str) -> ResponseReturnValue:
    """Give the file of an export; a history that was changed is told instead."""
    exported: Exported = ask(OpenDossier(directive=directive, export=export))
    packed = _packed(exported)
    try:
        name, first = next(packed), next(packed)  # whatever could stop it is looked at before
    except (InvalidInput, Refused) as refused:
        return _page(directive, [in_words(refused)]), 409
    about = {"Content-Disposition": f'attachment; filename="{name.decode()}.zip"', "Cache-Control": "no-store"}
    return Response(chain([first], packed), mimetype="application/zip", headers=about)


def _wait_for_a_checkpoint(log: str, record: int) -> None:
    """Wait a little, where anybody makes checkpoints: nearly always the page that comes next can say that the dossier is ready."""
    for _look in range(LOOKS):
        with the_door().database.reading() as connection:
            over = checkpoint_over(connection, log, record)
        if over is None or over.size >= record:
            return
        rest(PAUSE)


def _packed(exported: Exported) -> Iterator[bytes]:
    """Yield the name of a dossier, and then its bytes."""
    with the_door().database.reading() as connection:
        found: Dossier = dossier_of(connection, exported)
        yield found.name.encode()
        yield from found.pieces()


def _page(directive: str, problems: list[str]) -> str:
    found: DossierPage = ask(ShowDossier(directive=directive))
    taken = next((each for each in found.exports if each.id == request.args.get("export")), None)
    typed = request.form.get("purpose", "" if taken else the_visitor().purpose)
    fields = {"problems": problems, "taken": taken, "typed": typed, "most": MOST_PURPOSE}
    return render_template("audit/dossier.html", found=found, directive=directive, command=COMMAND.format(file=_("FILE") + ".zip"), **fields)
