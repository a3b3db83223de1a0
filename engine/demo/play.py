"""Carry directives from document to consolidated report: receive, issue, execute, report every month, consolidate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.demo.answers import INDICATORS, Desk, Story, answer, later
from engine.demo.offices import as_csv, offices
from engine.directives.books import OpenRegister
from engine.directives.receive import ReceiveDocument, StoreDocument
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import holders
from engine.door import Door
from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask
from engine.instances.load import case_of
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.calendar import day_of_month, first_period, next_period
from engine.kernel.clock import ZONE, SimulatedClock, local_date
from engine.kernel.errors import EngineError, StepFailed
from engine.kernel.vietnamese import fold
from engine.reports.regimes import due_date
from engine.storage.schema import incident, organisation, recipient_group, user_task

PROCESS = "coordination_monthly"  # what the person who registers chooses as the directive's type
RELAY_DAYS = 5  # between the superior's letter and its arrival at the issuer of ours
CLOSING_DAYS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One document of the demo: who issues it, on which superior's letter, when it arrives."""

    reading: dict[str, Any]
    issuer: str
    superior: str
    arrives: datetime
    issued: date
    draft: dict[str, Any]
    basis: dict[str, Any]


@dataclass(slots=True)
class Play:
    """The demo while it runs. `tick` is called after every task with the simulated day and the percentage done."""

    door: Door
    clock: SimulatedClock
    months: int
    tick: Callable[[date, int], None] = lambda _day, _percent: None
    story: Story = field(default_factory=Story)
    plans: list[Plan] = field(default_factory=list)
    received: dict[str, Plan] = field(default_factory=dict)
    _commands: int = 0

    def prepare(self, documents: list[tuple[str, bytes, dict[str, Any]]]) -> None:
        """Build the offices, deploy the processes, open the registers, and plan each document."""
        province, city = _places([reading for _, _, reading in documents])
        for kind, text in as_csv(offices(province, city)).items():
            self._do(ImportDirectory(kind=kind, text=text, file=f"{kind}.csv"))
        files = {name: content.hex() for name, content in shipped_sources().files.items()}
        self._do(DeployDefinitions(files=files, reason="trình diễn"))
        for name, content, reading in documents:
            self.plans.append(self._plan(name, content, reading))
        first = min(plan.draft["obligation"]["first_period"] for plan in self.plans)
        self._tell_story(max(plan.draft["obligation"]["first_period"] for plan in self.plans), first)

    def run(self) -> None:
        """Run until nothing is left to do and nothing will become due."""
        waiting = sorted(self.plans, key=lambda plan: plan.arrives)
        poller = Poller(self.door)
        while True:
            while waiting and waiting[0].arrives <= self.clock.now():
                self._receive(waiting.pop(0))
            poller.drain()
            self._stop_at_incident()
            if self._work():
                continue
            moments = [plan.arrives for plan in waiting[:1]] + list(self._held())
            moments += [moment] if (moment := poller.next_moment()) else []
            later = [moment for moment in moments if moment > self.clock.now()]
            if not later:
                return
            self.clock.advance_to(min(later))

    def _do(self, command: Any, actor: Actor = SYSTEM) -> dict[str, Any]:
        self._commands += 1
        return self.door.execute(command, actor, key=f"demo:{self._commands}")

    def _stop_at_incident(self) -> None:
        with self.door.database.reading() as connection:
            found = connection.execute(select(incident).where(incident.c.resolved_at.is_(None))).first()
        if found is not None:
            raise StepFailed(f"Expected the demo to run through, but {found.element!r} stopped: {found.message}")

    # --- planning ---------------------------------------------------------------------------------------------

    def _plan(self, name: str, content: bytes, reading: dict[str, Any]) -> Plan:
        with self.door.database.reading() as connection:
            issuer = _office(connection, reading["issuer"]["name"])
            codes = {row.code: row.id for row in connection.execute(select(organisation))}
            groups = _groups(connection, issuer.id, reading["recipients"])
        superior = codes["btg-tinh"] if issuer.code == "btg-tp" else codes["tt-tinh-uy"]
        issued = date.fromisoformat(reading["date"])
        begin = first_period(issued)
        end = begin
        for _ in range(self.months - 1):
            end = next_period(end)
        sunset = (day_of_month(end, 31) + timedelta(days=CLOSING_DAYS)).isoformat()
        digest = self._do(
            StoreDocument(organisation=issuer.id, name=name, media_type="text/plain", content=content.hex())
        )["sha256"]
        self._do(
            OpenRegister(
                organisation=issuer.id,
                doc_type=reading["doc_type"],
                symbol=reading["symbol"],
                day=reading["date"],
                start=reading["number"],
            )
        )
        duty = {"frequency": "monthly", "first_period": begin, "end_period": end}
        return Plan(
            reading=reading,
            issuer=issuer.id,
            superior=superior,
            arrives=_morning(issued - timedelta(days=RELAY_DAYS)),
            issued=issued,
            draft=_draft(reading, groups, digest, duty, later(sunset)),
            basis=_basis(reading, duty, sunset, issued),
        )

    def _tell_story(self, period: str, first: str) -> None:
        """Choose who is late, whose report is returned, and who has nothing to report."""
        with self.door.database.reading() as connection:
            ids = {row.code: row.id for row in connection.execute(select(organisation))}
        self.story.late.add(("chi-bo-11", period))
        self.story.returned.add((ids["dang-bo-2"], period))
        self.story.nil.add(("chi-bo-32", period))
        self.story.nil.add(("so-tt", next_period(first)))

    def _receive(self, plan: Plan) -> None:
        clerk = self._person(plan.issuer, "clerk")
        number, issued, body = plan.basis["number"], plan.basis["issued"], plan.basis["body"]
        command = ReceiveDocument(
            organisation=plan.issuer, issuer=plan.superior, number=number, issued=issued, body=body
        )
        self.received[self._do(command, clerk)["directive"]] = plan

    # --- people at work ---------------------------------------------------------------------------------------

    def _work(self) -> int:
        """Complete every task that somebody would do now; return how many."""
        with self.door.database.reading() as connection:
            rows = connection.execute(
                select(user_task).where(user_task.c.status == "open").order_by(user_task.c.created_at, user_task.c.id)
            ).all()
        done = 0
        for row in rows:
            with self.door.database.reading() as connection:
                desk = self._desk(connection, row)
                if self._not_before(connection, desk) > self.clock.now():
                    continue
                data = answer(desk)
            self._do(CompleteUserTask(task=row.id, data=data), self._person(row.organisation, row.role))
            done += 1
            self.tick(local_date(self.clock.now()), self._percent())
        return done

    def _percent(self) -> int:
        """Return how much of the simulated time is over, 0 to 100."""
        first = min(plan.arrives for plan in self.plans)
        last = max(_morning(date.fromisoformat(plan.basis["body"]["sunset"])) for plan in self.plans)
        return max(0, min(100, 100 * (self.clock.now() - first).days // (last - first).days))

    def _held(self) -> Iterator[datetime]:
        with self.door.database.reading() as connection:
            for row in connection.execute(select(user_task).where(user_task.c.status == "open")).all():
                yield self._not_before(connection, self._desk(connection, row))

    def _not_before(self, connection: Connection, desk: Desk) -> datetime:
        """Return when the person gets to it: a letter on its printed date, a late report a day after it was due."""
        if desk.draft is not None and desk.task.form == "draft_directive":
            return _morning(self.received[str(desk.case.directive)].issued)
        if desk.task.form == "report_section" and (desk.code, desk.case.period) in self.story.late:
            return _morning(due_date(connection, desk.task.organisation, desk.case.period) + timedelta(days=1))
        return self.clock.now()

    def _desk(self, connection: Connection, row: Any) -> Desk:
        case = case_of(connection, row.instance)
        code = connection.execute(select(organisation.c.code).where(organisation.c.id == row.organisation)).scalar_one()
        return Desk(
            connection=connection,
            task=row,
            case=case,
            code=code,
            today=local_date(self.clock.now()).isoformat(),
            context=json.loads(row.context),
            story=self.story,
            draft=plan.draft if (plan := self.received.get(case.directive or "")) else None,
        )

    def _person(self, organisation_id: str, role: str) -> Actor:
        with self.door.database.reading() as connection:
            found = holders(connection, organisation_id, role, local_date(self.clock.now()))
        if not found:
            raise EngineError(f"Expected somebody with the role {role!r} in {organisation_id}, but found nobody.")
        return Actor.person(found[0].person, method="demo")


def _places(readings: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the names of province and city as the letters' issuers print them."""
    names = {reading["level"]: reading["issuer"]["name"].split("ủy ", 1)[-1] for reading in readings}
    return names.get("province", names.get("district", "")), names.get("district", names.get("province", ""))


def _office(connection: Connection, name: str) -> Any:
    rows = connection.execute(select(organisation)).all()
    found = [row for row in rows if fold(row.name) == fold(name)]
    if not found:
        raise EngineError(f"Expected a document of one of the demo's offices, but {name!r} is none of them.")
    return found[0]


def _groups(connection: Connection, owner: str, printed: list[str]) -> list[str]:
    """Return the owner's groups that the printed recipients name; all of them when the words differ."""
    rows = connection.execute(select(recipient_group).where(recipient_group.c.owner == owner)).all()
    wanted = {fold(line) for line in printed}
    return sorted(row.code for row in rows if fold(row.name) in wanted) or sorted(row.code for row in rows)


def _draft(
    reading: dict[str, Any], groups: list[str], digest: str, duty: dict[str, Any], sunset: str
) -> dict[str, Any]:
    """Return the draft form (F05) as a specialist fills it from the reading of the document."""
    items = [
        {
            "item_no": item["id"],
            "text": " ".join(action["text"] for action in item["actions"])[:2000],
            "addressees": item["addressees"],
            "mode": "ongoing",
        }
        for item in reading["items"]
    ]
    signer = reading["signer"]
    return {
        "process": PROCESS,
        "doc_type": reading["doc_type"],
        "symbol": reading["symbol"],
        "subject": reading["subject"],
        "document": digest,
        "basis": [entry["code"] for entry in reading["cited_documents"]],
        "recipient_groups": groups,
        "items": items,
        "obligation": {**duty, "report_type": reading["reporting"]["embedded_in"]},
        "indicators": INDICATORS,
        "noi_nhan": [{"body": entry["text"], "marker": entry["marker"]} for entry in reading["noi_nhan"]],
        "signer_authority": signer["authority"],
        "signer_title": signer["title"],
        "signer_name": signer["name"],
        "sunset": sunset,
    }


def _basis(reading: dict[str, Any], duty: dict[str, Any], sunset: str, issued: date) -> dict[str, Any]:
    """Return the superior's letter: the dispatch that the document implements, else an invented one."""
    cited = [
        entry
        for entry in reading["cited_documents"]
        if entry["relation"] == "implements" and entry["code"].endswith(f"-{reading['symbol']}") and entry["date"]
    ]
    source = (
        {"number": int(cited[0]["code"].split("-", 1)[0]), "symbol": reading["symbol"], "date": cited[0]["date"]}
        if cited
        else {"number": 215, "symbol": "CV/TU", "date": (issued - timedelta(days=7)).isoformat()}
    )
    body = {
        "process": PROCESS,
        "doc_type": "công văn",
        "symbol": source["symbol"],
        "subject": reading["subject"],
        "items": [],
        "obligation": {**duty, "report_type": "báo cáo công tác tháng"},
        "indicators": INDICATORS,
        "sunset": sunset,
    }
    return {"number": source["number"], "issued": source["date"], "body": body}


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(8), ZONE).astimezone(UTC)
