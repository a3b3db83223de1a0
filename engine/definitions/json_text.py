"""JSON that designers write: what is wrong with it and where, in a sentence of our own; the reader's own words are about how it reads."""

from __future__ import annotations

import json
from typing import Any

from engine.kernel.errors import InvalidInput

MAX_SHOWN = 60  # characters of the line that cannot be read


def read(path: str, content: bytes) -> Any:
    """Return what a JSON file says. Raises InvalidInput with line and column of what is wrong."""
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise fault(path, error) from None
    except (ValueError, RecursionError):  # no UTF-8, or a number of more digits than can be read
        raise InvalidInput(f"Expected JSON in UTF-8 in {path}, but it cannot be read.") from None


def fault(path: str, error: json.JSONDecodeError) -> InvalidInput:
    """Return the refusal of a file that is no JSON, with the line that the reader stumbled over."""
    lines = error.doc.splitlines()[error.lineno - 1 : error.lineno]
    shown = (lines[0].strip()[:MAX_SHOWN] if lines else "") or "…"
    message = (
        f"Expected JSON in {path}, but at line {error.lineno}, column {error.colno} it is none: {shown!r}. "
        "Look for a comma, a quote or a bracket that is missing or too many."
    )
    return InvalidInput(message, line=error.lineno)
