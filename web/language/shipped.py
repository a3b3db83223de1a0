"""What the shipped diagrams and forms say, in English for whoever reads English. What designers draw themselves stays as they wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from babel.messages.pofile import read_po
from flask_babel import get_locale

FILE = "en.po"  # beside the processes: it is theirs


def said(text: str | None) -> str:
    """Return a name, title or help of a diagram or form in the language of whoever is here."""
    if not text:
        return ""
    return text if str(get_locale() or "vi") == "vi" else english().get(" ".join(text.split()), text)


@lru_cache
def english() -> Mapping[str, str]:
    """Return the English of each text that the package ships."""
    with files("processes").joinpath(FILE).open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale="en") if each.id and each.string}
