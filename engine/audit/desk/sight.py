"""How far an auditor sees: the organisations of their posts and everything beneath, and which records that makes theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_

from engine.access.remit import covered, sight_of
from engine.history.transaction import Reading
from engine.storage.schema import directive, dispatch, history_record, history_stream, holding, instance, organisation, post

SEE = "audit.see"
OF_THE_INSTALLATION = ("checkpoint.", "clock.", "database.", "demonstration.", "history.", "key.", "migration.", "office_hours.", "process.", "setting.", "state.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remit:
    """The organisations that an auditor sees, and the directives that they issued. `whole`: all that there are, so that nothing is looked for."""

    units: frozenset[str]
    issued: frozenset[str]
    whole: bool

    def sees(self, sealed: Mapping[str, Any], owner: str | None) -> bool:
        """Tell whether a record is to be seen: it belongs to a directive that one of the units issued, to a case of theirs (`owner`: the
        organisation of the record's case), to what one of their people did, it names one of them, or it is what the system did to the
        installation itself (a checkpoint, a deployment from the command line), which every auditor may know."""
        if self.whole or owner in self.units or (sealed["actor"] or {}).get("unit") in self.units:
            return True
        if any(each["id"] in self.issued for each in sealed["streams"]) or _is_of_the_installation(sealed):
            return True
        return any(each["id"] in self.units or each["id"] in self.issued for each in (sealed["subject"], *sealed["objects"]))


class Sight:
    """Tells of records whether they are within a remit; the organisation of each case is looked up once."""

    def __init__(self, connection: Connection, remit: Remit) -> None:
        self._connection, self._remit = connection, remit
        self._owners: dict[str, str] = {}

    def sees(self, sealed: Mapping[str, Any]) -> bool:
        """Tell whether a record is to be seen."""
        if self._remit.whole or self._remit.sees(sealed, None):
            return True
        case = sealed["instance"]
        if case and case not in self._owners:
            self._owners |= owners(self._connection, {case})
        return self._remit.sees(sealed, self._owners.get(case or ""))


def _is_of_the_installation(sealed: Mapping[str, Any]) -> bool:
    return sealed["instance"] is None and (sealed["actor"] or {}).get("type") != "person" and str(sealed["action"]).startswith(OF_THE_INSTALLATION)


def remit_of(reading: Reading) -> Remit:
    """Return how far the actor sees as an auditor today; read only once a page."""
    return reading.once((SEE, reading.actor.id), lambda: _remit(reading))


def _remit(reading: Reading) -> Remit:
    sight, connection = sight_of(reading, SEE), reading.connection
    if not sight.own:
        return Remit(units=frozenset(), issued=frozenset(), whole=False)
    units = frozenset(connection.execute(select(organisation.c.id).where(covered(sight, organisation.c.id))).scalars())
    if sight.everywhere or len(units) == connection.execute(select(func.count()).select_from(organisation)).scalar_one():
        return Remit(units=units, issued=frozenset(), whole=True)
    issued = frozenset(connection.execute(select(directive.c.id).where(covered(sight, directive.c.issuer))).scalars())
    return Remit(units=units, issued=issued, whole=False)


def nearest_unit(connection: Connection, remit: Remit, directive_id: str) -> str | None:
    """Return by which organisation an auditor may look into a directive: its issuer, else a recipient in the remit; None: no such directive.

    Where neither lies in the remit it is the issuer, so that whoever asks is denied by its name.
    """
    issuer = connection.execute(select(directive.c.issuer).where(directive.c.id == directive_id)).scalar_one_or_none()
    if issuer is None or issuer in remit.units:
        return issuer
    received = connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == directive_id)).scalars()
    return min(remit.units.intersection(received), default=str(issuer))


def owners(connection: Connection, instances: set[str]) -> dict[str, str]:
    """Return the organisation of each case."""
    if not instances:
        return {}
    rows = connection.execute(select(instance.c.id, instance.c.organisation).where(instance.c.id.in_(sorted(instances))))
    return {row.id: row.organisation for row in rows}


def in_remit(remit: Remit) -> ColumnElement[bool] | None:
    """Return the condition of the database that a record is to be seen; None when all are. It is narrower than `sees`, which reads the record.

    It is about a case of an organisation in the remit, belongs to a directive that one of them issued, or was made by somebody who has or had a post there.
    """
    if remit.whole:
        return None
    columns, links, units = history_record.c, history_stream.c, sorted(remit.units)
    cases = select(instance.c.id).where(instance.c.organisation.in_(units))
    letters = select(directive.c.id).where(directive.c.issuer.in_(units))
    theirs = tuple_(columns.log, columns.seq).in_(select(links.log, links.seq).where(links.stream.in_(letters)))
    people = select(holding.c.person).join(post, post.c.id == holding.c.post).where(post.c.organisation.in_(units))
    return or_(columns.instance.in_(cases), and_(columns.instance.is_(None), columns.actor.in_(people)), theirs)
