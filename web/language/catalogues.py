"""The catalogues: `vi.po` of every room of the pages, read once. Nothing is compiled, so nothing that was compiled can be stale."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale

WEB = Path(__file__).resolve().parents[1]


class Catalogues(Domain):
    """The domain of all our texts."""

    def get_translations(self) -> NullTranslations:
        """Return the translations of the language of this request; English is the text itself."""
        return translations(str(get_locale() or "vi"))

    def get_translations_cache(self) -> dict[Any, Any]:
        """Return nothing: ours are kept by `translations`."""
        return {}


@lru_cache
def translations(language: str) -> NullTranslations:
    """Return the merged catalogues of a language."""
    merged: Translations | None = None
    for path in catalogues(language):
        compiled = BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        part = Translations(compiled)
        merged = part if merged is None else merged.merge(part)
    return merged or NullTranslations()


def catalogues(language: str) -> list[Path]:
    """Return the files of a language, one for each room."""
    return sorted(WEB.rglob(f"{language}.po"))
