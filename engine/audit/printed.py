"""What every printed document has of its issuer: the form, the letterhead, the place, who signed it and by which recorded act."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, String, bindparam, cast, func, literal, select
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
_DAY = func.substr(user_task.c.completed_at, 1, 10)
_HOLDING = (
    holding.c.person.in_([user_task.c.completed_by, user_task.c.completed_for])
    & (holding.c.valid_from <= _DAY)
    & (holding.c.valid_to.is_(None) | (holding.c.valid_to >= _DAY))
)
_SIGNINGS: Select[Any] = (  # each with the posts that the signer and the absent held in that organisation on that day
    select(user_task.c.id, user_task.c.data, user_task.c.context, user_task.c.completed_at, user_task.c.completed_by, user_task.c.completed_for)
    .add_columns(person.c.name, _ABSENT.c.name.label("absent"), holding.c.person.label("holder"), post.c.title)
    .select_from(
        user_task.join(instance, instance.c.id == user_task.c.instance)
        .join(person, person.c.id == user_task.c.completed_by)
        .outerjoin(_ABSENT, _ABSENT.c.id == user_task.c.completed_for)
        .outerjoin(holding.join(post, post.c.id == holding.c.post), _HOLDING & (post.c.organisation == user_task.c.organisation))
    )
    .where(user_task.c.form.in_(SIGNING_FORMS), user_task.c.status == "completed")
    .order_by(user_task.c.completed_at.desc(), user_task.c.id.desc(), holding.c.substitute_for.is_(None), post.c.title.desc())
)
_edge = organisation_edge.c
_ON_THE_DAY = (_edge.valid_from <= bindparam("b_day")) & (_edge.valid_to.is_(None) | (_edge.valid_to >= bindparam("b_day")))
_reached = select(cast(organisation.c.id, String).label("id"), literal(0).label("depth")).where(organisation.c.id == bindparam("b_unit")).cte("reached", recursive=True)
_REACHED = _reached.union(
    select(cast(_edge.parent, String), _reached.c.depth + 1)
    .select_from(organisation_edge.join(_reached, _edge.child == _reached.c.id))
    .where(_ON_THE_DAY, _reached.c.depth < HIGHEST)
)
_UP = (_edge.parent == organisation.c.id) & _edge.child.in_(select(_REACHED.c.id)) & _ON_THE_DAY
_ABOVE: Select[Any] = (  # the organisation itself and all above it, with those of whom each is right above
    select(organisation.c.id, organisation.c.code, organisation.c.symbol, organisation.c.name, _edge.child, _edge.line)
    .select_from(organisation.outerjoin(organisation_edge, _UP))
    .where(organisation.c.id.in_(select(_REACHED.c.id)))
    .order_by(organisation.c.name)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """How an issuer heads its documents on a day."""

    form: str
    issuer: str
    symbol: str
    superior: str
    place: str


def letterhead(connection: Connection, unit: str, day: date, *, form: str, code: str = "") -> Letterhead:
    """Return the letterhead of an organisation. `form` "": that of the code, else that of the lines in which the unit stands. Raises InvalidInput."""
    if form:
        form_named(form)
    rows: list[Row[Any]] = list(connection.execute(_ABOVE, {"b_unit": unit, "b_day": day.isoformat()}))
    own = next(row for row in rows if row.id == unit)
    above: dict[str, dict[str, Row[Any]]] = {}  # of whom, in which line: the first by name
    for row in rows:
        if row.child:
            above.setdefault(row.child, {}).setdefault(row.line, row)
    lines = above.get(unit, {})
    name = form or _usual_form(code, lines)
    superior = next((found for line in HEADED_BY[name] if (found := lines.get(line))), None)
    return Letterhead(
        form=name,
        issuer=own.name,
        symbol=own.symbol or own.code,
        superior=superior.name if superior else "",
        place=_place(own, above),
    )


def _usual_form(code: str, above: Mapping[str, Row[Any]]) -> str:
    """Return the form in which a document is written: its own code says so, else whether its issuer stands in the government's line alone."""
    if code:
        return PARTY if is_party_symbol(code.partition("-")[2]) else STATE
    return STATE if "government" in above and "committee" not in above else PARTY


def _place(own: Row[Any], above: Mapping[str, Mapping[str, Row[Any]]]) -> str:
    """Return where a unit sits, as far as its name says so, or that of the nearest unit above; "" when none does."""
    row: Row[Any] | None = own
    for _ in range(HIGHEST):
        if row is None:
            break
        if found := place_in(row.name):
            return found
        lines = above.get(row.id, {})
        row = next((each for line in ("committee", "government", "professional") if (each := lines.get(line))), None)
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
    for _task, rows in groupby(connection.execute(_SIGNINGS.where(where)), key=lambda row: row.id):
        held = list(rows)
        row = held[0]
        if about is not None and json.loads(row.context).get(about[0]) != about[1]:
            continue
        if json.loads(row.data or "{}").get("decision") == "sign":
            titles = {each.holder: each.title for each in held}  # of several posts the last: one's own before one that is stood in for
            return Act(
                name=row.name,
                absent=row.absent or "",
                title=titles.get(row.completed_by) or "",
                absent_title=titles.get(row.completed_for) or "",
                at=row.completed_at,
            )
    return None


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
