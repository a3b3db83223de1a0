"""The pages of files that come and go, all in the workbench."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

pages = Blueprint("exchange", __name__, template_folder="templates", url_prefix="/workbench")
MOST_OF_A_FORM = 24 * 1024 * 1024  # bytes: a form that carries what was handed in, packed, from looking at it to keeping it


@pages.url_value_preprocessor
def room_for_files(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the forms of this room be larger than others; it has to be said before the form is read, which is when its visitor is known."""
    request.max_form_memory_size = MOST_OF_A_FORM
