"""kill -9 of who sends: nothing is lost, and what goes out a second time has the same key."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from pathlib import Path

import pytest

from engine.directory.settings import ChangeSetting
from engine.effects.outbox import Status
from engine.execution.effects import send_due
from engine.storage import Database
from engine.storage.schema import effect, incident
from tests.effects.ledger import Ledger, die
from tests.effects.post import PostOffice

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.effects.ledger"])
KEYS = [f"k{number}" for number in range(12)]


@pytest.mark.parametrize(("point", "twice"), [("effect.claimed", 0), ("effect.sent", 8), ("effect.marked", 8)])
def test_after_a_kill_everything_is_sent_and_what_goes_out_twice_has_its_key(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, twice: int
) -> None:
    database = Database(database_url)
    office = PostOffice.opened(database, monkeypatch)
    office.do(ChangeSetting(key="email_after_lost_lease", value="again", reason="test"))
    office.note(*KEYS[:6])
    office.call(*KEYS[6:])
    ledger = Ledger(file=tmp_path / "ledger")
    killed = FORKS.Process(target=die, args=(database_url, office.clock.now(), ledger.file, point))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    before = len(ledger.sent())
    office.after_the_lease()
    send_due(office.door, {"email": ledger, "webhook:land": ledger})
    sent = Counter(key for key, _ in ledger.sent())
    assert set(sent) == set(KEYS)
    assert sum(sent.values()) - len(KEYS) <= twice  # no more than were under way
    assert (before > 0) == (point != "effect.claimed")
    assert {row.status for row in office.rows(effect)} == {Status.SENT}
    assert office.rows(incident) == []
    database.dispose()
