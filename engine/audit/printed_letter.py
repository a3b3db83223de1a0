"""A directive as the letter that goes out: what its draft holds, in the order of an official letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select

from engine.audit.printed import Letterhead, act_of, copies_of, letterhead, recorded
from engine.documents.letters.forms import STATE, day_short, day_words
from engine.documents.letters.model import LETTER, Block, Paragraph, PrintedDocument, Signature
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.storage.schema import citation, directive, directive_item, instance, organisation, recipient_group, user_task

LEADS = {"implements": "Thực hiện", "based_on": "Căn cứ", "follows_up": "Tiếp theo", "attaches": "Gửi kèm"}  # what is only referred to stands in the items
MARKS = {"recalled": "Đã thu hồi", "replaced": "Đã được thay thế"}
DUE = {"before": "trước ngày", "by": "chậm nhất ngày", "on": "vào ngày", "within": "trong ngày"}
EVERY = {"weekly": "Hằng tuần", "monthly": "Hằng tháng", "quarterly": "Hằng quý", "once": "Khi kết thúc"}
COLLECTIVE = "Ban Thường vụ"  # in whose name a committee's T/M speaks, where the draft names no other
REPORTING = "báo cáo"
_LETTER = select(directive).where(directive.c.id == bindparam("b_directive"))
_CITED_ISSUER = organisation.alias("cited_issuer")
_CITED = directive.alias("cited")
_CITATIONS = (
    select(citation.c.code, citation.c.cited_date, citation.c.relation, _CITED.c.doc_type, _CITED.c.subject, _CITED_ISSUER.c.name.label("issuer"))
    .outerjoin(_CITED, _CITED.c.id == citation.c.cited)
    .outerjoin(_CITED_ISSUER, _CITED_ISSUER.c.id == _CITED.c.issuer)
    .where(citation.c.directive == bindparam("b_directive"))
    .order_by(citation.c.id)
)
_ITEMS = select(directive_item).where(directive_item.c.directive == bindparam("b_directive")).order_by(directive_item.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintLetter:
    """Ask for a directive as a letter to print. `form`: party or state; "" as its number is written."""

    directive: str
    form: str = ""


def answer_letter(query: PrintLetter, reading: Reading) -> PrintedDocument:
    """Return the letter. Raises NotFound, InvalidInput."""
    connection = reading.connection
    row = connection.execute(_LETTER, {"b_directive": query.directive}).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a directive, but found {query.directive!r}, which none has.")
    draft: dict[str, Any] = json.loads(row.reading or "{}")
    day = date.fromisoformat(row.issued_date)
    head = letterhead(connection, row.issuer, day, form=query.form, code=row.code)
    act = act_of(connection, _issued_in(row))
    letter = row.doc_type.casefold() == LETTER
    return PrintedDocument(
        form=head.form,
        issuer=head.issuer,
        superior=head.superior,
        code=row.code,
        place=head.place,
        day=day,
        kind=row.doc_type,
        subject=row.subject,
        to=_addressees(connection, row.issuer, draft.get("recipient_groups", [])) if letter else (),
        body=tuple(_body(connection, row, draft, head)),
        signature=_signature(draft, head.form, head.issuer) or (act.signature if act else Signature()),
        copies=copies_of(draft.get("noi_nhan", []), "Như trên", "Lưu VT"),
        mark=MARKS.get(row.status, ""),
        recorded=recorded(act),
    )


def _issued_in(row: Row[Any]) -> ColumnElement[bool]:
    """Return the condition of the case in which a letter was signed: that of the letter which it hands down, or one that began about nothing."""
    about = instance.c.directive == row.parent if row.parent else instance.c.directive.is_(None) & (instance.c.roots == json.dumps([row.root]))
    return and_(instance.c.organisation == row.issuer, about, user_task.c.completed_at <= row.created_at)


def _addressees(connection: Connection, issuer: str, groups: list[str]) -> tuple[str, ...]:
    """Return the names of the groups to which a letter went, in the order of its draft."""
    query = select(recipient_group.c.code, recipient_group.c.name).where(recipient_group.c.owner == issuer, recipient_group.c.code.in_(groups))
    names = {row.code: row.name for row in connection.execute(query)}
    return tuple(dict.fromkeys(names[code] for code in groups if code in names))  # two groups of one name are one addressee


def _body(connection: Connection, row: Row[Any], draft: dict[str, Any], head: Letterhead) -> Iterator[Block]:
    issuer = head.issuer
    items = _in_order(connection, _ITEMS, row.id, [item["item_no"] for item in draft.get("items", [])], "item_no")
    bases = [base["code"] if isinstance(base, dict) else base for base in draft.get("basis", [])]
    cited = _in_order(connection, _CITATIONS, row.id, bases, "code")
    grounds = "; ".join(_cited(each, head.form) for each in cited if each.relation in LEADS)
    opening = f"{grounds}, {issuer}" if grounds else issuer
    if not items:
        yield Paragraph(text=f"{opening} đề nghị các cơ quan, đơn vị, địa phương thực hiện: {row.subject}.")
    elif len(items) == 1:
        yield Paragraph(text=f"{opening} đề nghị {_asked(items[0])}")
    else:
        yield Paragraph(text=f"{opening} đề nghị các cơ quan, đơn vị, địa phương thực hiện một số nội dung sau:")
        for item in items:
            number = f"{item.item_no}. " if item.item_no[:1].isalnum() else "- "
            yield Paragraph(text=_told(item), first=number)
    if not any(REPORTING in item.text for item in items):  # most letters ask for the report in an item of their own
        yield from _duty(draft.get("obligation") or {}, issuer)
    if draft.get("contact"):
        yield Paragraph(text=f"Trong quá trình thực hiện, nếu có khó khăn, vướng mắc, đề nghị phản ánh về {issuer}, {draft['contact']}.")


def _in_order(connection: Connection, query: Select[Any], directive_id: str, order: list[str], key: str) -> list[Row[Any]]:
    """Return rows of a letter in the order in which its draft names them."""
    places = {name: place for place, name in reversed(list(enumerate(order)))}
    rows: list[Row[Any]] = list(connection.execute(query, {"b_directive": directive_id}))
    return sorted(rows, key=lambda row: places.get(getattr(row, key), len(places)))


def _cited(row: Row[Any], form: str) -> str:
    """Return a citation: the Party writes its day short behind a comma, the state in words (DOMAIN.md 1.5, Decree 30/2020, annex I)."""
    day = ""
    if row.cited_date:
        cited = date.fromisoformat(row.cited_date)
        day = f" {day_words(cited)}" if form == STATE else f", ngày {day_short(cited)}"
    issuer = f" của {row.issuer}" if row.issuer else ""
    subject = f" về việc {row.subject}" if row.subject else ""
    kind = row.doc_type.capitalize() if row.doc_type else "Văn bản"
    return f"{LEADS[row.relation]} {kind} số {row.code}{day}{issuer}{subject}"


def _asked(item: Row[Any]) -> str:
    """Return an item in the middle of a sentence: a verb and "Các …" begin with a small letter there, a name does not."""
    addressees = ", ".join(json.loads(item.addressees or "[]"))
    text = _task(item)
    small = text[:1].lower() + text[1:] if not text[:2].isupper() else text
    return f"{'c' + addressees[1:] if addressees.startswith('Các ') else addressees} {small}".strip()


def _told(item: Row[Any]) -> str:
    addressees = ", ".join(json.loads(item.addressees or "[]"))
    told = f"{addressees}: {_task(item)}" if addressees else _task(item)
    return told[:1].upper() + told[1:]


def _task(item: Row[Any]) -> str:
    """Return what an item asks for, with its deadline where the text does not tell it."""
    text = item.text.strip()
    due = ""
    if item.due_date and (day := day_short(date.fromisoformat(item.due_date))) not in text:
        due = f" Hoàn thành {DUE.get(item.due_operator or 'before', 'trước ngày')} {day}."
    return f"{text}{due}"


def _duty(duty: dict[str, Any], issuer: str) -> Iterator[Block]:
    """Yield the sentence that asks for reports."""
    if (often := EVERY.get(duty.get("frequency", ""))) is None:
        return
    into = f" (lồng ghép vào {duty['report_type']})" if duty.get("report_type") else ""
    due = f" trước ngày {day_short(date.fromisoformat(duty['due_date']))}" if duty.get("due_date") else ""
    yield Paragraph(text=f"{often}, đề nghị báo cáo kết quả thực hiện{into} gửi về {issuer}{due} để tổng hợp.")


def _signature(draft: dict[str, Any], form: str, issuer: str) -> Signature | None:
    """Return the signature that the draft proposes, which whoever signed has agreed to; None when it names nobody."""
    name, title, authority = draft.get("signer_name") or "", draft.get("signer_title") or "", draft.get("signer_authority") or ""
    if not name:
        return None
    letters = authority.upper().replace("/", "").replace(".", "")
    if letters == "TM":
        behalf = issuer if form == STATE else COLLECTIVE
    elif letters in ("KT", "TL", "TUQ"):
        behalf = title[4:] if title.upper().startswith("PHÓ ") else title
    else:
        behalf = ""
    return Signature(authority="" if authority == "direct" else authority, behalf=behalf, title=title, name=name)
