"""Metrics: for this machine or with the token, for nobody else; values of the rows, and what was done here."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from engine.kernel import observed
from engine.kernel.errors import Denied
from engine.observation.metrics import count_command
from engine.storage import Database
from tests.door.office import CHECKED, Office
from web.application import create_app


def value(client: FlaskClient, line: str) -> float:
    """Return the value that stands behind `line`; 0 when there is none."""
    for each in client.get("/metrics").text.splitlines():
        if each.startswith(f"{line} "):
            return float(each.rpartition(" ")[2])
    return 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_ask(client: FlaskClient, address: str) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::7", "", "unix"])
def test_another_machine_may_not(client: FlaskClient, address: str) -> None:
    answer = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 403
    assert "chidao_due" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_what_a_proxy_of_this_machine_forwards_is_not_its_own(client: FlaskClient, header: str) -> None:
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_once_there_is_a_token_everybody_needs_it(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_METRICS_TOKEN", "mot-hai-ba")
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer mot-hai"}).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Basic mot-hai-ba"}).status_code == 403
    far = {"REMOTE_ADDR": "10.0.0.7"}
    assert client.get("/metrics", headers={"Authorization": "Bearer mot-hai-ba"}, environ_base=far).status_code == 200


def test_how_the_work_stands_is_read_from_the_rows(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    client = create_app(office.door).test_client()
    assert value(client, 'chidao_due{kind="start"}') == 0
    office.do(office.letter(), office.actor("van.thu"))
    assert value(client, 'chidao_due{kind="start"}') == 1
    assert value(client, "chidao_instances_active") == 0
    office.drain()
    assert value(client, 'chidao_due{kind="start"}') == 0
    assert value(client, "chidao_instances_active") > 0
    assert value(client, "chidao_workers") == 0
    assert value(client, 'chidao_incidents{state="held"}') == 0


def test_commands_are_counted_by_action_and_outcome(sqlite_database: Database) -> None:
    office = Office(sqlite_database).deploy()
    client = create_app(office.door).test_client()
    office.receive()
    done, denied = 'chidao_commands_total{action="task.complete",outcome="done"}', 'chidao_commands_total{action="task.complete",outcome="denied"}'
    seconds = 'chidao_command_seconds_count{action="task.complete"}'
    before = [value(client, line) for line in (done, denied, seconds)]
    end = observed.watch(count_command)
    try:
        with pytest.raises(Denied):
            office.complete("check_incoming", "chuyen.vien", **CHECKED)
        office.complete("check_incoming", "van.thu", **CHECKED)
    finally:
        end()
    assert [value(client, line) for line in (done, denied, seconds)] == [before[0] + 1, before[1] + 1, before[2] + 2]
    assert value(client, 'chidao_request_seconds_count{method="GET",route="/metrics",status="200"}') > 0
