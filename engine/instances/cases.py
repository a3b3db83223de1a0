"""What identifies an instance besides its state, and how the history names it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.bpmn import Passed
from engine.definitions.repository import Deployment
from engine.history.record import Fact, Subject, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What identifies an instance besides its state."""

    id: str
    deployment: Deployment
    organisation: str
    business_key: str
    directive: str | None
    period: str | None
    roots: tuple[str, ...]


LEFT, ENTERED, WITHDRAWN = "left", "entered", "withdrawn"  # how an element stands to a record: as a token did


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The elements that tokens stood on before a transition, and those that they stand on after it."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


NOT_MOVED = Tokens()


def step_fact(
    action: str, case: Case, passed: Iterable[Passed], *, tokens: Tokens = NOT_MOVED, work: Iterable[Subject] = (), **fields: Any
) -> Fact:
    """Return the history's fact for a transition that left the elements `passed`; `work`: the rows that led to it, in order.

    It tells the elements at which tokens have come to rest, and those from which they were taken without leaving them, so that where
    an instance stands follows from its records alone (`engine.audit.desk.tokens`).
    """
    left = [passage.element for passage in passed]
    of = (Subject(type="directive", id=case.directive, qualifier="directive"),) if case.directive else ()
    objects = (
        Subject(type="organisation", id=case.organisation, qualifier="unit"),
        *of,
        *work,
        *(Subject(type="element", id=element, qualifier=LEFT) for element in left),
        *_at_rest(tokens, left),
        *(Subject(type="directive", id=stream, qualifier="root") for stream in case.roots),
    )
    subject = fields.pop("subject", Subject(type="instance", id=case.id))
    where = fields.pop("where", Where(definition=definition_of(case.deployment), instance=case.id))
    return Fact(action=action, subject=subject, objects=objects, streams=case.roots, where=where, **fields)


def _at_rest(tokens: Tokens, left: Iterable[str]) -> Iterator[Subject]:
    stayed, now = Counter(tokens.before) - Counter(left), Counter(tokens.after)
    for qualifier, elements in ((WITHDRAWN, stayed - now), (ENTERED, now - stayed)):
        yield from (Subject(type="element", id=element, qualifier=qualifier) for element in sorted(elements.elements()))


def definition_of(deployment: Deployment) -> dict[str, Any]:
    """Return the history's group `definition`."""
    return {"key": deployment.key, "version": deployment.version, "sha256": deployment.sha256}
