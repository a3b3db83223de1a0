"""What a process of its own does in the tests of deferred transactions; it loads no more than the storage, so that it starts soon."""

from __future__ import annotations

import sys

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from engine.storage.database import Database
from engine.storage.schema import setting
from engine.storage.unit_of_work import UnitOfWork


def read_then_write(url: str, times: int) -> int:
    """Read, then write what follows from it; return how often the database refused."""
    database, refused = Database(url), 0
    for _ in range(times):
        try:
            with UnitOfWork(database) as unit:
                read = unit.connection.execute(select(setting.c.value).where(setting.c.key == "a").with_for_update()).scalar_one()
                unit.connection.execute(update(setting).where(setting.c.key == "a").values(value=str(int(read) + 1)))
                unit.commit()
        except OperationalError:
            refused += 1
    database.dispose()
    return refused


if __name__ == "__main__":
    print(read_then_write(sys.argv[1], int(sys.argv[2])))  # noqa: T201
