"""The invented bodies of a profile (DOMAIN.md, "Benchmark profiles"), with the people in each, as files for the import."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.directory.directory_import import COLUMNS
from engine.kernel.errors import NotFound

SINCE = "2020-01-01"
GROUP = "cap-duoi"  # every body's group of those directly below it
LARGE = (
    ("Trưởng cơ quan", "leader standing_board"),
    ("Chánh văn phòng", "office_head"),
    ("Văn thư", "clerk"),
    ("Chuyên viên", "specialist"),
    ("Cán bộ tổng hợp", "consolidator"),
)
SMALL = (("Bí thư", "leader office_head standing_board"), ("Cán bộ", "specialist consolidator clerk"))
SINGLE = (("Bí thư", "leader office_head clerk specialist consolidator standing_board"),)
STAFF = {"central": LARGE, "province": LARGE, "district": LARGE, "commune": SMALL, "grassroots": SMALL, "cell": SINGLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Bodies of one kind. `below`: the tiers (by number) whose bodies they hang below, as evenly as it goes."""

    code: str
    name: str
    level: str
    number: int
    below: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A row of the table. `cells`: whether its month counts the cells when nothing else is said: in the table those in brackets do not."""

    name: str
    tiers: tuple[Tier, ...]
    cells: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One body: its code, its tier, and the code of the body above it (none: the top)."""

    code: str
    tier: Tier
    above: str | None


def _cell(number: int, *below: int) -> Tier:
    return Tier(code="chi-bo", name="Chi bộ", level="cell", number=number, below=below)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="P-demo",
            cells=True,
            tiers=(
                Tier(code="trung-uong", name="Ban Tuyên giáo Trung ương", level="central", number=1),
                Tier(code="tinh", name="Ban Tuyên giáo Tỉnh ủy", level="province", number=2, below=(0,)),
                Tier(code="huyen", name="Ban Tuyên giáo Huyện ủy", level="district", number=3, below=(1,)),
                Tier(code="co-so", name="Đảng ủy", level="grassroots", number=10, below=(2,)),
                _cell(15, 2),
            ),
        ),
        Profile(
            name="P-province",
            cells=True,
            tiers=(
                Tier(code="tinh", name="Ban Tuyên giáo Tỉnh ủy", level="province", number=1),
                Tier(code="xa", name="Đảng ủy xã", level="commune", number=38, below=(0,)),
                Tier(code="truc-thuoc", name="Đảng ủy trực thuộc", level="grassroots", number=120, below=(0,)),
                _cell(1_500, 1, 2),
            ),
        ),
        Profile(
            name="P-new",
            cells=False,
            tiers=(
                Tier(code="trung-uong", name="Ban Tuyên giáo Trung ương", level="central", number=1),
                Tier(code="tinh", name="Ban Tuyên giáo Tỉnh ủy", level="province", number=34, below=(0,)),
                Tier(code="xa", name="Đảng ủy xã", level="commune", number=3_321, below=(1,)),
                _cell(250_000, 2),
            ),
        ),
    )
}


def profile_named(name: str) -> Profile:
    """Return a profile. Raises NotFound."""
    if name not in PROFILES:
        raise NotFound(f"Expected one of the profiles {', '.join(PROFILES)}, but found {name!r}. Choose one of these.")
    return PROFILES[name]


def bodies_of(profile: Profile, *, cells: bool) -> list[Body]:
    """Return the bodies of a profile, the top first, each after the one above it."""
    found: dict[int, list[Body]] = {}
    for place, tier in enumerate(profile.tiers):
        if cells or tier.level != "cell":
            parents = [body.code for other in tier.below for body in found[other]]
            found[place] = [
                Body(code=f"{tier.code}-{number + 1}", tier=tier, above=parents[number % len(parents)] if parents else None)
                for number in range(tier.number)
            ]
    return [body for bodies in found.values() for body in bodies]


def as_csv(bodies: Sequence[Body]) -> Mapping[str, str]:
    """Return the files of the import by kind, in the order in which they are to be imported."""
    below = [body for body in bodies if body.above is not None]
    return {
        "organisations": _file("organisations", (_organisation(body) for body in bodies)),
        "edges": _file("edges", ({"parent": body.above, "child": body.code, "line": "committee", "valid_from": SINCE} for body in below)),
        "people": _file("people", (row for body in bodies for row in _people(body))),
        "groups": _file("groups", ({"owner": body.above, "code": GROUP, "name": "Các đơn vị trực thuộc", "member": body.code, "reports": "1"} for body in below)),
    }


def _organisation(body: Body) -> Mapping[str, str]:
    number = body.code.rpartition("-")[2]
    return {"code": body.code, "name": f"{body.tier.name} số {number}", "level": body.tier.level, "symbol": "BTG", "valid_from": SINCE}


def _people(body: Body) -> Iterator[Mapping[str, str]]:
    for number, (title, roles) in enumerate(STAFF[body.tier.level], 1):
        login = f"{body.code}.{number}"
        yield {"login": login, "name": f"{title} {body.code}", "organisation": body.code, "title": title, "roles": roles}


def _file(kind: str, rows: Iterator[Mapping[str, str | None]] | Iterator[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[kind])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
