"""The play that processes are killed over: a tree of offices, two letters that travel down it and come back up as reports.

A monthly duty and a campaign's final report; in the first month one office is late, one report is returned, one office has
nothing to tell. What people answer depends on nothing but what lies before them, so that every run has one outcome.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from engine.bootstrap import prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import Sources, beside_shipped
from engine.directives.receive import ReceiveDocument
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.instances.commands import StartProcess
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock, from_stamp, local_date
from engine.kernel.periods import next_period
from engine.scenario.answers import answer
from engine.scenario.stage import Desk, morning
from engine.storage import Database
from engine.storage.schema import organisation
from tests.definitions.drawings import chain, drawing, lane

ABOVE, TOP = "trung-uong", "tinh"
ROLES = "leader office_head clerk specialist consolidator standing_board"
BEGIN = date(2023, 12, 4)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FIRST_PERIOD = "2023-12"
INDICATORS = [
    {"key": "activities", "label": "Số hoạt động", "unit": "cuộc", "aggregation": "sum", "required": True},
    {"key": "people", "label": "Số lượt người", "unit": "lượt người", "aggregation": "sum", "required": True},
]
BY_PERSON = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>'
FAILS = '<bpmn:serviceTask id="fails" chidao:operation="compute_totals"/>'  # without the parameters that it needs
SENDS = (
    '<bpmn:serviceTask id="sends" chidao:operation="call_webhook"><bpmn:extensionElements>'
    '<chidao:parameter name="endpoint" value="\'archive\'"/><chidao:parameter name="body" value="organisation"/>'
    "</bpmn:extensionElements></bpmn:serviceTask>"
)


def _own(name: str, node: str, element: str) -> bytes:
    """Return a process that a clerk starts, which does one thing and ends."""
    return drawing(BY_PERSON + element + '<bpmn:endEvent id="e"/>' + chain("s", node, "e"), id=name, lanes=lane("s", node, "e", role="clerk"))


OWN = Sources(files={"poison.bpmn": _own("poison", "fails", FAILS), "notice.bpmn": _own("notice", "sends", SENDS)})
_CODE = select(organisation.c.code).where(organisation.c.id == bindparam("b_id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter that comes to the top of the tree at eight in the morning of a day."""

    name: str
    day: date
    number: int
    body: Mapping[str, Any]

    def command(self, ids: Mapping[str, str]) -> ReceiveDocument:
        return ReceiveDocument(
            organisation=ids[TOP], issuer=ids[ABOVE], number=self.number, issued=self.day.isoformat(), body=dict(self.body)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A tree with `widths[k]` offices below each office of level k, the letters, and who does not do as the others do."""

    widths: tuple[int, ...] = (3, 3)
    months: int = 2
    campaign: bool = True
    notices: int = 0  # webhooks that the top sends, one a day
    clumsy: bool = False  # whoever has nothing to tell hands in an empty form first, which is refused

    @property
    def levels(self) -> list[list[str]]:
        levels = [[TOP]]
        for width in self.widths:
            levels.append([f"{code}-{number}" for code in levels[-1] for number in range(1, width + 1)])
        return levels

    @property
    def codes(self) -> list[str]:
        return [code for level in self.levels for code in level]

    @property
    def late(self) -> str:
        return self.levels[-1][0]

    @property
    def nil(self) -> str:
        return self.levels[-1][-1]

    @property
    def returned(self) -> str:
        return self.levels[1][-1]

    def letters(self) -> list[Letter]:
        last = FIRST_PERIOD
        for _ in range(self.months - 1):
            last = next_period(last)
        monthly = {"frequency": "monthly", "report_type": "báo cáo công tác tháng", "first_period": FIRST_PERIOD, "end_period": last}
        once = {"frequency": "once", "report_type": "báo cáo kết quả đợt", "due_date": "2024-02-20", "due_operator": "by"}
        common = {"doc_type": "công văn", "symbol": "CV/TW", "items": [], "indicators": INDICATORS}
        sunset = (date.fromisoformat(f"{last}-28") + timedelta(days=60)).isoformat()
        found = [
            Letter(
                name="monthly",
                day=BEGIN,
                number=7,
                body={**common, "process": "coordination_monthly", "subject": "công tác tháng", "obligation": monthly, "sunset": sunset},
            )
        ]
        if self.campaign:
            found.append(
                Letter(
                    name="campaign",
                    day=BEGIN + timedelta(days=7),
                    number=8,
                    body={**common, "process": "campaign_final", "subject": "đợt cao điểm", "obligation": once, "sunset": "2024-04-30"},
                )
            )
        return found

    def begins(self) -> Iterator[tuple[str, datetime, Callable[[Mapping[str, str]], Any]]]:
        """Yield what the clerk at the top does of his own accord: its key, when, the command from the offices' ids."""
        yield from ((f"letter:{letter.name}", morning(letter.day), letter.command) for letter in self.letters())
        for number in range(self.notices):
            yield f"notice:{number}", morning(BEGIN + timedelta(days=number)), _notice

    # --- what people do ----------------------------------------------------------------------------------------

    def answer(self, desk: Desk) -> dict[str, Any]:
        first = desk.case.period == FIRST_PERIOD
        match desk.task.form:
            case "report_section" if first and desk.code == self.nil:
                return {"assessment": "nil", "nil_reason": "Trong kỳ không phát sinh.", "indicators": {}}
            case "review_report" if self._returns(desk):
                reason = "Thiếu số liệu, đề nghị bổ sung."
                return {"decision": "return", "reason": reason, "revise_by": desk.today.isoformat()}
        return answer(desk)

    def not_before(self, desk: Desk) -> datetime | None:
        if desk.task.form == "report_section" and desk.code == self.late and desk.case.period == FIRST_PERIOD:
            return morning(local_date(from_stamp(desk.task.due_at)) + timedelta(days=1))
        if desk.task.form == "execute_update":  # after all who hand the letter down the same day: what it is told next holds what they did
            return morning(local_date(from_stamp(desk.task.created_at)) + timedelta(days=1))
        return None

    def wrong(self, desk: Desk) -> bool:
        """Tell whether the person hands in an empty form first."""
        return self.clumsy and desk.task.form == "report_section" and desk.code == self.nil

    def refusal(self, desk: Desk) -> str | None:
        del desk
        return None

    def _returns(self, desk: Desk) -> bool:
        context = desk.context
        reporter = desk.connection.execute(_CODE, {"b_id": context["reporter"]}).scalar_one()
        return bool(context["revision"] == 1 and context["period"] == FIRST_PERIOD and reporter == self.returned)


def _notice(ids: Mapping[str, str]) -> StartProcess:
    return StartProcess(process="notice", organisation=ids[TOP], directive=None)


def furnish(url: str, cast: Cast) -> None:
    """Set up a database: the offices, their people and groups, the shipped processes and two of the play's own."""
    database = Database(url)
    try:
        door = prepare(database, SimulatedClock(LONG_AGO))
        for kind, rows in _offices(cast).items():
            door.execute(ImportDirectory(kind=kind, text=_as_csv(kind, rows), file=f"{kind}.csv"), SYSTEM, key=f"furnish:{kind}")
        door.execute(DeployDefinitions.of(beside_shipped(OWN), reason="play"), SYSTEM, key="furnish:processes")
    finally:
        database.dispose()


def _offices(cast: Cast) -> dict[str, list[dict[str, str]]]:
    since = {"valid_from": "2020-01-01"}
    names = [(ABOVE, "central"), *((code, ("province", "district", "grassroots")[code.count("-")]) for code in cast.codes)]
    below = [(ABOVE, TOP), *((code.rpartition("-")[0], code) for code in cast.codes if "-" in code)]
    return {
        "organisations": [
            {"code": code, "name": f"Cơ quan {code}", "level": level, "symbol": code.upper().replace("-", ""), **since} for code, level in names
        ],
        "edges": [{"parent": parent, "child": child, "line": "committee", **since} for parent, child in below],
        "people": [{"login": code, "name": f"Cán bộ {code}", "organisation": code, "title": "Bí thư", "roles": ROLES} for code, _ in names],
        "groups": [
            {"owner": parent, "code": f"duoi-{parent}", "name": "Các đơn vị trực thuộc", "member": child, "reports": "1"} for parent, child in below
        ],
    }


def _as_csv(kind: str, rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[kind])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
