"""`chidao bench fanout`: every recipient gets its task, and only an empty database is measured on."""

from __future__ import annotations

import pytest

from engine.bench.fanout import measure_fanout
from engine.kernel.errors import InvalidInput
from engine.storage.database import Database


def test_each_recipient_of_a_dispatch_has_its_own_case_and_task(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    report = measure_fanout(3, url)
    assert report["recipients"] == 3
    assert report["instances"] == 4  # the issuer's and one of each recipient
    assert report["seconds"] > 0
    assert report["per_second"] > 0
    assert report["history_records"] > 3
    assert report["workers"] == 0
    with pytest.raises(InvalidInput, match="Expected an empty database to measure on"):
        measure_fanout(3, url)


def test_worker_processes_carry_the_letter_to_the_recipients(postgres_url: str) -> None:
    report = measure_fanout(3, postgres_url, workers=2)
    assert (report["instances"], report["workers"]) == (4, 2)
