"""The running year of the demo: after the play has ended, people begin new work and stop in the middle, so that each finds something to do.

Letters that are handed down through all levels, whose reports are being written; letters for single offices, each of which
stops on one desk; difficulties that are raised, and offices that are urged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from importlib.resources import files
from typing import Any

from sqlalchemy import Row, select

from engine.definitions.command import DeployDefinitions
from engine.definitions.source import Sources
from engine.demo.cast import STAFF, STAFF_OF, Cast, Group, Office, groups_csv
from engine.demo.letters import MONTHLY, SUBJECTS, Letter
from engine.demo.plans import Plan
from engine.directives.reading import read_document
from engine.directives.receive import ReceiveDocument, StoreDocument
from engine.directory.directory_import import ImportDirectory
from engine.execution.poller import Poller
from engine.instances.commands import StartProcess
from engine.kernel.clock import local_date
from engine.scenario.answers import answer
from engine.scenario.stage import Desk, Event, Stage, morning
from engine.storage.schema import directive, dispatch, instance, organisation, user_task

LONG_ENOUGH = timedelta(days=60)  # between the end of the play and today: else the running year is left out
FIRST_NUMBER = 301  # of the invented letters of the year
FINAL_DAYS, MONTHLY_DAYS = 30, 24  # before today, when the letters arrive that are handed down
DIFFICULTY_DAYS, URGE_DAYS = 6, 3  # before today
LEVELS = ("central", "province", "district", "commune", "grassroots", "cell")
MISTAKEN = "partner_notice"
MOST_ON_A_DESK = 3  # of one form, for one office
MERGING = "regular_report"
REPORTING = ("report_section", MERGING, "approve_sign", "number_dispatch", "")  # where an office's report lies; "": handed in
ALWAYS_KEPT = {"answer_difficulty", "explain_urge", "urge", "review_report", "consolidate", "urge_missing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A letter to one office, and the forms at which it comes to rest there. `action`: the leader's choice."""

    letter: Letter
    arrives: date
    rests: frozenset[str] = frozenset()
    action: str = "execute"
    due: date | None = None


@dataclass(slots=True)
class Present:
    """The running year. `shapes`: the processes that the decision table proposes for one report, and for a monthly one."""

    stage: Stage
    cast: Cast
    plans: list[Plan]
    today: datetime
    shapes: tuple[str, str]
    _ids: dict[str, str] = field(default_factory=dict)  # organisation by code
    _staffed: set[str] = field(default_factory=set)  # organisations in which each role is a post of its own
    _errands: dict[str, Errand] = field(default_factory=dict)  # by directive
    _resting: set[str] = field(default_factory=set)  # tasks that stay where they are
    _desks: dict[tuple[str, str], int] = field(default_factory=dict)  # (organisation, form) → tasks at rest
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(FIRST_NUMBER, 10**6)))

    def run(self) -> None:
        """Carry the year to today."""
        self.stage.script = self
        with self.stage.door.database.reading() as connection:
            self._ids = {row.code: row.id for row in connection.execute(select(organisation.c.code, organisation.c.id))}
        self._staffed = {self._ids[office.code] for office in self.cast.offices.values() if STAFF_OF[office.level] == STAFF}
        first = self._day(-FINAL_DAYS - 2)
        self.stage.clock.advance_to(morning(first))
        self._give_recipients()
        events = [Event(at=self._at(errand.arrives), act=partial(self._receive, errand)) for errand in self._all_errands()]
        events.append(Event(at=morning(self._day(-DIFFICULTY_DAYS)), act=self._raise_difficulties))
        events.append(Event(at=morning(self._day(-URGE_DAYS)), act=self._urge))
        events.append(Event(at=morning(self._day(-URGE_DAYS)), act=self._stop_at_mistake))
        self._carry(sorted(events, key=lambda event: event.at))

    # --- the letters ------------------------------------------------------------------------------------------

    def _day(self, days: int) -> date:
        return local_date(self.today) + timedelta(days=days)

    def _at(self, day: date) -> datetime:
        """Return the morning of a day: today's may lie ahead still, and then it is now."""
        return min(morning(day), self.today)

    def _all_errands(self) -> Iterator[Errand]:
        issuers = {each.draft["obligation"]["frequency"]: each.issuer for each in reversed(self.plans) if self.cast.groups_of(each.issuer)}
        if MONTHLY in issuers:
            yield self._errand(issuers.pop(MONTHLY), -MONTHLY_DAYS, action="both")
        for code in list(issuers.values())[-1:]:
            yield self._errand(code, -FINAL_DAYS, action="both", due=self._day(4))
        for place, office in enumerate(self.cast.offices.values()):
            yield from self._for_one(place, office)

    def _for_one(self, place: int, office: Office) -> Iterator[Errand]:
        """Return the letters that lie on the desks of one office: more where more people work."""
        recent = -(place % 4)
        if STAFF_OF[office.level] == STAFF:
            due = self._day(place % 7 - 2)
            yield self._errand(office.code, recent - 9, action="both", due=self._day(place % 5 + 6), work_due=due, rests=("execute_update", "check_form"))
            yield self._errand(office.code, -12, due=self._day(place % 6 - 1), rests=(MERGING,))
            yield self._errand(office.code, recent - 1, rests=("leader_instruction",))
            yield self._errand(office.code, recent, rests=("check_incoming",))
        elif len(STAFF_OF[office.level]) > 1:
            yield self._errand(office.code, recent - 2, rests=("leader_instruction",))
            work = ("execute_update", "check_incoming", "register_incoming")[place % 3]
            yield self._errand(office.code, recent - 8, due=self._day(6), work_due=self._day(place % 7 - 3), rests=(work,))
        else:
            work = ("check_incoming", "leader_instruction", "execute_update")[place % 3]
            yield self._errand(office.code, recent - 5, due=self._day(8), work_due=self._day(place % 5 - 1), rests=(work,))

    def _errand(
        self, code: str, days: int, *, action: str = "execute", due: date | None = None, work_due: date | None = None, rests: tuple[str, ...] = ()
    ) -> Errand:
        number, arrives = next(self._numbers), self._day(days)
        letter = Letter(
            sender=self._sender(code),
            to=code,
            number=number,
            issued=arrives - timedelta(days=2),
            subject=SUBJECTS[number % len(SUBJECTS)],
            process=self.shapes[0] if due else self.shapes[1],
            due=due,
            first_period=None if due else f"{self._day(0):%Y-%m}",
        )
        return Errand(letter=letter, arrives=arrives, rests=frozenset(rests), action=action, due=work_due)

    def _sender(self, code: str) -> str:
        """Return who writes to an office: who stands above it, else another office without anybody above, of the same level or a higher one."""
        known = {office.code: office for office in self.cast.offices.values()}
        above = [parent for parent, _ in known[code].parents] or [group.owner for group in self.cast.groups if code in group.members]
        own = LEVELS.index(known[code].level)
        others = sorted((each for each in known.values() if not each.parents), key=lambda each: (LEVELS.index(each.level) > own, -LEVELS.index(each.level)))
        return next(each for each in [*above, *(office.code for office in others)] if each != code)

    def _give_recipients(self) -> None:
        """Name recipients for the offices that have issued nothing yet: whoever stands below, else whom they write to."""
        missing = [
            Group(owner=office.code, code=f"nam-nay-{place}", name="Các cơ quan, đơn vị liên quan", members=(member,))
            for place, office in enumerate(self.cast.offices.values())
            if STAFF_OF[office.level] == STAFF and not self.cast.groups_of(office.code)
            for member in self._below(office.code)
        ]
        self.stage.do(ImportDirectory(kind="groups", text=groups_csv(missing), file="groups.csv"))

    def _below(self, code: str) -> list[str]:
        below = [office.code for office in self.cast.offices.values() if any(parent == code for parent, _ in office.parents)]
        written = [each.issuer for each in self.plans if each.basis is not None and each.basis.sender == code]
        return (below or written or self._others(code))[:2]

    def _others(self, code: str) -> list[str]:
        return [office.code for office in self.cast.offices.values() if office.code != code]

    def _receive(self, errand: Errand) -> None:
        letter, names = errand.letter, {office.code: office.name for office in self.cast.offices.values()}
        unit, content = self._ids[letter.to], letter.text(names).encode()
        name = f"{letter.number}-cv-vp.txt"
        stored = self.stage.do(StoreDocument(organisation=unit, name=name, media_type="text/plain", content=content.hex()))
        (reading, *_) = read_document(name, content)
        command = ReceiveDocument(
            organisation=unit,
            issuer=self._ids[letter.sender],
            number=letter.number,
            issued=letter.issued.isoformat(),
            body={**letter.body(), "document": stored["sha256"], "reading": reading.to_json()},
            reading=reading.to_json(),
        )
        entered = self.stage.do(command, self.stage.person(unit, "clerk"))
        self._errands[entered["directive"]] = errand

    # --- what people begin of their own accord ----------------------------------------------------------------

    def _raise_difficulties(self) -> None:
        for each in self._handed_down()[1::4]:
            self._start("difficulty_raise", each.organisation, each.directive, "specialist")

    def _urge(self) -> None:
        issued = {each.issuer: each.directive for each in self._handed_down()}
        for issuer, letter in issued.items():
            self._start("urge_send", issuer, letter, "consolidator")

    def _stop_at_mistake(self) -> None:
        """Start a drawing that writes to a role which nobody holds: an incident for who looks after the installation."""
        drawn = Sources(files={file.name: file.read_bytes() for file in (files("engine.demo").joinpath("notices", f"{MISTAKEN}.bpmn"),)})
        self.stage.do(DeployDefinitions.of(drawn, reason="trình diễn một sự cố"))
        self._start(MISTAKEN, self._ids[next(iter(self.cast.offices.values())).code], None, "specialist")

    def _start(self, process: str, unit: str, letter: str | None, role: str) -> None:
        command = StartProcess(process=process, organisation=unit, directive=letter)
        self.stage.do(command, self.stage.person(unit, role))

    def _handed_down(self) -> list[Row[Any]]:
        """Return (directive, issuer, organisation) of what was handed down this year and is with somebody."""
        query = (
            select(dispatch.c.directive, directive.c.issuer, dispatch.c.organisation)
            .join(directive, directive.c.id == dispatch.c.directive)
            .join(organisation, organisation.c.id == dispatch.c.organisation)
            .where(directive.c.parent.is_not(None), directive.c.issued_date >= self._day(-FINAL_DAYS - 2).isoformat())
            .order_by(directive.c.created_at, organisation.c.code, directive.c.code)  # ids are drawn: each demo is to be like the last
        )
        with self.stage.door.database.reading() as connection:
            return list(connection.execute(query))

    # --- people at work ---------------------------------------------------------------------------------------

    def _carry(self, events: list[Event]) -> None:
        """Let everything happen that becomes due by today; whatever comes to rest stays where it is."""
        poller, clock = Poller(self.stage.door), self.stage.clock
        while True:
            while events and events[0].at <= clock.now():
                events.pop(0).act()
            poller.drain()
            if self._work():
                continue
            moments = [event.at for event in events[:1]] + [moment for moment in [poller.next_moment()] if moment]
            following = min((moment for moment in moments if moment > clock.now()), default=None)
            if clock.now() >= self.today:
                return
            clock.advance_to(min(following or self.today, self.today))

    def _work(self) -> int:
        """Do every task that does not come to rest; return how many."""
        query = (
            select(user_task.c.id, user_task.c.form, user_task.c.organisation, instance.c.period, instance.c.directive)
            .join(instance, instance.c.id == user_task.c.instance)
            .join(organisation, organisation.c.id == user_task.c.organisation)
            .where(user_task.c.status == "open")
            .order_by(user_task.c.created_at, organisation.c.code, user_task.c.element)
        )
        with self.stage.door.database.reading() as connection:
            found = [row for row in connection.execute(query) if row.id not in self._resting]
        for row in found:
            if self._rests(row):
                self._resting.add(row.id)
                self._desks[(row.organisation, row.form)] = self._lying(row.organisation, row.form) + 1
        return sum(self.stage.complete(row.id) for row in found if row.id not in self._resting)

    def _rests(self, row: Row[*tuple[Any, ...]]) -> bool:
        if row.form in ALWAYS_KEPT:
            return self._lying(row.organisation, row.form) < MOST_ON_A_DESK
        errand = self._errands.get(row.directive)
        if row.period is None or (errand is not None and errand.rests):
            return errand is not None and row.form in errand.rests
        return self._report_rests(row)

    def _report_rests(self, row: Row[*tuple[Any, ...]]) -> bool:
        """Tell whether an office's report lies at this task: each office has got to another one."""
        if row.organisation in self._staffed and not self._lying(row.organisation, MERGING):
            return str(row.form) == MERGING  # its consolidator has no other work
        place = [self._ids[code] for code in sorted(self._ids)].index(row.organisation)
        return str(row.form) == REPORTING[place % len(REPORTING)]

    def _lying(self, unit: str, form: str) -> int:
        return self._desks.get((unit, form), 0)

    def answer(self, desk: Desk) -> dict[str, Any]:
        """Return the form as the demo's person fills it in."""
        usual = answer(desk)
        errand = self._errands.get(str(desk.case.directive))
        if desk.task.form != "leader_instruction" or errand is None:
            return usual
        due = {"due_at": errand.due.isoformat()} if errand.due else {}
        return {**usual, "action": errand.action, **due}

    def not_before(self, _desk: Desk) -> datetime | None:
        """Whatever does not rest is done at once."""
        return None

    def refusal(self, _desk: Desk) -> str | None:
        """Nobody of the demo is refused."""
        return None
