"""`chidao bench search` asks the same over few and over many texts, on both databases."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from engine.bench.finding import QUESTIONS, Plan, lines_of, measured
from engine.storage import Database
from engine.storage.schema import search_mark, search_text
from engine.storage.unit_of_work import UnitOfWork
from tests.audit.test_finding import office


def test_few_and_many_texts_are_searched_and_reading_them_is_timed(furnished_database: Database) -> None:
    door = office(furnished_database)
    with UnitOfWork(furnished_database) as unit:  # as if nobody had read it yet
        unit.connection.execute(delete(search_text))
        unit.connection.execute(delete(search_mark))
        unit.commit()
    report = measured(door, Plan(texts=300, rounds=1))
    assert report["kept"]["records"] > 0
    assert set(report["ratio"]) >= {f"{name}, clerk" for name in QUESTIONS}
    assert report["many"]["texts"] == 300
    with furnished_database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(search_text)).scalar_one() == 300
    assert len(lines_of(report)) == 1 + len(report["ratio"])
