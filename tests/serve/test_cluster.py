"""The web processes of a cluster: gunicorn loads the application from the environment, or says in one sentence why it cannot."""

from __future__ import annotations

import os
import subprocess
import sys

GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "python:web.gunicorn_settings", "-b", "127.0.0.1:0"]


def gunicorn(database: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CHIDAO_DATABASE": database}
    command = [*GUNICORN, *options, "web.wsgi:app"]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)


def test_gunicorn_loads_the_application(sqlite_url: str) -> None:
    done = gunicorn(sqlite_url, "--check-config")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_database_that_cannot_be_had_is_one_sentence() -> None:
    done = gunicorn("sqlite:////no/such/folder/chidao.db")
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if not line.startswith("[")]  # without gunicorn's own
    assert said == ["Expected the folder /no/such/folder for the database chidao.db, but there is none. Make it, or choose another path."]
