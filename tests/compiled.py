"""Statements are compiled, and a server is asked what it is, once in a session for all databases of a kind.

Every test has a database of its own, for which SQLAlchemy would do both anew: most of what a short test costs.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy
from sqlalchemy import Connection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect

_found: dict[type, dict[str, Any]] = {}  # what the first database of each kind has said of itself


class _Alike(DefaultDialect):
    """A dialect that equals all of its kind: what was compiled for one of them serves the others."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    def initialize(self, connection: Connection) -> None:
        """Ask the database what it is, unless one of its kind has said so."""
        if type(self) not in _found:
            before = dict(vars(self))
            super().initialize(connection)
            _found[type(self)] = {name: value for name, value in vars(self).items() if name not in before or before[name] is not value}
        vars(self).update(_found[type(self)])


class Sqlite(_Alike, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class Postgresql(_Alike, PGDialect_psycopg):
    supports_statement_cache = True


registry.register("sqlite", __name__, Sqlite.__name__)
registry.register("postgresql.psycopg", __name__, Postgresql.__name__)
create_engine = partial(sqlalchemy.create_engine, execution_options={"compiled_cache": {}})  # in the place of SQLAlchemy's
