"""Names for the ids that stand in records, as they are now: each is asked for once and remembered while an export is written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Column, Connection, bindparam, select

from engine.storage.schema import consolidation_total, directive, figure_source, organisation, person, report_figure, report_section

_ID: BindParameter[Any] = bindparam("b_id")
_HELD = (
    select(consolidation_total.c.consolidation, consolidation_total.c.revision)
    .distinct()
    .join(figure_source, figure_source.c.consolidation_total == consolidation_total.c.id)
    .join(report_figure, report_figure.c.id == figure_source.c.report_figure)
    .join(report_section, report_section.c.id == report_figure.c.report_section)
    .where(report_section.c.report == bindparam("b_report"), report_section.c.revision == bindparam("b_revision"))
    .order_by(consolidation_total.c.consolidation, consolidation_total.c.revision)
)


class Names:
    """Who and what an id is; the id itself where there is no such row (any more)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], str] = {}

    def unit(self, identity: str) -> str:
        """Return the name of an organisation."""
        return self._named(organisation.c.name, identity)

    def person(self, identity: str) -> str:
        """Return the name of a person."""
        return self._named(person.c.name, identity)

    def directive(self, identity: str) -> str:
        """Return number and symbol of a directive."""
        return self._named(directive.c.code, identity)

    def whoever(self, identity: str) -> str:
        """Return the name of the person or of the organisation for whom somebody acted."""
        name = self.person(identity)
        return name if name != identity else self.unit(identity)

    def held_by(self, report: str, revision: int) -> list[tuple[str, int]]:
        """Return the consolidations, with their revisions, whose totals a report revision holds."""
        return [(row.consolidation, row.revision) for row in self._connection.execute(_HELD, {"b_report": report, "b_revision": revision})]

    def _named(self, column: Column[Any], identity: str) -> str:
        place = (column.table.name, identity)
        if place not in self._known:
            found = self._connection.execute(select(column).where(column.table.c.id == _ID), {"b_id": identity}).scalar_one_or_none()
            self._known[place] = str(found or identity)
        return self._known[place]
