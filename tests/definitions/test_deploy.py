"""Versions: the same bytes are the same version, a change makes a version of exactly the processes that it concerns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from engine.bpmn import start
from engine.definitions.check import check
from engine.definitions.deploy import Deployed, accept, deploy
from engine.definitions.repository import all_latest, definition, latest, starters, stored_sources
from engine.definitions.source import Sources, shipped_sources
from engine.kernel.errors import DefinitionInvalid, InvalidInput, NotFound
from engine.storage import Database, UnitOfWork
from engine.storage.schema import definition_file, definition_part, definition_version
from tests.bpmn.tables import table
from tests.definitions.drawings import LISTENS, OPERATIONS, SHAPE, between, drawing, form, simple, sources

NOW = datetime(2024, 4, 15, 1, 30, tzinfo=UTC)
CALLER = drawing(between(("c", '<bpmn:callActivity id="c" calledElement="inner"/>')), id="caller")
ALONE = drawing(between(), id="alone")
FILES = sources({"caller.bpmn": CALLER, "shared/inner.bpmn": simple("inner"), "alone.bpmn": ALONE})


def put(database: Database, files: Sources, *, now: datetime = NOW) -> list[Deployed]:
    with UnitOfWork(database) as unit:
        done = deploy(unit.connection, files, operations=OPERATIONS, now=now)
        unit.commit()
    return done


def changed(done: list[Deployed]) -> dict[str, int]:
    return {entry.process: entry.version for entry in done if entry.changed}


def test_every_process_is_stored_call_activities_too(database: Database) -> None:
    assert changed(put(database, FILES)) == {"alone": 1, "caller": 1, "inner": 1}


def test_the_same_bytes_are_the_same_version(database: Database) -> None:
    first = put(database, FILES)
    again = put(database, FILES, now=NOW + timedelta(days=1))
    assert changed(again) == {}
    assert [(entry.process, entry.version, entry.sha256) for entry in again] == [(entry.process, entry.version, entry.sha256) for entry in first]


def test_where_the_files_lie_does_not_matter(database: Database) -> None:
    put(database, FILES)
    moved = Sources(files={f"elsewhere/{path}": content for path, content in FILES.files.items()})
    assert changed(put(database, moved)) == {}


def test_a_changed_form_is_a_version_of_the_processes_that_use_it(database: Database) -> None:
    put(database, FILES)
    assert changed(put(database, FILES | Sources(files={"forms/slip.schema.json": form(title="Khác")}))) == {"caller": 2, "inner": 2}


def test_a_changed_diagram_is_a_version_of_its_callers(database: Database) -> None:
    put(database, FILES)
    renamed = simple("inner").replace("Vào sổ".encode(), "Đăng ký".encode())
    assert changed(put(database, FILES | Sources(files={"shared/inner.bpmn": renamed}))) == {"caller": 2, "inner": 2}


def test_an_earlier_version_comes_into_force_again_when_it_is_handed_in_again(database: Database) -> None:
    put(database, FILES)
    put(database, FILES | Sources(files={"forms/slip.schema.json": form(title="Khác")}))
    assert changed(put(database, FILES)) == {"caller": 1, "inner": 1}
    with database.reading() as connection:
        assert latest(connection, "inner").version == 1


def test_one_file_is_stored_once(database: Database) -> None:
    put(database, FILES)
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(definition_file)).scalar_one() == 4
        assert connection.execute(select(func.count()).select_from(definition_part)).scalar_one() == 6


def test_an_error_in_one_file_stores_nothing(database: Database) -> None:
    with pytest.raises(DefinitionInvalid, match="absent"):
        put(database, FILES | Sources(files={"alone.bpmn": simple("alone", form="absent")}))
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(definition_version)).scalar_one() == 0


def test_a_version_is_handed_out_compiled_and_only_once(database: Database) -> None:
    put(database, FILES)
    with database.reading() as connection:
        row = latest(connection, "caller")
        found = definition(connection, row.id)
        assert definition(connection, row.id) is found
        assert set(stored_sources(connection, row.id).files) == {"caller.bpmn", "shared/inner.bpmn", "forms/slip.schema.json"}
    assert (found.key, found.version, found.sha256) == ("caller", 1, row.sha256)
    assert found.definition.process_id == "caller"
    assert set(found.forms) == {"slip"}


def test_a_running_version_stays_as_it_was_when_a_new_one_is_deployed(database: Database) -> None:
    put(database, FILES)
    with database.reading() as connection:
        old = latest(connection, "inner").id
    put(database, FILES | Sources(files={"forms/slip.schema.json": form(title="Khác")}))
    with database.reading() as connection:
        assert definition(connection, old).forms["slip"].title == "Phiếu"
        assert definition(connection, latest(connection, "inner").id).forms["slip"].title == "Khác"


def test_starters_are_the_processes_in_force_that_begin_with_the_message(database: Database) -> None:
    listening = drawing(between().replace('<bpmn:startEvent id="s"/>', LISTENS), id="review")
    put(database, FILES | Sources(files={"review.bpmn": listening}))
    with database.reading() as connection:
        assert starters(connection, "report.submitted") == ["review"]
    put(database, FILES | Sources(files={"review.bpmn": drawing(between(), id="review")}))
    with database.reading() as connection:
        assert starters(connection, "report.submitted") == []
        assert [row.key for row in all_latest(connection)] == ["alone", "caller", "inner", "review"]


def test_what_was_never_deployed_is_not_found(sqlite_database: Database) -> None:
    with sqlite_database.reading() as connection:
        with pytest.raises(NotFound, match="never"):
            latest(connection, "never")
        with pytest.raises(NotFound):
            definition(connection, "no-such-id")


def test_two_forms_of_one_key_are_refused() -> None:
    twice = FILES | Sources(files={"shared/forms/slip.schema.json": form(title="Khác")})
    assert [finding.rule for finding in check(twice, operations=OPERATIONS)] == ["form_schema"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", form(type="string"), form(properties={"x": {"$ref": "https://example.org/x"}})])
def test_a_form_that_is_none_is_refused_with_its_file(content: bytes) -> None:
    findings = check(FILES | Sources(files={"forms/slip.schema.json": content}), operations=OPERATIONS)
    assert [(finding.rule, finding.file) for finding in findings] == [("form_schema", "forms/slip.schema.json")]


DECIDES = drawing(between(("o", '<bpmn:businessRuleTask id="o" chidao:decision="shape"/>')), id="decides")


def test_a_changed_decision_is_a_version_of_the_processes_that_it_decides_in(database: Database) -> None:
    files = FILES | Sources(files={"decides.bpmn": DECIDES})
    put(database, files)
    other = table("shape", ["duty"], ["process"], [["-", '"other"']])
    assert changed(put(database, files | Sources(files={"decisions/shape.dmn": other}))) == {"decides": 2}
    with database.reading() as connection:
        found = latest(connection, "decides")
        assert stored_sources(connection, found.id).decisions == {"decisions/shape.dmn": other}
        outcome = start(definition(connection, found.id).definition, {"duty": "none"}, now=NOW)
    assert outcome.data["process"] == "other"


def test_a_table_that_is_none_is_refused_with_its_file_its_rule_and_its_line() -> None:
    content = table("shape", ["duty"], ["process"], [['"monthly"', '"a"'], ["monthly,", '"b"']]).replace(b'<inputEntry id="r2c0">', b'<inputEntry\n  id="r2c0"\n>')
    (found,) = check(FILES | Sources(files={"decisions/shape.dmn": content}), operations=OPERATIONS)
    assert (found.file, found.element, found.rule, found.severity) == ("decisions/shape.dmn", "r2c0", "decision_table", "error")
    assert "In rule 2, input 'duty'" in found.message
    assert found.line == content[: content.index(b"<inputEntry\n")].count(b"\n") + 1


def test_what_has_no_effect_in_a_table_is_warned_of_and_deploys(database: Database) -> None:
    idle = table("shape", ["duty", "items"], ["process"], [["-", "-", '"a"'], ['"none"', "-", '"b"']], policy="FIRST")
    files = FILES | Sources(files={"decides.bpmn": DECIDES, "decisions/shape.dmn": idle})
    assert [(finding.element, finding.rule, finding.severity) for finding in check(files, operations=OPERATIONS)] == [
        ("in1", "decision_idle", "warning"),
        ("r1", "decision_idle", "warning"),
    ]
    assert changed(put(database, files))["decides"] == 1


def test_two_tables_of_one_key_are_refused() -> None:
    twice = FILES | Sources(files={"shared/decisions/shape.dmn": table("shape", ["a"], ["b"], [["1", "1"]])})
    assert [finding.rule for finding in check(twice, operations=OPERATIONS)] == ["decision_table"]


def test_decisions_alone_deploy_nothing() -> None:
    with pytest.raises(InvalidInput, match="Expected the diagrams of the processes"):
        accept(Sources(files={"decisions/shape.dmn": SHAPE}), operations=OPERATIONS)


def test_the_shipped_processes_deploy(database: Database) -> None:
    shipped = shipped_sources()
    operations = {
        name.split('"')[0] for content in shipped.diagrams.values() for name in content.decode().split('chidao:operation="')[1:]
    }
    with UnitOfWork(database) as unit:
        done = deploy(unit.connection, shipped, operations=operations, now=NOW)
    assert {"coordination_monthly", "regular_report", "consolidate_period", "report_review"} <= {entry.process for entry in done}
