"""Finding one organisation by what somebody typed: its code, or its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from engine.history.transaction import Reading
from engine.kernel.errors import InvalidInput
from engine.kernel.vietnamese import fold
from engine.storage.schema import organisation

MOST = 500  # organisations that are offered in a list; of more, one types the code


@dataclass(frozen=True, slots=True, kw_only=True)
class FindOrganisation:
    """Ask for the one organisation with this code, or with this name."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferOrganisations:
    """Ask for the organisations that may be chosen: (code, name), or none when there are too many to offer."""


def answer_find(query: FindOrganisation, reading: Reading) -> Row[Any]:
    """Return the organisation. Raises InvalidInput when none or several fit."""
    wanted = query.text.strip()
    rows = reading.connection.execute(_names().where(organisation.c.code == wanted)).all()
    if not rows:
        rows = [row for row in reading.connection.execute(_names()) if fold(row.name) == fold(wanted)]
    if len(rows) != 1 or not wanted:
        raise InvalidInput(f"Expected one organisation by its code or its whole name, but {wanted!r} names {len(rows)}. Enter the code from the list.")
    return rows[0]


def answer_offered(_query: OfferOrganisations, reading: Reading) -> Sequence[Row[Any]]:
    """Return those to choose from."""
    rows = reading.connection.execute(_names().order_by(organisation.c.name).limit(MOST + 1)).all()
    return rows if len(rows) <= MOST else ()


def _names() -> Select[Any]:
    return select(organisation.c.id, organisation.c.code, organisation.c.name)
