"""The dossier of a directive: who takes it out, and the page that offers it."""

from __future__ import annotations

from engine.audit.exports.dossier import (
    ExportDossier,
    OpenDossier,
    ShowDossier,
    answer_dossier,
    answer_open,
    decide_export,
    unit_of_dossier,
)
from engine.audit.exports.records import root_of
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the export, which is recorded in the stream of the directive (no command of the API: the record would be there without the file)."""
    handlers.add(ExportDossier.__name__, Handler(action="dossier.export", scope=_of_dossier, decide=decide_export, receipted=True))
    queries.add(ShowDossier.__name__, Query(action="dossier.export", scope=_of_dossier, answer=answer_dossier, recorded=True))
    queries.add(OpenDossier.__name__, Query(action="dossier.export", scope=_of_dossier, answer=answer_open, recorded=True))


def _of_dossier(about: ExportDossier | ShowDossier | OpenDossier, reading: Reading) -> Scope:
    root = root_of(reading.connection, about.directive)
    return Scope(organisation=unit_of_dossier(reading, root), subject=Subject(type="directive", id=root), streams=(root,))
