"""The offices of the demo: whoever the documents name, and invented bodies and people below them, as CSV for the import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.kernel.vietnamese import fold

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Lò", "Vàng", "Tẩn")
MIDDLES = ("Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc", "Thanh")
GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Oanh", "Phúc", "Quân")
VALID_FROM = "2015-01-01"
EVERYTHING = "leader office_head clerk specialist consolidator standing_board"
STAFF = (
    ("Trưởng cơ quan", "leader standing_board"),
    ("Chánh văn phòng", "office_head"),
    ("Văn thư", "clerk"),
    ("Chuyên viên", "specialist"),
    ("Cán bộ tổng hợp", "consolidator"),
)
SMALL_STAFF = (("Thủ trưởng", "leader office_head standing_board"), ("Chuyên viên", "specialist consolidator clerk"))
SINGLE = (("Bí thư", EVERYTHING),)
INSTALLATION = (("Quản trị hệ thống", "admin"), ("Kiểm tra, giám sát", "auditor"), ("Thiết kế quy trình", "process_designer"))
STAFF_OF = {"central": STAFF, "province": STAFF, "district": STAFF, "commune": SMALL_STAFF, "grassroots": SMALL_STAFF, "cell": SINGLE}

MANY = 2  # invented bodies for "các …", and below each committee
MANY_WORDS = ("cac ", "nganh ", "nhung ")
PLACED = re.compile(r"(tỉnh ủy|thành ủy|huyện ủy|thị ủy|tỉnh|thành phố|huyện|thị xã)$", re.IGNORECASE)
NO_DUTY = ("bao cao vien", "bao chi")  # people, and bodies of others: they owe no report (DOMAIN.md 2.2)
COMMITTEE = r"(?:huyện ủy|thị ủy|thành ủy|đảng ủy)"
COMMITTEES = re.compile(rf"{COMMITTEE}(?:, {COMMITTEE})+.*$", re.IGNORECASE)  # a product of lists (DOMAIN.md 1.4.4)
COLLECTIVE = ("ban thuong vu",)  # said of the committees that the next words name
PARTY_BODY = re.compile(r"^(huyen uy|thi uy|thanh uy|dang uy|dang bo)")
CELL = re.compile(r"^chi bo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One organisation of the demo. `parents`: (code, line)."""

    code: str
    name: str
    level: str
    symbol: str
    parents: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One recipient group; `reports` is false for bodies that owe no report."""

    owner: str
    code: str
    name: str
    members: tuple[str, ...]
    reports: bool = True


@dataclass(slots=True)
class Cast:
    """All offices and groups, found by the folded name."""

    offices: dict[str, Office] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)

    def office(self, name: str, *, level: str, symbol: str = "", parents: Iterable[tuple[str, str]] = ()) -> Office:
        """Return the office of that name, made when there is none yet."""
        key = fold(name)
        if key not in self.offices:
            code = _code(name, {each.code for each in self.offices.values()})
            self.offices[key] = Office(code=code, name=name, level=level, symbol=symbol or _initials(name), parents=tuple(parents))
        return self.offices[key]

    def find(self, name: str) -> Office | None:
        """Return the office of that name."""
        return self.offices.get(fold(name))

    def groups_of(self, owner: str) -> list[str]:
        """Return the codes of an office's groups."""
        return [group.code for group in self.groups if group.owner == owner]


def cast_for(readings: Sequence[Mapping[str, Any]]) -> Cast:
    """Return the offices for some documents: their issuers, those above, and recipients down to the cells."""
    cast = Cast()
    for reading in readings:  # issuers first: a document may be addressed to the issuer of another
        above = reading["superior"]["name"]
        parents = [(cast.office(above, level=reading["level"]).code, "committee")] if above else []
        cast.office(reading["issuer"]["name"], level=reading["level"], symbol=reading["symbol"].rpartition("/")[2], parents=parents)
    for reading in readings:
        issuer = cast.office(reading["issuer"]["name"], level=reading["level"])
        answering = [cast.office(other["issuer"]["name"], level="").code for other in readings if rests_on(other, reading)]
        committees = [line for line in reading["recipients"] if COMMITTEES.search(line)]
        for line in reading["recipients"]:
            here = answering if line == (committees or reading["recipients"])[0] else []
            _group(cast, issuer.code, line, [*here, *_members(cast, issuer, line)])
    for office in list(cast.offices.values()):
        _below(cast, office)
    return cast


def rests_on(reading: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether a document hands down another: it attaches or implements it."""
    relations = {entry["relation"] for entry in reading["cited_documents"] if entry["code"] == other["code"] and other["code"]}
    return bool(relations & {"attaches", "implements"})


def _group(cast: Cast, owner: str, name: str, members: Iterable[str]) -> None:
    folded = fold(name)
    listed = tuple(dict.fromkeys(member for member in members if member != owner))
    if listed:
        code = f"nhom-{len(cast.groups) + 1}"
        reports = not any(word in folded for word in NO_DUTY)
        cast.groups.append(Group(owner=owner, code=code, name=name, members=listed, reports=reports))


def _members(cast: Cast, issuer: Office, line: str) -> list[str]:
    """Return the offices that one printed line of "Kính gửi" stands for."""
    place = issuer.name.rpartition("ủy ")[2] if "ủy " in issuer.name else issuer.name
    found = []
    for part in line.split(";"):
        kinds, many = _kinds(part.strip(" .,*-"))
        for kind in kinds:
            found += _of_kind(cast, issuer, kind[:1].upper() + kind[1:], place, bodies=_how_many(kinds, many=many))
    return found


def _kinds(name: str) -> tuple[list[str], bool]:
    """Return the kinds of bodies that a part of the line names, and whether it means several of each."""
    if fold(name) in COLLECTIVE:
        return [], False
    if product := COMMITTEES.search(name):
        return re.split(r", ", product[0]), True
    if not fold(name).startswith(MANY_WORDS):
        return [name] if name else [], False
    name = name.split(" ", 1)[1]
    several = PARTY_BODY.match(fold(name)) or CELL.match(fold(name))
    return (re.split(r", | và ", name) if several else [name]), True


def _how_many(kinds: list[str], *, many: bool) -> int:
    """Return how many bodies of each kind to invent; 0: the one that is named."""
    return (MANY if len(kinds) == 1 else 1) if many else 0


def _of_kind(cast: Cast, issuer: Office, kind: str, place: str, *, bodies: int) -> list[str]:
    parents = [(issuer.code, "professional")]
    level = _level_below(issuer.level, kind)
    if not bodies:
        name = f"{kind} {place}" if PLACED.search(kind) and not fold(kind).endswith(fold(place)) else kind
        return [cast.office(_unique(cast, name, place), level=level, parents=parents).code]
    known = cast.find(f"{kind} {place}")
    if known is not None and known.code != issuer.code:
        return [known.code]
    return [cast.office(f"{kind} số {number} ({place})", level=level, parents=parents).code for number in range(1, 1 + bodies)]


def _unique(cast: Cast, name: str, place: str) -> str:
    return f"{name} ({place})" if cast.find(name) is not None and fold(place) not in fold(name) else name


def _level_below(level: str, kind: str) -> str:
    folded = fold(kind)
    if CELL.match(folded):
        return "cell"
    if level == "central":
        return "province"
    if level == "province" and re.match(r"(huyen uy|thi uy|thanh uy)", folded):
        return "district"
    return "grassroots"


def _below(cast: Cast, office: Office) -> None:
    """Give a Party body that has nobody below it two bodies of the next level, down to the cells."""
    if not PARTY_BODY.match(fold(office.name)) or cast.groups_of(office.code):
        return
    kind, level = ("Đảng bộ xã", "grassroots") if office.level == "district" else ("Chi bộ", "cell")
    children = [
        cast.office(f"{kind} {number}, {office.name}", level=level, parents=[(office.code, "committee")]) for number in range(1, MANY + 1)
    ]
    _group(cast, office.code, f"Các {kind.lower()} trực thuộc", [child.code for child in children])
    for child in children:
        _below(cast, child)


def as_csv(cast: Cast) -> dict[str, str]:
    """Return the four CSV files by kind."""
    organisations = ["code,name,level,symbol,valid_from,valid_to"]
    edges = ["parent,child,line,valid_from,valid_to"]
    for unit in cast.offices.values():
        organisations.append(f'{unit.code},"{unit.name}",{unit.level},{unit.symbol},{VALID_FROM},')
        edges += [f"{parent},{unit.code},{line},{VALID_FROM}," for parent, line in unit.parents]
    lines = {"organisations": organisations, "edges": edges, "people": _people(cast)}
    return {**{kind: "\n".join(rows) + "\n" for kind, rows in lines.items()}, "groups": groups_csv(cast.groups)}


def groups_csv(groups: Iterable[Group]) -> str:
    """Return the CSV file of some groups."""
    rows = [f'{group.owner},{group.code},"{group.name}",{member},{int(group.reports)}' for group in groups for member in group.members]
    return "\n".join(["owner,code,name,member,reports", *rows]) + "\n"


def _people(cast: Cast) -> list[str]:
    """Return a line for everybody: the staff of each office, and who looks after the installation in the first."""
    offices = list(cast.offices.values())
    posts = [(unit, title, roles) for unit in offices for title, roles in STAFF_OF[unit.level]]
    posts += [(offices[0], title, role) for title, role in INSTALLATION]
    lines = ["login,name,organisation,title,roles"]
    for number, (unit, title, roles) in enumerate(posts):
        name = f"{SURNAMES[number % 12]} {MIDDLES[number % 7]} {GIVEN[number % 13]}"
        lines.append(f'{fold(name).replace(" ", "")}.{number + 1},"{name}",{unit.code},"{title}",{roles}')
    return lines


def _code(name: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:40].strip("-")
    return next(code for number in range(len(taken) + 1) if (code := f"{plain}-{number + 1}" if number else plain) not in taken)


def _initials(name: str) -> str:
    """Return a symbol for an invented office: the initials of what it is, `Huyện ủy số 1 (…)` → `HU`."""
    kind = re.split(r"[,(]| số |\d", name)[0]
    letters = (word[0].upper() for word in kind.split() if word[0].isalpha())
    return "".join(letter if letter == "Đ" else fold(letter).upper() for letter in letters)[:8] or "CQ"
