"""One write transaction, and the only commit of the product. What runs inside is decided above."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection

if TYPE_CHECKING:  # database.py upgrades through a unit of work
    from engine.storage.database import Database


class UnitOfWork:
    """A write transaction that is rolled back unless `commit` is called, once, as its last act.

    >>> with UnitOfWork(database) as unit:
    ...     unit.connection.execute(...)
    ...     unit.commit()
    """

    connection: Connection

    def __init__(self, database: Database) -> None:
        self._database = database
        self._scope: AbstractContextManager[Connection] | None = None

    def __enter__(self) -> Self:
        self._scope = self._database.writing()
        self.connection = self._scope.__enter__()
        return self

    def commit(self) -> None:
        """Make everything done through `connection` permanent; afterwards the connection refuses further work."""
        self.connection.commit()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        scope, self._scope = self._scope, None
        if scope is not None:
            scope.__exit__(kind, error, trace)
