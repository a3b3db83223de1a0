"""The table "element × supported / refused": what the check says of each small diagram, and what a run through it shows.

`python -m tests.definitions.element_table` writes it into engine/definitions/README.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.bpmn import Choose, Command, CompleteOperation, CompleteTask, Definition, DeliverMessage, FireTimer, Outcome, advance, start
from engine.definitions.check import examine
from engine.definitions.rules import WIRING
from engine.kernel.errors import EngineError, Finding
from tests.definitions.drawings import chain, drawing, lane, sources, user_task
from tests.definitions.element_diagrams import Case, cases

README = Path(__file__).parents[2] / "engine" / "definitions" / "README.md"
BEGIN, END = "<!-- element table: begin -->", "<!-- element table: end -->"
COMMAND = "python -m tests.definitions.element_table"
NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
DATA = {"may": True, "ready": False, "rounds": 0, "three": [1, 2, 3], "duty": "monthly"}
STEPS = 60
CALLED = drawing('<bpmn:startEvent id="cs"/>' + user_task("cu") + '<bpmn:endEvent id="ce"/>' + chain("cs", "cu", "ce"), id="called", lanes=lane("cs", "cu", "ce"))

# What a reader wants to know of what runs: (element, how the place begins) → remark
REMARKS = {
    ("terminate event", "end"): "ends every other token of its process or sub-process",
    ("cancel event", "end"): "ends the transaction, which goes on at its cancel boundary event",
    ("error event", "end"): "goes to the nearest that catches it; without one the whole case ends",
    ("escalation event", "intermediate"): "goes to the nearest that catches it; the path goes on",
    ("escalation event", "end"): "goes to the nearest that catches it",
    ("signal event", "intermediate, throwing"): "heard at once by all who wait in this case",
    ("signal event", "end"): "heard at once by all who wait in this case",
    ("timer cycle event", ""): "R2/P1D; occurrences are counted from the first",
    ("link event", ""): "a flow drawn in two pieces",
    ("conditional event", ""): "looked at whenever data change",
    ("adHocSubProcess", ""): "people choose; without a completion condition each activity once",
    ("transaction", ""): "as a sub-process; may be cancelled",
    ("callActivity", ""): "shares the data of its caller",
    ("eventBasedGateway", ""): "what happens first decides",
    ("exclusiveGateway", "split without"): "a person chooses",
    ("inclusiveGateway", "split without"): "a person chooses",
    ("inclusiveGateway", "join"): "waits while a token can still come",
    ("dataObject", "with"): "copied when the task begins and when it ends",
    ("textAnnotation", ""): "no token meets it",
    ("group", ""): "no token meets it",
    ("potentialOwner", ""): "nobody reads it",
    ("dataStoreReference", ""): "nothing is stored",
    ("sequenceFlow", "several into"): "the task is done once for each token",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was seen of one element at one place."""

    element: str
    where: str
    result: str
    rules: tuple[str, ...]
    remark: str

    def line(self) -> str:
        """Return the row as Markdown."""
        return f"| {self.element} | {self.where} | {self.result} | {', '.join(self.rules)} | {self.remark} |"


def row(case: Case) -> Row:
    """Check the diagram of a case and run it to its end."""
    diagram = case.diagram()
    files = {"p.bpmn": diagram, **({"called.bpmn": CALLED} if b'calledElement="called"' in diagram else {})}
    checked = examine(sources(files), operations=["dispatch"], wired=False)
    errors = [finding for finding in checked.findings if finding.severity == "error"]
    rules = tuple(sorted({finding.rule for finding in errors or checked.findings}))
    remark = _remedy(errors or checked.findings)
    if not WIRING.issuperset(finding.rule for finding in errors):
        return Row(element=case.element, where=case.where, result="refused", rules=rules, remark=remark)
    passed, ended, why = run(checked.definitions["p"])
    seen = passed.count("x")
    if not ended or seen < case.times or (case.times == 0 and not seen):
        result, remark = "**does not run**", why or f"passed {seen} of {case.times} times, {'ended' if ended else 'not ended'}"
    else:
        result = "shown" if case.times == 0 else "runs"
        if errors:
            return Row(element=case.element, where=case.where, result=f"{result} in a try; refused at deployment", rules=rules, remark=remark)
        remark = next((words for (element, where), words in REMARKS.items() if case.element == element and case.where.startswith(where)), remark)
    return Row(element=case.element, where=case.where, result=f"{result}, warning" if rules else result, rules=rules, remark=remark)


def _remedy(findings: list[Finding]) -> str:
    """Return the last sentence of the first finding: what to do."""
    return findings[0].message.rstrip(".").rsplit(". ", 1)[-1].replace("|", "\\|") + "." if findings else ""


def run(definition: Definition) -> tuple[list[str], bool, str]:
    """Play a process to its end: events first, then tasks. Return the elements that tokens left, whether it ended, and what stopped it."""
    passed: list[str] = []
    triggers = {*definition.start_messages.values(), *definition.start_signals.values(), *definition.start_timers, *definition.start_conditions}
    try:
        outcome = start(definition, DATA, now=NOW, entry="x" if "x" in triggers else None)
        passed += [each.element for each in outcome.completed]
        for _ in range(STEPS):
            command = next(_open_work(outcome, passed), None)
            if outcome.ended or command is None:
                break
            outcome = advance(definition, outcome.state, command, now=NOW)
            passed += [each.element for each in outcome.completed]
    except EngineError as error:
        return passed, False, error.message
    return passed, outcome.ended, ""


def _open_work(outcome: Outcome, passed: list[str]) -> Iterator[Command]:
    """Yield what may be done next; what has happened three times already is left to the tasks."""
    for entry in outcome.subscriptions:
        if passed.count(entry.element) < 3:
            yield DeliverMessage(task=entry.id)
    for timer in outcome.timers:
        if passed.count(timer.element) < 3:
            yield FireTimer(task=timer.id)
    for operation in outcome.operations:
        yield CompleteOperation(task=operation.id)
    for choice in outcome.choices:
        yield Choose(task=choice.id, flow=choice.flows[0])
    for task in outcome.tasks:
        yield CompleteTask(task=task.id, data={"ready": True})


def table() -> str:
    """Return the whole table as it stands in the README."""
    rows = [row(case) for case in cases()]
    count = {name: sum(1 for each in rows if each.result.split(",")[0] == name) for name in ("runs", "shown", "refused")}
    told = f"{len(rows)} diagrams: {count['runs']} run, {count['shown']} show what no token meets, {count['refused']} are refused."
    head = "| element | where | result | by rule | remark |\n|---|---|---|---|---|"
    return f"{BEGIN}\n{told}\n\n{head}\n" + "\n".join(each.line() for each in rows) + f"\n{END}"


def written(readme: str) -> str:
    """Return the table that stands in a README."""
    return readme[readme.index(BEGIN) : readme.index(END) + len(END)]


def main() -> None:
    """Write the table into the README."""
    readme = README.read_text("utf-8")
    README.write_text(readme.replace(written(readme), table()), "utf-8")
    sys.stdout.write(f"{README}\n")


if __name__ == "__main__":
    main()
