"""Directory files: every wrong line is named, and a wrong file changes nothing."""

from __future__ import annotations

import pytest

from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import descendants, superiors
from engine.kernel.clock import local_date
from engine.kernel.errors import EngineError
from engine.storage import Database
from engine.storage.schema import organisation
from tests.door.office import START, Office

HEAD = "code,name,level,symbol,valid_from,valid_to\n"


@pytest.mark.parametrize(
    ("kind", "text", "match"),
    [
        ("organisations", "code,name\n", "f.csv:1: Expected the columns code,name,level"),
        ("organisations", HEAD + "x,X,cell,X,1/2/2020,\n", "f.csv:2: Expected valid_from as YYYY-MM-DD, but found '1/2/2020'"),
        ("organisations", HEAD + "x,X,cell,X,2020-01-01,\ny,Y,cell\n", "f.csv:3: Expected 6 fields"),
        ("organisations", HEAD + "x,X,cell,X,2020-01-01,\nbtg,Y,cell,Y,2020-01-01,\n", "f.csv:3: .*'btg' exists already"),
        ("edges", "parent,child,line,valid_from,valid_to\ntinh,btg,friend,2020-01-01,\n", "f.csv:2: Expected a line of .*'friend'"),
        ("rooms", "", "Expected one of organisations, edges, people, groups, calendar, hours, but found 'rooms'"),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_column_and_changes_nothing(database: Database, kind: str, text: str, match: str) -> None:
    office = Office(database)
    before = office.contents()
    with pytest.raises(EngineError, match=match):
        office.do(ImportDirectory(kind=kind, text=text, file="f.csv"))
    assert office.contents() == before
    assert office.outcomes()[-1] == ("organisation.import", "refused")


def test_an_unknown_organisation_is_named(database: Database) -> None:
    office = Office(database)
    with pytest.raises(EngineError, match="'nowhere'"):
        office.do(ImportDirectory(kind="edges", text="parent,child,line,valid_from,valid_to\nnowhere,btg,committee,2020-01-01,\n", file="f.csv"))
    assert office.count(organisation) == 4


def test_superiors_and_descendants_follow_every_line(database: Database) -> None:
    office, day = Office(database), local_date(START)
    with database.reading() as connection:
        assert superiors(connection, office.unit("phuong"), day) == {office.unit("btg"), office.unit("tinh")}
        assert descendants(connection, office.unit("tinh"), day) == {office.unit(code) for code in ("btg", "phuong", "bao")}
        assert descendants(connection, office.unit("tinh"), day.replace(year=2019)) == set()
