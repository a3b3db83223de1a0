"""The addresses of what is printed. Each asks the door, so whoever prints is written down; there is nothing to see but the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, abort, request, send_file

from engine.access.tokens import CALENDAR, person_of_token
from engine.audit.calendar_days import ListDays
from engine.audit.printed_letter import PrintLetter
from engine.audit.printed_report import PrintConsolidation, PrintReport
from engine.directives.arrival_stamp import PrintStamp, StampedLetter
from engine.directives.printing import COLUMNS, Printed, PrintRegister
from engine.documents.letters.forms import day_short
from engine.documents.letters.model import PrintedDocument
from engine.documents.letters.pdf import letter_pdf, register_pdf, stamp_pdf
from engine.documents.letters.word import letter_word
from engine.kernel import environment
from engine.kernel.actor import Actor
from engine.kernel.clock import ZONE
from engine.kernel.errors import InvalidInput
from web.door import ask, the_door
from web.printing.calendar import as_calendar
from web.visitor import own_keys, the_visitor

pages = Blueprint("printing", __name__, template_folder="templates")
MEDIA = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf", "ics": "text/calendar"}
AN_HOUR = 3600  # seconds for which a calendar is not asked for again
FORMATS = "<any(docx, pdf):format>"
NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))


@pages.get(f"/print/letter/<directive>.{FORMATS}")
def letter(directive: str, format: str) -> Response:
    """Give a directive as a letter."""
    return _file(ask(PrintLetter(directive=directive, form=_form())), format)


@pages.get(f"/print/report/<report>.{FORMATS}")
def report(report: str, format: str) -> Response:
    """Give a regular report."""
    return _file(ask(PrintReport(report=report, form=_form(), revision=_revision())), format)


@pages.get(f"/print/consolidation/<consolidation>.{FORMATS}")
def consolidation(consolidation: str, format: str) -> Response:
    """Give a consolidated report."""
    return _file(ask(PrintConsolidation(consolidation=consolidation, form=_form(), revision=_revision())), format)


@pages.get("/print/arrival/<directive>/<organisation>.pdf")
def arrival(directive: str, organisation: str) -> Response:
    """Give the stamp ĐẾN of a letter that an organisation has registered."""
    found: StampedLetter = ask(PrintStamp(directive=directive, organisation=organisation))
    stamp, now = found.stamp, the_door().clock.now()
    issued = day_short(date.fromisoformat(found.issued_date))
    content = stamp_pdf(
        organisation=stamp.name,
        number=stamp.number,
        day=day_short(date.fromisoformat(stamp.day)),
        handed_to=stamp.handed_to,
        letter=f"{found.doc_type[:1].upper()}{found.doc_type[1:]} số {found.code}, ngày {issued}, {found.issuer}",
        subject=found.subject,
        printed=f"{the_visitor().name} in lúc {now.astimezone(ZONE):%H:%M ngày %d/%m/%Y}",
        printed_at=now,
    )
    return _sent(content, f"dấu đến số {stamp.number} {found.code}", "pdf")


@pages.get("/print/register/<organisation>/<kind>.pdf")
def register(organisation: str, kind: str) -> Response:
    """Give a register with the columns of Decree 30/2020."""
    if kind not in COLUMNS:
        abort(404)
    begin, end = _day("begin"), _day("end")
    query = PrintRegister(
        organisation=organisation,
        kind=kind,
        term=request.args.get("term") or None,
        begin=begin.isoformat() if begin else None,
        end=end.isoformat() if end else None,
    )
    found: Printed = ask(query)
    content = register_pdf(
        title=found.title,
        issuer=found.organisation,
        note=_span(begin, end),
        heads=found.columns,
        rows=[[line[column] for column in found.columns] for line in found.lines],
        printed_at=the_door().clock.now(),
    )
    return _sent(content, f"{found.title.lower()} {found.organisation}", "pdf")


@pages.get("/calendar/<token>.ics")
@own_keys
def feed(token: str) -> Response:
    """Give the due days of whoever the token stands for, to a calendar program; a token that nobody has is no page."""
    door = the_door()
    now = door.clock.now()
    with door.database.reading() as connection:
        row = person_of_token(connection, token, CALENDAR, now)
    if row is None:
        abort(404)
    days = door.ask(ListDays(), Actor.person(row.person, method="token"))
    response = Response(as_calendar(days, environment.value("CHIDAO_ADDRESS"), now), mimetype=MEDIA["ics"])
    response.headers["Cache-Control"] = f"private, max-age={AN_HOUR}"
    return response


def _file(document: PrintedDocument, format: str) -> Response:
    made: dict[str, Callable[[], bytes]] = {
        "docx": lambda: letter_word(document),
        "pdf": lambda: letter_pdf(document, the_door().clock.now()),
    }
    number = document.code if document.code[:1].isdigit() else f"{document.code[1:]} {document.note.strip('()')}"  # without a number: of which month
    return _sent(made[format](), f"{document.kind} {number}", format)


def _sent(content: bytes, name: str, format: str) -> Response:
    """Return a file under a name that every system can keep."""
    named = f"{' '.join(name.translate(NOT_IN_NAMES).split())}.{format}"
    named = named[:1].upper() + named[1:]
    response = send_file(io.BytesIO(content), mimetype=MEDIA[format], as_attachment=True, download_name=named)
    response.headers["Cache-Control"] = "no-store"
    return response


def _form() -> str:
    """Return the form that was asked for; "" for the usual one of the document."""
    return request.args.get("form", "")


def _revision() -> int | None:
    said = request.args.get("revision", "")
    if said and not (said.isascii() and said.isdigit()):
        raise InvalidInput(f"Expected the number of a revision, but found {said[:20]!r}. Leave it out for the newest.")
    return int(said) if said else None


def _day(name: str) -> date | None:
    said = request.args.get(name, "")
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise InvalidInput(f"Expected a day such as 2024-04-15, but found {said[:20]!r}.") from None


def _span(begin: date | None, end: date | None) -> str:
    """Return in words which days a register is of."""
    parts = [f"từ ngày {day_short(begin)}" if begin else "", f"đến ngày {day_short(end)}" if end else ""]
    return " ".join(part for part in parts if part).capitalize()
