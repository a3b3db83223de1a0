"""A clock that is set leaves a record, and the numbers and times of the history stay in order."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from engine.bootstrap import open_door
from engine.execution import checkpoints
from engine.execution.clock_steps import ClockSteps
from engine.execution.time_server import EPOCH, offset_ms
from engine.history.record import opened
from engine.history.verify import verify
from engine.storage import Database
from tests.history.sealing import BEGIN, Installation, install

HOUR = timedelta(hours=1)


class WallClock:
    """A clock that runs with `seconds` and that somebody may set."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.offset = timedelta()

    def now(self) -> datetime:
        return BEGIN + self.offset + timedelta(seconds=self.seconds)

    def running(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return install(database, tmp_path, monkeypatch)


def steps(office: Installation) -> list[tuple[str, int]]:
    """The recorded steps: the time that was found, and how far it was off."""
    sealed = [opened(row.body) for row in office.records() if row.action == "clock.stepped"]
    told = [{change["field"]: change["new"] for change in each["changes"]} for each in sealed]
    return [(each["time"], each["offset_ms"]) for each in told]


def test_a_clock_that_runs_leaves_nothing(office: Installation, clock: WallClock) -> None:
    watch = ClockSteps(open_door(office.database, clock), running=clock.running)
    for _ in range(5):
        clock.seconds += 100
        clock.offset += timedelta(seconds=0.9)  # it is slewed
        assert not watch.look()
    assert steps(office) == []


@pytest.mark.parametrize("by", [-HOUR, HOUR, timedelta(seconds=1.5)])
def test_a_step_is_recorded_once(office: Installation, clock: WallClock, by: timedelta) -> None:
    watch = ClockSteps(open_door(office.database, clock), running=clock.running)
    watch.look()
    clock.seconds += 10
    clock.offset += by
    assert watch.look()
    clock.seconds += 10
    assert not watch.look()
    [(_, offset)] = steps(office)
    assert offset == by / timedelta(milliseconds=1)


def test_an_hour_back_leaves_numbers_and_times_in_order(office: Installation, clock: WallClock) -> None:
    office.grow(2)
    watch = ClockSteps(open_door(office.database, clock), running=clock.running)
    watch.look()
    clock.offset -= HOUR
    watch.look()
    office.grow(2)
    rows = office.records()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    with office.database.reading() as connection:
        assert verify(connection) == (5, [])


def test_a_clock_that_stands_behind_the_last_record_is_told_when_a_worker_begins(office: Installation, clock: WallClock) -> None:
    office.pass_by(3600)
    office.grow(1)
    watch = ClockSteps(open_door(office.database, clock), running=clock.running)
    assert watch.look()
    assert [offset for _, offset in steps(office)] == [-3_600_000]


# --- the server of the time ---------------------------------------------------------------------------------------


@pytest.fixture
def answers() -> list[bytes]:
    """What the server of the time answers, one after the other; nothing when there is none left."""
    return []


@pytest.fixture
def port(answers: list[bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of the time on this machine."""
    monkeypatch.setenv("CHIDAO_TIME_SERVER", "127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while answers:
                question, whom = server.recvfrom(48)
                if question == b"end":
                    return
                server.sendto(answers.pop(0), whom)

        serving = Thread(target=serve)
        serving.start()
        yield server.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"end", server.getsockname())
        serving.join()


def answer(moment: datetime, *, leap: int = 0, mode: int = 4, stratum: int = 2) -> bytes:
    seconds = (moment - EPOCH).total_seconds()
    stamp = struct.pack("!II", int(seconds), int(seconds % 1 * 2**32))
    return bytes([leap << 6 | 4 << 3 | mode, stratum]) + 30 * b"\0" + stamp + stamp


@pytest.mark.parametrize(("ahead", "told"), [(0.0, 0), (1.25, 1250), (-3600.0, -3_600_000)])
def test_the_offset_is_told_in_milliseconds(answers: list[bytes], clock: WallClock, request: pytest.FixtureRequest, ahead: float, told: int) -> None:
    answers.append(answer(clock.now() + timedelta(seconds=ahead)))
    assert offset_ms(clock, port=request.getfixturevalue("port")) == told


def test_it_stands_in_the_checkpoint_and_in_the_records_after_it(office: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "offset_ms", lambda _clock: 340)
    office.grow(1)
    office.maker().look(now=True)
    office.grow(1)
    assert [opened(row.body)["clock"]["offset_ms"] for row in office.records()] == [None, 340, 340]
    assert [each.offset_ms for each in office.kept(office.places[0])] == [340]


@pytest.mark.parametrize("wrong", [b"", b"short", answer(datetime(2026, 4, 1, tzinfo=UTC), leap=3), answer(datetime(2026, 4, 1, tzinfo=UTC), mode=3), answer(datetime(2026, 4, 1, tzinfo=UTC), stratum=0)])
def test_what_is_no_time_is_told_as_unknown(answers: list[bytes], clock: WallClock, request: pytest.FixtureRequest, wrong: bytes) -> None:
    answers.append(wrong)
    assert offset_ms(clock, port=request.getfixturevalue("port")) is None


def test_without_a_server_nobody_is_asked(clock: WallClock) -> None:
    assert offset_ms(clock) is None
