"""What stands beside a task, the page of a case, its comments, and stored files."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, select

from engine.audit.case_beside import ShowBeside, answer_beside
from engine.audit.case_documents import FetchDocument, ReadDocument, answer_evidence, answer_file, place_of_document
from engine.audit.case_page import ShowCase, answer_case
from engine.composition.scopes import of_task
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.instances.comments import WriteComment, decide_write_comment
from engine.kernel.errors import NotFound
from engine.kernel.registry import Registry
from engine.storage.schema import instance

_CASE = select(instance.c.id, instance.c.organisation, instance.c.directive, instance.c.roots).where(instance.c.id == bindparam("b_instance"))


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns cases and stored files. Who looked at a case or fetched a file is written down."""
    handlers.add(WriteComment.__name__, Handler(action="comment.write", scope=of_case, decide=decide_write_comment, kind=WriteComment))
    queries.add(ShowBeside.__name__, Query(action="task.see", scope=of_task, answer=answer_beside))
    queries.add(ShowCase.__name__, Query(action="case.see", scope=of_case, answer=answer_case, recorded=True))
    queries.add(FetchDocument.__name__, Query(action="document.see", scope=of_document, answer=answer_file, recorded=True))
    queries.add(ReadDocument.__name__, Query(action="document.see", scope=of_document, answer=answer_evidence, recorded=True))


def of_case(about: Any, reading: Reading) -> Scope:
    """`about.instance`: the organisation of the case."""
    row = reading.connection.execute(_CASE, {"b_instance": about.instance}).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a case, but found {about.instance!r}, which none has.")
    return Scope(organisation=row.organisation, subject=Subject(type="instance", id=row.id), streams=tuple(json.loads(row.roots)))


def of_document(about: FetchDocument | ReadDocument, reading: Reading) -> Scope:
    """`about.sha256`: an organisation of the actor's that has to do with what refers to the file, else the one whose it is."""
    unit = place_of_document(reading, about.sha256)
    return Scope(organisation=unit, subject=Subject(type="document", id=about.sha256))
