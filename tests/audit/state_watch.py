"""Follows a database from commit to commit: after each, every told row that the commit touched must be as the records tell it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from engine.audit.rebuilt import Rebuilt
from engine.history.record import LOG, opened
from engine.history.state import written_in
from engine.kernel.points import listen
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from engine.storage.told import TOLD, Told

COMMITTED = {"door.committed", "together.committed"}


def _trigger(told: Told, act: str) -> str:
    row = "OLD" if act == "DELETE" else "NEW"
    key = " || '/' || ".join(f"{row}.{name}" for name in told.key)
    name = told.table.name
    return f"CREATE TRIGGER watch_{name}_{act} AFTER {act} ON {name} BEGIN INSERT INTO touched VALUES ('{name}', {key}); END"


class Watch:
    """Compares what a commit has touched (SQLite's triggers say what) with what its records tell."""

    def __init__(self, database: Database) -> None:
        self.database, self.commits, self.rows, self.wrong = database, 0, 0, list[str]()
        self._rebuilt, self._read = Rebuilt(), 0
        with UnitOfWork(database) as unit:
            unit.connection.exec_driver_sql("CREATE TABLE touched (of TEXT, key TEXT)")
            for told in TOLD.values():
                for act in ("INSERT", "UPDATE", "DELETE"):
                    unit.connection.exec_driver_sql(_trigger(told, act))
            unit.commit()
        self._take_in()

    def _take_in(self) -> None:
        query = select(history_record.c.seq, history_record.c.body).where(history_record.c.log == LOG, history_record.c.seq > self._read)
        with self.database.reading() as connection:
            records = connection.execute(query.order_by(history_record.c.seq)).all()
        told = [(seq, written) for seq, body in records for written in written_in(opened(body))]
        self.wrong += [f"record {each.seq} contradicts record {each.told}: {each}" for each in self._rebuilt.tell(told)]
        self._read = records[-1].seq if records else self._read

    def look(self) -> None:
        """Compare what has been touched since the last look."""
        self.commits += 1
        self._take_in()
        with UnitOfWork(self.database) as unit:
            touched = sorted({(of, key) for of, key in unit.connection.exec_driver_sql("SELECT of, key FROM touched")})
            unit.connection.exec_driver_sql("DELETE FROM touched")
            unit.commit()
        known = self._rebuilt.rows(touched)
        with self.database.reading() as connection:
            for of, key in touched:
                told = TOLD[of]
                where = [told.table.c[name] == part for name, part in zip(told.key, key.split("/"), strict=True)]
                row = connection.execute(select(told.table).where(*where)).mappings().one_or_none()
                found = told.plain_row(row, told.fields) if row else None
                expected = known[of, key].values if (of, key) in known else None
                expected = {name: expected.get(name, told.blank[name]) for name in told.fields} if expected is not None else None
                self.rows += 1
                if expected != found:
                    self.wrong.append(f"commit {self.commits}, {of} {key}: the records tell {expected}, the table holds {found}")


@contextmanager
def watched(database: Database) -> Iterator[Watch]:
    """Follow the database while the block runs."""
    watch = Watch(database)
    end = listen(lambda point: watch.look() if point in COMMITTED else None)
    try:
        yield watch
    finally:
        end()
