"""Where an installation keeps its things, and which database a command works on when it is not told."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

from engine.kernel import environment

DATABASE_FILE = "chidao.db"


def home() -> Path:
    """Return the folder of the installation: the database, when it is a file, and the keys. It need not exist yet."""
    return environment.path("CHIDAO_HOME") or user_data_path("chidao")


def database_url(given: str | None) -> str:
    """Return the database to use: the option, the environment, or a file in the folder of the installation."""
    if given or (given := environment.value("CHIDAO_DATABASE")):
        return given
    folder = home()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # the database and the keys come into it
    return f"sqlite:///{folder / DATABASE_FILE}"
