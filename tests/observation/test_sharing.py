"""Processes that count into one folder answer for each other, and go on where the one before them stopped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COUNT = """
import sys
from pathlib import Path
from engine.observation.sharing import count_into
count_into(Path(sys.argv[1]), sys.argv[2] or None)
from engine.observation import metrics
for _ in range(int(sys.argv[3])):
    metrics.count_command("task.complete", "done", 0.1, "key")
if sys.argv[3] == "0":
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=sys.argv[1])
    print(generate_latest(registry).decode())
"""


def count(folder: Path, name: str, times: int) -> str:
    command = [sys.executable, "-c", COUNT, str(folder), name, str(times)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_each_process_answers_for_all_and_one_that_is_started_again_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "chidao-metrics-1"
    count(folder, "worker", 2)
    count(folder, "worker", 3)
    count(folder, "", 4)
    said = count(folder, "web", 0)
    assert 'chidao_commands_total{action="task.complete",outcome="done"} 9.0' in said
    assert 'chidao_command_seconds_count{action="task.complete"} 9.0' in said
    assert len([file for file in folder.iterdir() if file.name.startswith("counter_worker")]) == 1
