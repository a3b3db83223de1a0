"""What stands beside a form besides the document: a form names its panels (`"x-panels": ["consolidation"]`), each audience brings its own.

So a designer decides which panel a form has, and no page asks which form or which kind of directive it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a panel may know of the task that is open. Ids; `data` is what stands in the form at this moment."""

    task: str
    organisation: str
    instance: str
    element: str
    form: str
    directive: str | None
    period: str | None
    business_key: str
    context: Mapping[str, Any]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of the task page: a template, and what it is given, by name and as `panel`. `load` may raise Denied: then it is left out."""

    template: str
    load: Callable[[About], Mapping[str, Any]]


PANELS: dict[str, Panel] = {}
