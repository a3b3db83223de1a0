"""Metrics in the format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/), without any personal value.

How the work stands is read from the database at each scrape: true whichever process answers (decision 0024). What was done and how long
it took is counted by each process; where several work together they count into files of one folder, and each answers for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from engine.door import Door
from engine.effects.outbox import counts
from engine.execution.status import status
from engine.kernel import environment, observed
from engine.storage.schema import instance

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ACTIVE = select(func.count()).where(instance.c.status == "active")
_OWN = CollectorRegistry()
_COMMANDS = Counter("chidao_commands", "Commands by action and outcome (done, the code of a refusal, fault).", ["action", "outcome"], registry=_OWN)
_SECONDS = Histogram("chidao_command_seconds", "Seconds that a command took at the door.", ["action"], registry=_OWN, buckets=BUCKETS)
_REQUESTS = Histogram(
    "chidao_request_seconds", "Seconds until a request was answered.", ["route", "method", "status"], registry=_OWN, buckets=BUCKETS
)


def count_commands() -> None:
    """Let this process count the commands that go through its door."""
    observed.watch(count_command)


def count_command(action: str, outcome: str, seconds: float, _key: str) -> None:
    """Count one command. The series are looked up once: that costs more than to count."""
    counter, histogram = _series(action, outcome)
    counter.inc()
    histogram.observe(seconds)


@cache
def _series(action: str, outcome: str) -> tuple[Counter, Histogram]:
    return _COMMANDS.labels(action, outcome), _SECONDS.labels(action)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one request. `route` is the rule of its address, never the address."""
    _REQUESTS.labels(route, method, str(status)).observe(seconds)


def exposition(door: Door) -> bytes:
    """Return everything as text. A database that does not answer is itself a value; the rest is told nevertheless."""
    shared = environment.shared_metrics()
    scraped = CollectorRegistry()
    if shared is not None:
        MultiProcessCollector(scraped, path=str(shared))
    standing = CollectorRegistry()
    standing.register(Standing(door))
    return generate_latest(scraped if shared is not None else _OWN) + generate_latest(standing)


class Standing(Collector):
    """How the work stands, read when it is asked for."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def collect(self) -> Iterator[Metric]:
        """Yield the present values; only that it does not answer, when the database does not."""
        try:
            found = list(self._read())
        except DBAPIError:
            found = []
        yield _gauge("chidao_database_up", "1 when the database answered this scrape.", int(bool(found)))
        yield from found

    def _read(self) -> Iterator[Metric]:
        work = status(self._door)
        with self._door.database.reading() as connection:
            effects, active = counts(connection), connection.execute(_ACTIVE).scalar_one()
        yield _gauges("chidao_due", "Pieces of work that are due and that nothing holds.", "kind", work.due)
        yield _gauge("chidao_oldest_due_seconds", "For how long the oldest due piece has been waiting.", work.oldest_seconds)
        yield _gauges("chidao_incidents", "Open incidents: those that wait for a person, those tried again.", "state", {"held": work.held, "retrying": work.retrying})
        yield _gauges("chidao_effects", "E-mails and webhooks by how far they are.", "status", {"open": 0, "dead": 0, "unsure": 0, **effects})
        yield _gauge("chidao_instances_active", "Process instances that have not ended.", active)
        yield _gauge("chidao_workers", "Workers that have looked for work within the last minute.", work.workers)
        if work.sweep_seconds is not None:
            yield _gauge("chidao_last_sweep_seconds", "For how long no worker has looked for work.", work.sweep_seconds)
        yield _gauges("chidao_wake_ups", "Wake-ups that no worker has taken, and those one is at.", "state", {"waiting": work.waking.waiting, "taken": work.waking.taken})


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
