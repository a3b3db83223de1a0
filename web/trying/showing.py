"""A trial as its page shows it: what happened step by step in sentences, the data as a tree, what the drawing marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from flask_babel import gettext as _

from engine.definitions.dry_run_scenario import shown
from engine.definitions.trial import Done
from engine.definitions.trial_pages import Stand, Trial, Waiting
from engine.kernel.clock import local_date, stamp
from web.language.sentences import in_words
from web.language.shipped import said
from web.language.words import Due, due_in_words, last_day, moment, the_calendar

MOST_NODES = 400  # of the data, on one page
NEW, CHANGED, GONE, SAME = "new", "changed", "gone", "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value in the data. `state`: what the last step did to it; `before`: what it was, when it changed."""

    name: str
    value: str
    state: str
    before: str = ""
    children: tuple[Node, ...] = ()

    @property
    def touched(self) -> bool:
        """Whether the last step did something to it or within it."""
        return self.state != SAME or any(each.touched for each in self.children)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """A step in a sentence, the names of what was passed, and when."""

    number: int
    sentence: str
    passed: tuple[str, ...]
    sent: tuple[str, ...]
    at: str


def steps_of(trial: Trial) -> list[StepLine]:
    """Return the steps, the last first: what happened last is looked at first."""
    lines = [
        StepLine(
            number=each.number,
            sentence=_sentence(each, trial),
            passed=tuple(said(trial.names.get(element, element)) for element in each.passed),
            sent=each.sent,
            at=moment(stamp(each.at)),
        )
        for each in trial.done
    ]
    return lines[::-1]


def _sentence(done: Done, trial: Trial) -> str:
    step = done.step
    if not step:
        return str(_("The process begins."))
    verb = next((each for each in ("complete", "advance", "message", "signal", "choose", "fail") if each in step), "")
    what = str(step.get(verb, ""))
    name = said(trial.names.get(what, what))
    match verb:
        case "advance":
            return str(_("The clock goes on to %(moment)s.", moment=moment(stamp(done.at))))
        case "message":
            return str(_("The message “%(name)s” comes.", name=what))
        case "signal":
            return str(_("The signal “%(name)s” is heard.", name=what))
        case "choose":
            return str(_("Somebody chooses the way “%(name)s”.", name=what))
        case "fail":
            return str(_("“%(name)s” fails with the error “%(code)s”.", name=name, code=step.get("error", "")))
    return str(_("“%(name)s” is done.", name=name))


def why(trial: Trial) -> str:
    """Return why a step cannot be done, and where."""
    refused = trial.refused
    if refused is None:
        return ""
    element = said(trial.names.get(refused.element, refused.element))
    if refused.unknown:
        return str(
            _(
                "At “%(element)s” the process asks for “%(name)s”, which nobody has given. Give it with the data before.",
                element=element,
                name=refused.unknown,
            )
        )
    return in_words(refused.error)


def tree(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Node, ...]:
    """Return the data as a tree, with what the last step changed; past the most that is shown, the rest is left out."""
    left = [MOST_NODES]
    return tuple(_nodes(dict(before), dict(now), left))


def _nodes(before: Mapping[str, Any], now: Mapping[str, Any], left: list[int]) -> Iterator[Node]:
    for name in dict.fromkeys([*now, *before]):
        left[0] -= 1
        if left[0] < 0:
            return
        if name not in now:
            yield Node(name=name, value="", state=GONE, before=shown(before[name]))
            continue
        value, was = now[name], before.get(name)
        state = NEW if name not in before else SAME if value == was else CHANGED
        inside = _inside(value)
        if inside:
            children = (
                tuple(_nodes(_inside(was) if state != NEW else {}, inside, left)) if state != SAME else tuple(_nodes(inside, inside, left))
            )
            yield Node(name=name, value="", state=NEW if state == NEW else SAME, children=children)
        else:
            yield Node(name=name, value=shown(value), state=state, before=shown(was) if state == CHANGED else "")


def _inside(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    return {str(number): each for number, each in enumerate(value, start=1)} if isinstance(value, list) else {}


def due_of(waiting: Waiting, now: datetime) -> Due | None:
    """Return how far the due day of a task lies from the day of the trial."""
    if waiting.due is None:
        return None
    return due_in_words(last_day(stamp(waiting.due)), local_date(now), the_calendar())


def ways_of(waiting: Waiting) -> list[tuple[str, str]]:
    """Return (button, name) of the ways that may be chosen."""
    flows, names = waiting.says.get("flows", ()), waiting.says.get("names", ())
    return [(f"choose:{waiting.index}:{flow}", said(name) or flow) for flow, name in zip_longest(flows, names, fillvalue="")]


def drawn(trial: Trial, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what the script needs to draw the diagram: `path` marks the flows that were taken, `near` looks at where it stands."""
    return {"xml": trial.xml, "stands": [_marked(each) for each in trial.stands], "path": list(trial.path), "said": labels, "near": True}


def _marked(stand: Stand) -> dict[str, Any]:
    return {"id": stand.id, "done": stand.done, "here": stand.here, "late": stand.late}
