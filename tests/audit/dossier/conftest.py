"""One bureau and one dossier for the tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.dossier.stage import Bureau, bureau_in, set_up, signed_database
from tests.templates import Templates, opened

__all__ = ["signed_database"]


@pytest.fixture(scope="session")
def bureau(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A bureau that nobody changes after its dossier was taken out."""
    folder = tmp_path_factory.mktemp("bureau")
    with templates.copy("sqlite", "bureau", set_up, folder) as url:
        for database in opened(url):
            yield bureau_in(folder, database)


@pytest.fixture(scope="session")
def dossier(bureau: Bureau, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dossier of the ward's letter."""
    return bureau.take_out(tmp_path_factory.mktemp("dossier") / "dossier.zip", purpose="Kiểm tra theo kế hoạch")
