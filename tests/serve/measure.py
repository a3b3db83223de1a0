"""By hand, on a quiet machine: `python -m tests.serve.measure [RECIPIENTS]`: memory of the idle pair, answers of /health/ready a second
while the worker makes an instance for each recipient of a letter, and when it is idle.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from engine.bench.fanout import letter_numbered
from engine.storage import Database
from tests.serve.served import Served

SECONDS = 1.5  # of one measurement


def megabytes(process: int) -> int:
    """Return the memory of a process, what it shares with others counted by its part."""
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) // 1024


def rate(connection: http.client.HTTPConnection) -> float:
    began, done = perf_counter(), 0
    while perf_counter() - began < SECONDS:
        connection.request("GET", "/health/ready")
        connection.getresponse().read()
        done += 1
    return done / (perf_counter() - began)


def due(served: Served) -> float:
    return sum(float(each) for each in re.findall(r"^chidao_due\{.*\} (\S+)", served.get("/metrics")[1], re.MULTILINE))


def measure(url: str) -> dict[str, Any]:
    served = Served.start(url)
    try:
        worker = served.event("the worker begins")["pid"]
        connection = http.client.HTTPConnection("127.0.0.1", served.port)
        working, idle = [], []
        while due(served):
            working.append(rate(connection))
        idle = [rate(connection) for _ in range(3)]
        memory = {"web": megabytes(served.process.pid), "worker": megabytes(worker)}
        connection.close()
        served.tell()
        code = served.ended()
    finally:
        served.close()
    average = [round(sum(rates) / max(1, len(rates)), 1) for rates in (working, idle)]
    return {"working": average[0], "idle": average[1], "ratio": round(average[0] / average[1], 2), "megabytes": memory, "exit": code}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="chidao-serve-") as folder:
        address = f"sqlite:///{folder}/chidao.db"
        database = Database(address)
        letter_numbered(database, int(sys.argv[1]) if len(sys.argv) > 1 else 400)
        database.dispose()
        sys.stdout.write(json.dumps(measure(address)) + "\n")
