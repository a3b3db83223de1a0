"""One bureau and one dossier for the tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.dossier.stage import Bureau, bureau_in
from tests.templates import EMPTY, Templates, opened


@pytest.fixture(scope="session")
def bureau(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A bureau that nobody changes after its dossier was taken out."""
    folder = tmp_path_factory.mktemp("bureau")
    with templates.copy("sqlite", *EMPTY, folder) as url:
        for database in opened(url):
            yield bureau_in(folder, database)


@pytest.fixture(scope="session")
def dossier(bureau: Bureau, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dossier of the ward's letter."""
    return bureau.take_out(tmp_path_factory.mktemp("dossier") / "dossier.zip", purpose="Kiểm tra theo kế hoạch")
