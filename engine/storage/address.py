"""Which database a command works on when it is not told."""

from __future__ import annotations

import os

from platformdirs import user_data_path

VARIABLE = "CHIDAO_DATABASE"


def database_url(given: str | None) -> str:
    """Return the database to use: the option, the environment, or a file in the user's data folder."""
    if given or (given := os.environ.get(VARIABLE)):
        return given
    folder = user_data_path("chidao", ensure_exists=True)
    return f"sqlite:///{folder / 'chidao.db'}"
