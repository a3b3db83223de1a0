"""An office with the shipped processes and two people who design."""

from __future__ import annotations

import pytest

from engine.directory.directory_import import ImportDirectory
from engine.kernel.actor import Actor
from engine.storage import Database
from tests.door.office import Office
from tests.states import deploy_office
from tests.templates import copied

DESIGNERS = (
    "login,name,organisation,title,roles\n"
    "nguoi.ve,Lường Văn Vẽ,btg,Thiết kế quy trình,process_designer\n"
    "nguoi.ve.2,Hà Thị Nét,btg,Thiết kế quy trình,process_designer\n"
)


def employ_designers(database: Database) -> None:
    deploy_office(database)
    Office(database).do(ImportDirectory(kind="people", text=DESIGNERS, file="people.csv"))


designed_database = copied("designed", employ_designers)


@pytest.fixture
def office(designed_database: Database) -> Office:
    return Office(designed_database)


@pytest.fixture
def mine(office: Office) -> Actor:
    """Who designs."""
    return office.actor("nguoi.ve")


@pytest.fixture
def other(office: Office) -> Actor:
    """Who designs too."""
    return office.actor("nguoi.ve.2")
