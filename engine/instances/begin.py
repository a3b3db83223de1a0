"""A person starts a process: whose lane may, about which directive, and the first step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, exists, select

from engine.access.places import places_of
from engine.bpmn import PersonStart, start
from engine.bpmn.vocabulary import ISSUED
from engine.definitions.repository import Deployment, definition, latest
from engine.definitions.withdrawing import check_begins
from engine.directory.organisations import organisation_by_id
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import Case, Tokens, step_fact
from engine.instances.commands import StartProcess
from engine.instances.rows import insert_instance
from engine.kernel.clock import local_date
from engine.kernel.errors import NotFound, Refused
from engine.kernel.ids import new_id
from engine.storage.schema import directive, dispatch, organisation

Apply = Callable[[Transaction], dict[str, Any]]


def person_start(connection: Connection, process: str) -> tuple[Deployment, PersonStart]:
    """Return the version in force of a process with its start by a person. Raises NotFound, Refused."""
    deployment = definition(connection, latest(connection, process).id)
    found = deployment.definition.person_start
    if found is None:
        raise Refused(
            f"Expected a process that a person may start, but {process!r} starts by a message or by another process. "
            'Choose another one, or mark its start event with chidao:startedBy="person".'
        )
    return deployment, found


def role_of(command: StartProcess, reading: Reading) -> str | None:
    """Return the role as which the actor starts a process: the first that is named and held, else the first named; None: any post will do."""
    _deployment, begin = person_start(reading.connection, command.process)
    if len(begin.roles) < 2:
        return next(iter(begin.roles), None)
    places = places_of(reading.connection, reading.actor.id, local_date(reading.now))
    held = {role for place in places if place.organisation == command.organisation for role in place.roles}
    return next((role for role in begin.roles if role in held), begin.roles[0])


def root_of(connection: Connection, command: StartProcess) -> tuple[str, ...]:
    """Return the stream that the start is about: that of the directive's root; none without a directive."""
    if command.directive is None:
        return ()
    query = select(directive.c.root).where(directive.c.id == command.directive)
    return tuple(connection.execute(query).scalars())


def decide_start_process(command: StartProcess, reading: Reading) -> Apply:
    """Compute the first step of the process; return what writes it."""
    connection = reading.connection
    deployment, begin = person_start(connection, command.process)
    check_begins(connection, command.process, local_date(reading.now))
    _check_subject(connection, command, begin)
    case = Case(
        id=new_id(reading.now),
        deployment=deployment,
        organisation=command.organisation,
        business_key=command.directive or "",
        directive=command.directive,
        period=None,
        roots=root_of(connection, command),
    )
    data = {"organisation": command.organisation, "directive": command.directive, "process": command.process}
    outcome = start(deployment.definition, data, now=reading.now)

    def apply(transaction: Transaction) -> dict[str, Any]:
        insert_instance(transaction, case, outcome)
        transaction.record(step_fact("instance.started", case, outcome.completed, tokens=Tokens(after=outcome.stands)))
        return {"instance": case.id}

    return apply


def _check_subject(connection: Connection, command: StartProcess, begin: PersonStart) -> None:
    """Refuse a start about nothing, about an unknown directive, or about one that is not the organisation's."""
    unit = organisation_by_id(connection, command.organisation)
    if command.directive is None:
        if begin.about_directive:
            raise Refused(f"Expected the directive that {command.process!r} is to be about, but found none. Open a directive and start it from there.")
        return
    row = connection.execute(select(directive).where(directive.c.id == command.directive)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a directive, but found {command.directive!r}, which none has.")
    received = bool(connection.execute(select(exists().where(dispatch.c.directive == row.id, dispatch.c.organisation == unit.id))).scalar_one())
    issued = row.issuer == unit.id
    if (issued or received) and not begin.concerns(issued=issued, received=received):
        if begin.side == ISSUED:
            raise Refused(f"Expected a directive that {unit.name} has issued itself, but {row.code} of {row.issued_date} is none. Ask the other side to start it.")
        raise Refused(f"Expected a directive that {unit.name} has received itself, but {row.code} of {row.issued_date} is none. Ask the other side to start it.")
    if not issued and not received:
        issuer = connection.execute(select(organisation.c.name).where(organisation.c.id == row.issuer)).scalar_one()
        raise Refused(
            f"Expected a directive that {unit.name} has issued or received, but {row.code} of {row.issued_date} "
            f"went from {issuer} to others. Ask an organisation that it concerns."
        )
