"""What a list's address says: which list, which filters, which order. It survives opening a task: the task page hands it back as `back`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import url_for

from engine.tasks.lists import OVERDUE, THIS_WEEK, Sort, Tab, Wanted

ENDPOINTS: Mapping[Tab, str] = {
    Tab.INBOX: "tasks.inbox",
    Tab.QUEUE: "tasks.queue",
    Tab.COLLEAGUES: "tasks.colleagues",
    Tab.LATER: "tasks.later",
    Tab.DONE: "tasks.done",
}
FIELDS: Mapping[str, str] = {"q": "words", "directive": "directive", "work": "work", "unit": "organisation", "period": "period", "due": "due"}
LONGEST = 200  # characters of a filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list as somebody sees it."""

    tab: Tab
    wanted: Wanted
    sort: Sort
    page: int = 1

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, by their names in the address."""
        return {name: value for name, field in FIELDS.items() if (value := getattr(self.wanted, field))}

    @staticmethod
    def field(name: str) -> str:
        """Return what a part of the address filters by."""
        return FIELDS[name]

    def address(self, **other: Any) -> str:
        """Return the address of this list, with some of it otherwise; an empty value leaves a part out."""
        parts = {**self.filters, "sort": self.sort.value if self.sort is not Sort.DUE else "", "page": str(self.page) if self.page > 1 else ""}
        return url_for(ENDPOINTS[self.tab], **{name: value for name, value in {**parts, **other}.items() if value})


def listed(tab: Tab, given: Mapping[str, str]) -> Listed:
    """Return what an address asks for; what it says wrongly is left out."""
    fields = {field: given.get(name, "").strip()[:LONGEST] for name, field in FIELDS.items()}
    if fields["due"] not in {OVERDUE, THIS_WEEK}:
        fields["due"] = ""
    sort, page = given.get("sort", ""), given.get("page", "")
    return Listed(
        tab=tab,
        wanted=Wanted(**fields),
        sort=Sort(sort) if sort in set(Sort) else Sort.DUE,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def came_from(back: str | None) -> Listed:
    """Return the list from which somebody came, by its address; the inbox when it is not one of ours."""
    parts = urlsplit(back or "")
    given = dict(parse_qsl(parts.query))
    tab = next((tab for tab, endpoint in ENDPOINTS.items() if url_for(endpoint) == parts.path), Tab.INBOX)
    return listed(tab, given if not parts.netloc else {})
