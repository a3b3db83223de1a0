"""The API against its own description: whatever is sent, no server error, and no answer that the description does not know."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from sqlalchemy import insert, select

from engine.access.sessions import digest
from engine.access.tokens import API, MakeToken, new_token
from engine.bootstrap import open_door
from engine.kernel.actor import Actor
from engine.storage import Database
from engine.storage.schema import holding, permission, post_role
from engine.storage.unit_of_work import UnitOfWork
from tests.pages import clock_after
from web.application import create_app
from web.door import EXTENSION

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 8


@pytest.fixture(scope="module")
def app(demonstration_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    place = tmp_path_factory.mktemp("api") / "demonstration.sqlite3"
    shutil.copy(demonstration_file, place)
    database = Database(f"sqlite:///{place}")
    yield create_app(open_door(database, clock_after(database)), demo=True)
    database.dispose()


@pytest.fixture(scope="module")
def token(app: Flask) -> str:
    """The token of somebody who holds every role: what everybody is denied tells nothing."""
    door = app.extensions[EXTENSION]
    with UnitOfWork(door.database) as unit:
        seat = unit.connection.execute(select(holding.c.post, holding.c.person).join(post_role, post_role.c.post == holding.c.post).where(post_role.c.role == "leader")).first()
        assert seat is not None
        held = set(unit.connection.execute(select(post_role.c.role).where(post_role.c.post == seat.post)).scalars())
        roles = set(unit.connection.execute(select(permission.c.role).distinct()).scalars()) - held
        unit.connection.execute(insert(post_role), [{"post": seat.post, "role": role} for role in sorted(roles)])
        unit.commit()
    made = new_token(API)
    door.execute(MakeToken(kind=API, name="kiểm thử", token_hash=digest(made)), Actor.person(seat.person), key="schemathesis")
    return made


@pytest.fixture(scope="module")
def described(app: Flask) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def test_no_operation_fails_or_surprises(described: Any, token: str) -> None:
    failures: dict[str, str] = {}
    for result in described.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        def sent(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

        try:
            sent()
        except (FailureGroup, AssertionError) as failure:
            failures[operation.label] = str(failure)[:2000]
    assert not failures, "\n\n".join(f"{label}: {said}" for label, said in failures.items())
