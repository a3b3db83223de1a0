"""To whom an e-mail of a process goes: to those who hold a role in an office, or to addresses from the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.directory.organisations import direct_superiors, holders, organisation_by_code, organisation_by_id
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.email_address import email_address
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import organisation, person

SUPERIOR = "superior"
MOST = 500  # recipients of one mail: whoever writes to more speaks to organisations, by messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person, who has the address that the directory says when the mail is sent, or an address."""

    person: str | None = None
    address: str | None = None

    def plain(self) -> dict[str, str]:
        """Return the recipient as the effect keeps it."""
        return {"person": self.person} if self.person else {"to": self.address or ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Who is written to, and how many of those who were meant have no address."""

    reached: tuple[Recipient, ...]
    without: int = 0


def recipients(call: Call) -> Recipients:
    """Return who is meant by the parameters `to`, or `role` and `organisation`. Raises InvalidInput, or NotFound when there is nobody."""
    if "to" in call.parameters:
        if "role" in call.parameters:
            raise InvalidInput(f"Expected either 'to' or 'role' on service task {call.element!r}, but found both. Remove one.")
        return _addresses(call)
    return _holders(call, str(call.parameter("role")))


def _addresses(call: Call) -> Recipients:
    said = call.parameters["to"]
    listed = said if isinstance(said, list) else [said]
    found = tuple(Recipient(address=each) for each in sorted({email_address(each) for each in listed}))
    if not 1 <= len(found) <= MOST:
        raise InvalidInput(f"Expected 1 to {MOST} addresses in 'to' of service task {call.element!r}, but found {len(found)}.")
    return Recipients(reached=found)


def _holders(call: Call, role: str) -> Recipients:
    connection, day = call.transaction.connection, local_date(call.transaction.now)
    units = _organisations(call)
    people = {row.person for unit in units for row in holders(connection, unit, role, day)}
    addressed = _with_address(connection, people)
    if not addressed:
        names = ", ".join(organisation_by_id(connection, unit).name for unit in units)
        if not names:
            raise NotFound(f"Expected a superior in which somebody holds the role {role}, but there is none. Name an organisation.")
        if not people:
            raise NotFound(f"Expected somebody with the role {role} in {names}, but nobody holds it. Appoint somebody.")
        raise NotFound(f"Expected an e-mail address of somebody with the role {role} in {names}, but none of those who hold it has one. Enter the address.")
    if len(addressed) > MOST:
        raise InvalidInput(f"Expected at most {MOST} people with the role {role!r}, but found {len(addressed)}. Name one organisation.")
    return Recipients(reached=tuple(Recipient(person=each) for each in addressed), without=len(people) - len(addressed))


def _organisations(call: Call) -> tuple[str, ...]:
    """Return the ids of the organisations that `organisation` means: a code, an id, `superior`; the own one when it is left out."""
    connection, said = call.transaction.connection, call.parameters.get("organisation")
    if said is None:
        return (call.case.organisation,)
    if said == SUPERIOR:
        return direct_superiors(connection, call.case.organisation, local_date(call.transaction.now))
    known = connection.execute(select(organisation.c.id).where(organisation.c.id == str(said))).first()
    return (str(said) if known else str(organisation_by_code(connection, str(said)).id),)


def _with_address(connection: Connection, people: Iterable[str]) -> list[str]:
    query = select(person.c.id).where(person.c.id.in_(sorted(people)), person.c.email.is_not(None)).order_by(person.c.id)
    return list(connection.execute(query).scalars())
