"""What every printed document has of its issuer: the form, the letterhead, the place, who signed it and by which recorded act."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.sql import ColumnElement

from engine.access.authorise import SIGNING_FOR
from engine.directives.register import SIGNING_FORMS, is_party_symbol
from engine.documents.letters.forms import PARTY, STATE, day_short, form_named
from engine.documents.letters.model import CopyTo, Signature
from engine.kernel.clock import ZONE, from_stamp
from engine.storage.schema import holding, instance, organisation, organisation_edge, person, post, user_task

HEADED_BY = {PARTY: ("committee", "government"), STATE: ("government", "committee")}  # whose name stands above the issuer's, first choice first
CENTRAL, CAPITAL = "Trung ương", "Hà Nội"
HIGHEST = 6  # levels that are looked at for a place
_PLACED = re.compile(
    r"(?:Tỉnh ủy|Thành ủy|Huyện ủy|Thị ủy|Quận ủy|Đảng ủy(?: xã| phường| thị trấn| đặc khu)?"
    r"|(?:Ủy ban nhân dân|UBND|Hội đồng nhân dân|HĐND)(?: tỉnh| thành phố| huyện| quận| thị xã| xã| phường| thị trấn| đặc khu)) (?P<place>.+)$",
    re.IGNORECASE,
)
_ABSENT = person.alias("absent")
_SIGNINGS: Select[Any] = (
    select(user_task.c.data, user_task.c.context, user_task.c.completed_at, user_task.c.organisation, user_task.c.completed_by, user_task.c.completed_for)
    .add_columns(person.c.name, _ABSENT.c.name.label("absent"))
    .join(instance, instance.c.id == user_task.c.instance)
    .join(person, person.c.id == user_task.c.completed_by)
    .outerjoin(_ABSENT, _ABSENT.c.id == user_task.c.completed_for)
    .where(user_task.c.form.in_(SIGNING_FORMS), user_task.c.status == "completed")
    .order_by(user_task.c.completed_at.desc(), user_task.c.id.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """How an issuer heads its documents on a day."""

    form: str
    issuer: str
    superior: str
    place: str


def letterhead(connection: Connection, unit: Row[Any], day: date, *, form: str, code: str = "") -> Letterhead:
    """Return the letterhead of an organisation. `form` "": that of the code, else that of the lines in which the unit stands. Raises InvalidInput."""
    above = _edges(connection, unit.id, day)
    name = form_named(form).name if form else _usual_form(code, above)
    superior = next((found[0] for line in HEADED_BY[name] if (found := above.get(line))), None)
    return Letterhead(form=name, issuer=unit.name, superior=superior.name if superior else "", place=_place(connection, unit, day))


def _usual_form(code: str, above: dict[str, list[Row[Any]]]) -> str:
    """Return the form in which a document is written: its own code says so, else whether its issuer stands in the government's line alone."""
    if code:
        return PARTY if is_party_symbol(code.partition("-")[2]) else STATE
    return STATE if "government" in above and "committee" not in above else PARTY


def _edges(connection: Connection, unit: str, day: date) -> dict[str, list[Row[Any]]]:
    """Return the organisations right above one, by line."""
    today, edge = day.isoformat(), organisation_edge.c
    query = (
        select(organisation.c.id, organisation.c.name, edge.line)
        .join(organisation_edge, edge.parent == organisation.c.id)
        .where(edge.child == unit, edge.valid_from <= today, edge.valid_to.is_(None) | (edge.valid_to >= today))
        .order_by(organisation.c.name)
    )
    found: dict[str, list[Row[Any]]] = {}
    rows: list[Row[Any]] = list(connection.execute(query))
    for row in rows:
        found.setdefault(row.line, []).append(row)
    return found


def _place(connection: Connection, unit: Row[Any], day: date) -> str:
    """Return where a unit sits, as far as its name says so, or that of the nearest unit above; "" when none does."""
    row: Any = unit
    for _ in range(HIGHEST):
        if found := place_in(row.name):
            return found
        above = _edges(connection, row.id, day)
        following = [each for line in ("committee", "government", "professional") for each in above.get(line, [])]
        if not following:
            break
        row = following[0]
    return ""


def place_in(name: str) -> str:
    """Return the place that an organisation's name ends with: "Sơn Bình" of "Ban Tuyên giáo Tỉnh ủy Sơn Bình"; "" when it names none."""
    if name.endswith(CENTRAL):
        return CAPITAL
    found = _PLACED.search(name)
    return found["place"] if found and found["place"][0].isupper() else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """The recorded act of signing: who, in whose stead, as what, when (moment)."""

    name: str
    absent: str
    title: str
    absent_title: str
    at: str

    @property
    def signature(self) -> Signature:
        """The signature as it stands under a document whose signer nobody has named otherwise."""
        if not self.absent:
            return Signature(title=self.title, name=self.name)
        return Signature(authority=SIGNING_FOR, behalf=self.absent_title or self.title, title=self.title, name=self.name)


def act_of(connection: Connection, where: ColumnElement[bool], *, about: tuple[str, str] | None = None) -> Act | None:
    """Return the newest signing among the tasks of some instances; `about`: (key, id) that the task's data must hold. None when nobody has signed."""
    for row in connection.execute(_SIGNINGS.where(where)):
        if about is not None and json.loads(row.context).get(about[0]) != about[1]:
            continue
        if json.loads(row.data or "{}").get("decision") == "sign":
            titles = _titles(connection, row)
            return Act(
                name=row.name,
                absent=row.absent or "",
                title=titles.get(row.completed_by, ""),
                absent_title=titles.get(row.completed_for, ""),
                at=row.completed_at,
            )
    return None


def _titles(connection: Connection, row: Row[Any]) -> dict[str | None, str]:
    """Return the posts that the signer and the absent held on the day, by person; a post of one's own before one that is stood in for."""
    day, people = row.completed_at[:10], [each for each in (row.completed_by, row.completed_for) if each]
    query = (
        select(holding.c.person, post.c.title)
        .join(post, post.c.id == holding.c.post)
        .where(post.c.organisation == row.organisation, holding.c.person.in_(people), holding.c.valid_from <= day)
        .where(holding.c.valid_to.is_(None) | (holding.c.valid_to >= day))
        .order_by(holding.c.substitute_for.is_(None), post.c.title.desc())  # what comes last stays
    )
    return {each.person: each.title for each in connection.execute(query)}


def recorded(act: Act | None) -> str:
    """Return the sentence at the foot: by which recorded act the document was signed. A print bears no signature of its own."""
    if act is None:
        return ""
    moment = from_stamp(act.at).astimezone(ZONE)
    absent = f", ký thay {act.absent}" if act.absent else ""
    title = f", {act.title}" if act.title else ""
    return (
        f"Bản in từ hệ thống. Việc ký là thao tác được ghi nhận của {act.name}{title}{absent}, lúc {moment:%H:%M} ngày {day_short(moment.date())}; "
        "bản in không mang chữ ký số và con dấu."
    )


def copies_of(entries: list[dict[str, Any]], *usual: str) -> tuple[CopyTo, ...]:
    """Return the distribution list of a draft; the usual one when it has none."""
    if not entries:
        return tuple(CopyTo(body=each) for each in usual)
    return tuple(CopyTo(body=entry["body"], marker=entry.get("marker") or "") for entry in entries)
