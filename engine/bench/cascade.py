"""`chidao bench cascade`: a directive goes down all levels and its monthly reports come up, by the real processes.

The top's own letter is drafted, signed and sent; every body below registers, instructs, hands it down and carries it out;
each month everybody reports, every superior looks, accepts and consolidates, until the top's consolidation is closed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from engine.bench.cascade_checks import check_history, check_reports, check_sums
from engine.bench.cascade_crew import Crew, SharedClock, hired
from engine.bench.cascade_figures import Spent, counted, latency, size_of, versions
from engine.bench.cascade_offices import Body, Profile, as_csv, bodies_of
from engine.bench.cascade_people import People
from engine.bench.machine import machine, spent_cpu
from engine.bootstrap import prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.execution.poller import Poller
from engine.instances.commands import StartProcess
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import local_date, stopwatch
from engine.kernel.errors import InvalidInput, StepFailed
from engine.kernel.periods import last_of, next_period
from engine.scenario.stage import morning
from engine.storage.database import Database
from engine.storage.schema import consolidation, incident, organisation

DAY = date(2024, 4, 1)
FIRST = "2024-04"
REPORT = "báo cáo công tác tháng"
LATEST = timedelta(days=60)  # after the last period: a cascade that is not over by then never will be
INDICATORS = (("activities", "Số hoạt động", "cuộc"), ("people", "Số lượt người", "lượt người"), ("articles", "Số tin, bài", "tin, bài"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to measure. `cells`: None as the profile's row says. `workers`: processes that do the pieces; 0: the driver's own. `hands`: people who act at once."""

    profile: Profile
    cells: bool | None = None
    months: int = 1
    workers: int = 0
    hands: int = 1
    url: str | None = None
    told: Callable[[str], None] = lambda _form: None

    def bodies(self) -> list[Body]:
        """Return the bodies that take part."""
        return bodies_of(self.profile, cells=self.profile.cells if self.cells is None else self.cells)

    def periods(self) -> list[str]:
        """Return the months that are reported on."""
        found = [FIRST]
        while len(found) < self.months:
            found.append(next_period(found[-1]))
        return found


def measure_cascade(plan: Plan) -> dict[str, Any]:
    """Run a cascade on an empty database and return the report of DESIGN.md 7. Raises StepFailed when its sums are wrong.

    The clock runs from the moment at which the offices are furnished until the top has closed its last consolidation.
    """
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        database = Database(plan.url or f"sqlite:///{Path(folder) / 'cascade.db'}")
        try:
            cascade = _furnished(database, plan)
            return cascade.run()
        finally:
            database.dispose()


def _furnished(database: Database, plan: Plan) -> _Cascade:
    clock = SharedClock(morning(DAY))
    door = prepare(database, clock)
    with database.reading() as connection:
        if connection.execute(select(organisation.c.id).limit(1)).first():
            raise InvalidInput(f"Expected an empty database to measure on, but {database.address} holds organisations. Name a new one.")
    bodies = plan.bodies()
    for kind, text in as_csv(bodies).items():
        door.execute(ImportDirectory(kind=kind, text=text, file=f"{kind}.csv"), SYSTEM, key=f"bench:{kind}")
    door.execute(DeployDefinitions.of(shipped_sources(), reason="measurement"), SYSTEM, key="bench:deploy")
    with database.reading() as connection:
        top = str(organisation_by_code(connection, bodies[0].code).id)
    people = People(door=door, issuer=top, draft=_draft(plan), hands=plan.hands, told=plan.told)
    return _Cascade(plan=plan, door=door, clock=clock, bodies=bodies, top=top, people=people)


def _draft(plan: Plan) -> dict[str, Any]:
    """Return the top's letter, but for the process of its recipients: that is what the form's example says."""
    periods = plan.periods()
    return {
        "doc_type": "công văn",
        "symbol": "CV/BTG",
        "subject": "Tăng cường công tác tuyên truyền, báo cáo kết quả hằng tháng",
        "basis": [],
        "recipient_groups": ["cap-duoi"],
        "items": [{"item_no": "1", "text": "Tổ chức tuyên truyền tới cán bộ, đảng viên.", "addressees": ["Các đơn vị"], "mode": "ongoing"}],
        "obligation": {"frequency": "monthly", "report_type": REPORT, "first_period": periods[0], "end_period": periods[-1]},
        "indicators": [
            {"key": key, "label": label, "unit": unit, "aggregation": "sum", "required": True} for key, label, unit in INDICATORS
        ],
        "noi_nhan": [{"body": "Như trên", "marker": None}],
        "signer_title": "TRƯỞNG BAN",
        "signer_name": "Người ký",
        "sunset": (last_of(periods[-1]) + LATEST).isoformat(),
    }


@dataclass(slots=True, kw_only=True)
class _Cascade:
    """A cascade while it runs."""

    plan: Plan
    door: Door
    clock: SharedClock
    bodies: list[Body]
    top: str
    people: People
    spent: Spent = field(default_factory=Spent)

    def run(self) -> dict[str, Any]:
        """Run to the end, check the sums, and report."""
        with self.door.database.reading() as connection:
            before = size_of(connection)
        with hired(self.door, self.clock, self.plan.workers) as crew:
            began, used = stopwatch(), spent_cpu()
            command = StartProcess(process="directive_originate", organisation=self.top, directive=None)
            self.people.start(command, self.people.actor(self.top, "specialist"))
            self._until_over(crew, began)
            self.spent.total, self.spent.cpu = stopwatch() - began, spent_cpu() - used
        self.spent.people = self.people.acting
        return self._report(before)

    def _until_over(self, crew: Crew, began: float) -> None:
        """Let people and crew work in turns, and move the clock when nothing is left to do at a moment."""
        while True:
            settling = stopwatch()
            crew.settle()
            self.spent.pieces += stopwatch() - settling
            if self.people.work():
                if self.spent.dispatch is None and "report_section" in self.people.seconds:
                    self.spent.dispatch = settling - began
            elif self._is_over():
                return
            else:
                self._go_on()

    def _is_over(self) -> bool:
        """Tell whether the top has consolidated every month. Raises StepFailed when something is held."""
        with self.door.database.reading() as connection:
            held = connection.execute(select(incident).where(incident.c.resolved_at.is_(None))).first()
            mine = (consolidation.c.organisation == self.top) & (consolidation.c.status == "closed")
            closed = connection.execute(select(func.count()).select_from(consolidation).where(mine)).scalar_one()
        if held is not None:
            raise StepFailed(f"Expected the cascade to run through, but {held.element!r} stopped: {held.message}")
        return int(closed) == self.plan.months

    def _go_on(self) -> None:
        """Move the clock to the next moment at which something becomes due."""
        moment = Poller(self.door).next_moment()
        latest = last_of(self.plan.periods()[-1]) + LATEST
        if moment is None or local_date(moment) > latest:
            raise StepFailed(f"Expected the top to have consolidated {self.plan.months} months by {latest}, but it has not.")
        self.clock.advance_to(moment)

    def _report(self, before: int) -> dict[str, Any]:
        superiors = len({body.above for body in self.bodies} - {None})
        with self.door.database.reading() as connection:
            check_sums(connection, self.top, self.people.figures)
            check_reports(connection, reports=(len(self.bodies) - 1) * self.plan.months, consolidations=superiors * self.plan.months)
            check_history(connection)
            counts, size, tools = counted(connection), size_of(connection), versions(connection)
        actions = sum(map(len, self.people.seconds.values()))
        return {
            "profile": self.plan.profile.name,
            "cells": any(body.tier.level == "cell" for body in self.bodies),
            "months": self.plan.months,
            "organisations": len(self.bodies),
            "actions": actions,
            **counts,
            **self.spent.as_figures(),
            "per_second": round(actions / self.spent.total, 1),
            "instances_per_second": round(counts["instances"] / self.spent.total, 1),
            "latency_ms": latency(self.people.seconds),
            "database_bytes": size,
            "bytes_per_instance": round((size - before) / counts["instances"]),
            "workers": self.plan.workers,
            "hands": self.plan.hands,
            "machine": machine(),
            "versions": tools,
        }
