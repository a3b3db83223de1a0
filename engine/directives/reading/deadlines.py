"""Deadlines in a sentence: the word before a date decides; a date alone is no deadline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.directives.reading.dates import DATE, DIGIT, day_before, month_end, number, read_date
from engine.kernel.vietnamese import skeleton


class Operator(StrEnum):
    """How a date binds."""

    BEFORE = "before"
    BY = "by"
    ON = "on"
    WITHIN = "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A date as printed; `last_day_strict` is the last day on which the work is in time."""

    day: date
    operator: Operator
    raw: str

    @property
    def last_day_strict(self) -> date:
        return day_before(self.day) if self.operator is Operator.BEFORE else self.day

    def to_json(self) -> dict[str, str]:
        return {
            "date": self.day.isoformat(),
            "operator": self.operator.value,
            "raw": self.raw,
            "last_day_strict": self.last_day_strict.isoformat(),
        }


_HOUR = rf"(?:{DIGIT}{{1,2}}\s?(?:h|gio|g|:)\s?(?:{DIGIT}{{2}})?\s?(?:phut)?,?\s+)"
_LATEST = r"(?:cham nhat|muon nhat)(?:\s+(?:la|vao|den|trong|het|truoc))*"
_WEEKDAY = r"(?:(?:thu\s+\w+|chu nhat)\s*,?\s*)?"
_DAY = rf"{_WEEKDAY}\(?(?:ngay\s+)?(?P<date>{DATE})"
_NAMED_DAY = rf"ngay\s+(?P<date>{DATE})"
_PATTERNS = (
    (Operator.BY, rf"{_LATEST}\s+{_HOUR}?{_DAY}"),
    (Operator.BY, rf"(?:truoc|den)\s+{_HOUR}{_DAY}"),
    (Operator.BY, rf"(?:(?:cho |tinh |keo dai )?den het|truoc het|het|khong qua|khong muon hon|han cuoi(?: la)?|thoi han(?: den| la)?:?)\s+{_DAY}"),
    (Operator.BEFORE, rf"truoc\s+{_DAY}"),
    (Operator.ON, rf"(?:vao|trong|dung|hoan thanh|xong)\s+{_NAMED_DAY}"),
)
_COMPILED = tuple((operator, re.compile(rf"(?<!\w){pattern}")) for operator, pattern in _PATTERNS)
_YEAR = rf"(?:\s?/\s?|\s+nam\s+)(?P<year>{DIGIT}{{4}})"
_MONTH = re.compile(rf"(?<!\w)(?:{_LATEST}|trong|het|xong)\s+(?:trong\s+)?thang\s+(?P<month>{DIGIT}{{1,2}})(?:{_YEAR})?(?!\w|/)")
_QUARTER = re.compile(rf"(?<!\w)(?:{_LATEST}|trong|het|xong)\s+(?:trong\s+)?quy\s+(?P<quarter>iv|i{{1,3}}|[1-4])(?:{_YEAR})?(?!\w|/)")
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_EVENT = re.compile(r"(?:dien ra|ban hanh|thanh lap|ky niem|khai mac|be mac|duoc to chuc|phat dong)[^.;,]{0,40}$")
_RANGE = re.compile(rf"\btu\s+(?:nay|{_HOUR}?(?:ngay\s+)?{DATE})\s*,?\s*(?:(?:cho\s+)?(?:den|toi)\s*)?$")  # from … to the end of …: a period, not a deadline
_NEAR = 60
_RECURRING = re.compile(r"\s*(?:,\s*)?(?:cua\s+)?(?:hang|hang nam|moi)\s+(?:nam|thang|quy|tuan)")


def deadlines(text: str, issued: date | None) -> list[Deadline]:
    """Return the deadlines of a text in its order; dates before the day of issue are history, not deadlines."""
    key = skeleton(text)
    found: dict[int, tuple[int, Deadline]] = {}
    for start, end, deadline in _candidates(text, key, issued):
        overlaps = any(start < other_end and other_start < end for other_start, (other_end, _) in found.items())
        over = _RANGE.search(key, max(start - _NEAR, 0), start)
        past = issued is not None and deadline.day < issued
        if not overlaps and not past and not over and not _RECURRING.match(key[end:]):
            found[start] = (end, deadline)
    return [found[start][1] for start in sorted(found)]


def _candidates(text: str, key: str, issued: date | None) -> Iterator[tuple[int, int, Deadline]]:
    for operator, pattern in _COMPILED:
        for match in pattern.finditer(key):
            day = read_date(match["date"], issued)
            if day and not (operator is Operator.ON and _EVENT.search(key[: match.start()])):
                yield match.start(), match.end(), Deadline(day=day, operator=operator, raw=text[slice(*match.span())])
    for pattern in (_MONTH, _QUARTER):
        for match in pattern.finditer(key):
            day = _period_end(match, issued)
            if day and not _EVENT.search(key[: match.start()]):
                yield match.start(), match.end(), Deadline(day=day, operator=Operator.WITHIN, raw=text[slice(*match.span())])


def _period_end(match: re.Match[str], issued: date | None) -> date | None:
    groups = match.groupdict()
    if groups.get("month"):
        month = number(groups["month"])
    else:
        month = 3 * (_QUARTERS.get(groups["quarter"]) or number(groups["quarter"]) or 0)
    year = number(groups["year"]) if groups["year"] else issued.year if issued else None
    if not month or year is None:
        return None
    if not groups["year"] and issued and month < issued.month:
        year += 1
    return month_end(year, month)
