"""The engine's sentences in the reader's language."""

from __future__ import annotations

from flask_babel import gettext

from engine.kernel.errors import EngineError


def in_words(error: EngineError) -> str:
    """Return what an error says, in the language of whoever is here."""
    return str(gettext(error.message))
