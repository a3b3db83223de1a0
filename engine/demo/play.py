"""Carry documents to their end: offices, registers, letters that arrive, and people who fill in what lies on their desks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.definitions.tables import decided
from engine.demo.cast import Cast, as_csv, cast_for
from engine.demo.plans import Plan, plan
from engine.demo.present import LONG_ENOUGH, Present
from engine.directives.books import OpenRegister
from engine.directives.going_live import COLUMNS as RUNNING
from engine.directives.going_live import ImportRunning
from engine.directives.numbers import EnterNumber
from engine.directives.reading.facts import facts
from engine.directives.receive import ReceiveDocument, StoreDocument
from engine.directory.demonstration import BeginDemonstration
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.instances.commands import StartProcess
from engine.kernel.clock import SimulatedClock, from_stamp, local_date
from engine.scenario.answers import answer
from engine.scenario.stage import Desk, Event, Stage, morning
from engine.storage.schema import directive, organisation, register_book

SHAPE = "directive_shape"  # the decision table that proposes the process of a document
ORIGINATE = "directive_originate"  # the process of a letter that answers no other
DRAFTING_DAYS = 2  # before the printed date, when a body begins of its own accord
OWN_INITIATIVE_ROLE = "specialist"
ON_THE_LAST_DAY = {"milestone_submit", "milestone_propose", "register_signed"}  # when people of the demo do these, where they are due


@dataclass(slots=True)
class Story:
    """What goes wrong in the first months: one report late, one returned, one nil. Keys: (organisation id, period)."""

    late: set[tuple[str, str]] = field(default_factory=set)
    returned: set[tuple[str, str]] = field(default_factory=set)
    nil: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Play:
    """The demo while it runs. `tick` is called after every task with the simulated day and the percentage done."""

    door: Door
    clock: SimulatedClock
    months: int
    tick: Callable[[date, int], None] = lambda _day, _percent: None
    story: Story = field(default_factory=Story)
    plans: list[Plan] = field(default_factory=list)
    cast: Cast = field(default_factory=Cast)
    stage: Stage = field(init=False)
    _began: dict[str, Plan] = field(default_factory=dict)  # instance of a letter of one's own → its plan

    def __post_init__(self) -> None:
        self.stage = Stage(door=self.door, clock=self.clock, script=self, tick=self._tick, key="demo")

    def prepare(self, documents: list[tuple[str, bytes, dict[str, Any]]]) -> None:
        """Build the offices, deploy the processes, open the registers, and plan each document."""
        readings = [reading for _, _, reading in documents]
        cast = self.cast = cast_for(readings)
        self.stage.do(BeginDemonstration())
        self._deploy()
        shapes = [self._shape(facts(reading)) for reading in readings]
        self.plans = [
            plan(reading, readings, cast, process=shape, months=self.months)
            for reading, shape in zip(readings, shapes, strict=True)
        ]
        for kind, text in as_csv(cast).items():
            self.stage.do(ImportDirectory(kind=kind, text=text, file=f"{kind}.csv"))
        self._keep(documents)
        self._open_registers()
        self._tell_story(cast)
        self.stage.schedule(self._events())

    def run(self) -> None:
        """Run until nothing is left to do and nothing will become due."""
        self.stage.run()

    def go_on(self, today: datetime) -> None:
        """Let people begin new work, up to `today`, and leave it on their desks; nothing when that lies in the time of the play."""
        if today - self.clock.now() >= LONG_ENOUGH:
            known = {**facts(dict(self.plans[0].reading)), "follows_up": False, "attaches": False, "deadlines": 0}
            once, monthly = (self._shape({**known, "duty": duty}) for duty in ("final_by_date", "monthly"))
            Present(stage=self.stage, cast=self.cast, plans=self.plans, today=today, shapes=(once, monthly)).run()

    # --- setting up -------------------------------------------------------------------------------------------

    def _deploy(self) -> None:
        self.stage.do(DeployDefinitions.of(shipped_sources(), reason="trình diễn"))

    def _unit(self, code: str) -> str:
        with self.door.database.reading() as connection:
            return str(organisation_by_code(connection, code).id)

    def _shape(self, known: dict[str, Any]) -> str:
        """Return the process that the decision table proposes for a document, which its specialist takes."""
        return str(decided(shipped_sources(), SHAPE, known, now=self.clock.now())["proposed"])

    def _keep(self, documents: list[tuple[str, bytes, dict[str, Any]]]) -> None:
        """Keep each document's file, and name it in its draft."""
        for (name, content, _), each in zip(documents, self.plans, strict=True):
            command = StoreDocument(organisation=self._unit(each.issuer), name=name, media_type="text/plain", content=content.hex())
            each.draft["document"] = self.stage.do(command)["sha256"]

    def _open_registers(self) -> None:
        """Open each issuer's register at the first number that its documents bear."""
        first: dict[tuple[str, str, str], int] = {}
        for each in self.plans:
            key = (each.issuer, each.draft["doc_type"], each.draft["symbol"])
            first[key] = min(each.reading["number"] or 1, first.get(key, 10**9))
        for (issuer, doc_type, symbol), start in first.items():
            day = min(each.reading["date"] for each in self.plans)
            self.stage.do(OpenRegister(organisation=self._unit(issuer), doc_type=doc_type, symbol=symbol, day=day, start=start))

    def _tell_story(self, cast: Cast) -> None:
        """Choose who is late, whose report is returned, and who has nothing to report: of the last monthly directive."""
        monthly = [each for each in self.plans if each.draft["obligation"]["frequency"] == "monthly"]
        if not monthly:
            return
        period = monthly[-1].draft["obligation"]["first_period"]
        owners = {group.owner: group for group in cast.groups}
        below = [member for group in cast.groups if group.owner == monthly[-1].issuer and group.reports for member in group.members]
        parents = [member for member in below if member in owners]
        leaves = [member for parent in parents for member in owners[parent].members] or below
        for chosen, codes in ((self.story.late, leaves[:1]), (self.story.nil, leaves[1:2]), (self.story.returned, parents[:1])):
            chosen.update((self._unit(code), period) for code in codes)

    # --- what happens by itself -------------------------------------------------------------------------------

    def _events(self) -> Iterator[Event]:
        for each in self.plans:
            if each.basis is not None:
                yield Event(at=morning(each.basis.arrives), act=partial(self._receive, each))
            elif each.played is None:
                day = each.issued - timedelta(days=DRAFTING_DAYS)
                yield Event(at=morning(day), act=partial(self._begin, each))

            if each.earlier is not None:
                yield Event(at=morning(each.earlier.issued), act=partial(self._go_on, each))

            if each.reading["number"]:
                yield Event(at=morning(each.issued), act=partial(self._catch_up, each))

    def _catch_up(self, each: Plan) -> None:
        """The clerk enters the numbers that were given outside the documents since the office's last letter."""
        unit, wanted = self._unit(each.issuer), each.reading["number"]
        command = EnterNumber(
            organisation=unit,
            direction="outgoing",
            doc_type=each.draft["doc_type"],
            symbol=each.draft["symbol"],
            day=each.reading["date"],
            subject="Văn bản khác của cơ quan, không thuộc trình diễn",
        )
        for _ in range(self._next_number(unit, each.draft["doc_type"]), wanted):
            self.stage.do(command, self.stage.person(unit, "clerk"))

    def _next_number(self, unit: str, doc_type: str) -> int:
        query = select(register_book.c.next_number).where(
            register_book.c.organisation == unit, register_book.c.direction == "outgoing", register_book.c.doc_type == doc_type
        )
        with self.door.database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def _go_on(self, each: Plan) -> None:
        """An administrator enters an earlier letter that runs already (going live in mid-term)."""
        assert each.earlier is not None
        earlier, columns = each.earlier, RUNNING["directives"]
        row = {
            "issuer": each.issuer,
            "number": earlier.number,
            "symbol": earlier.symbol,
            "doc_type": each.draft["doc_type"],
            "issued_date": earlier.issued.isoformat(),
            "subject": each.draft["subject"],
            "process": self._shape({**facts(dict(each.reading)), "follows_up": False, "attaches": False}),
            "recipients": ";".join(earlier.recipients),
            "sunset": each.sunset.isoformat(),
        }
        text = io.StringIO()
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerow(row)
        self.stage.do(ImportRunning(kind="directives", text=text.getvalue(), file="directives.csv"))

    def _receive(self, each: Plan) -> None:
        """A clerk enters the letter on which the document rests."""
        assert each.basis is not None
        unit = self._unit(each.issuer)
        command = ReceiveDocument(
            organisation=unit,
            issuer=self._unit(each.basis.sender),
            number=each.basis.number,
            issued=each.basis.issued.isoformat(),
            body=each.received(),
        )
        self.stage.do(command, self.stage.person(unit, "clerk"))

    def _begin(self, each: Plan) -> None:
        """A specialist begins a letter of the office's own."""
        unit = self._unit(each.issuer)
        command = StartProcess(process=ORIGINATE, organisation=unit, directive=None)
        self._began[self.stage.do(command, self.stage.person(unit, OWN_INITIATIVE_ROLE))["instance"]] = each

    # --- people at work ---------------------------------------------------------------------------------------

    def answer(self, desk: Desk) -> dict[str, Any]:
        """Return the form as the demo's person fills it in."""
        place = (desk.task.organisation, str(desk.case.period))
        match desk.task.form:
            case "draft_directive" if each := self._planned(desk):
                return each.draft
            case "report_section" if place in self.story.nil:
                return {"assessment": "nil", "nil_reason": "Trong kỳ không phát sinh hoạt động.", "indicators": {}}
            case "review_report" if self._returns(desk):
                reason = "Thiếu số liệu minh chứng, đề nghị bổ sung."
                return {"decision": "return", "reason": reason, "revise_by": desk.today.isoformat()}
        return answer(desk)

    def not_before(self, desk: Desk) -> datetime | None:
        """Return when the person gets to it: a letter on its printed date, a late report a day after, a milestone on its last day."""
        if desk.task.form == "draft_directive" and (each := self._planned(desk)):
            return morning(each.issued)
        if desk.task.form == "report_section" and (desk.task.organisation, str(desk.case.period)) in self.story.late:
            return morning(local_date(from_stamp(desk.task.due_at)) + timedelta(days=1))
        if desk.task.form in ON_THE_LAST_DAY and desk.task.due_at:
            return morning(local_date(from_stamp(desk.task.due_at)) - timedelta(days=1))  # it is due when that day is over
        return None

    def refusal(self, _desk: Desk) -> str | None:
        """Nobody of the demo is refused."""
        return None

    def _planned(self, desk: Desk) -> Plan | None:
        """Return the document that this draft is to become."""
        if desk.case.id in self._began:
            return self._began[desk.case.id]
        code = _code(desk.connection, desk.case.directive)
        return next((each for each in self.plans if each.issuer == desk.code and code in {each.played, each.basis and each.basis.code}), None)

    def _returns(self, desk: Desk) -> bool:
        context = desk.context
        return context["revision"] == 1 and (context["reporter"], context["period"]) in self.story.returned

    def _tick(self, day: date) -> None:
        first, last = min(each.issued for each in self.plans), max(each.sunset for each in self.plans)
        self.tick(local_date(self.clock.now()), max(0, min(100, 100 * (day - first).days // max(1, (last - first).days))))

    def issued(self, connection: Connection) -> list[str]:
        """Return the ids of the directives that the documents became, in the order of their dates."""
        digests = [each.draft["document"] for each in self.plans]
        query = (
            select(directive.c.id, directive.c.document, directive.c.code)
            .join(organisation, organisation.c.id == directive.c.issuer)
            .where(directive.c.document.in_(digests))
            .order_by(directive.c.issued_date, directive.c.id)
        )
        return [row.id for row in connection.execute(query)]


def _code(connection: Connection, directive_id: str | None) -> str | None:
    return connection.execute(select(directive.c.code).where(directive.c.id == directive_id)).scalar_one_or_none()
