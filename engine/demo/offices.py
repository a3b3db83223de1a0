"""The invented organisations and people of the demo, as the CSV files that `chidao org import` takes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Lò", "Vàng", "Tẩn")
MIDDLES = ("Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc", "Thanh")
GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Khánh", "Lan", "Mai", "Nam", "Oanh", "Phúc", "Quân")
VALID_FROM = "2020-01-01"
EVERYTHING = "leader office_head clerk specialist consolidator standing_board"
STAFF = (
    ("Trưởng cơ quan", "leader standing_board"),
    ("Chánh văn phòng", "office_head"),
    ("Văn thư", "clerk"),
    ("Chuyên viên", "specialist"),
    ("Cán bộ tổng hợp", "consolidator"),
)
SMALL_STAFF = (("Thủ trưởng", "leader office_head standing_board"), ("Chuyên viên", "specialist consolidator clerk"))
SINGLE = (("Bí thư chi bộ", EVERYTHING),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One organisation of the demo. `parents`: (code, line)."""

    code: str
    name: str
    level: str
    symbol: str
    staff: tuple[tuple[str, str], ...]
    parents: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One recipient group; `reports` is false for bodies that owe no report (DOMAIN.md 2.2)."""

    owner: str
    name: str
    members: tuple[str, ...]
    reports: bool = True


def offices(province: str, city: str) -> list[Office]:
    """Return the organisations, superiors first: province, city, bodies, grassroots committees, cells."""
    committee, professional, government = "committee", "professional", "government"
    found = [
        Office(code="tt-tinh-uy", name=f"Thường trực Tỉnh ủy {province}", level="central", symbol="TU", staff=STAFF),
        Office(code="btg-tinh", name=f"Ban Tuyên giáo Tỉnh ủy {province}", level="province", symbol="BTGTU", staff=STAFF, parents=(("tt-tinh-uy", committee),)),
        Office(code="thanh-uy", name=f"Thành ủy {city}", level="district", symbol="ThU", staff=STAFF, parents=(("tt-tinh-uy", committee), ("btg-tinh", professional))),
        Office(code="huyen-uy", name="Huyện ủy Nậm Hương", level="district", symbol="HU", staff=STAFF, parents=(("tt-tinh-uy", committee), ("btg-tinh", professional))),
        Office(code="btg-tp", name=f"Ban Tuyên giáo Thành ủy {city}", level="district", symbol="BTGTU", staff=STAFF, parents=(("thanh-uy", committee), ("btg-tinh", professional))),
    ]
    bodies = [
        ("so-vh", "Sở Văn hóa, Thể thao và Du lịch", "SVHTTDL", ("btg-tinh", professional)),
        ("so-tt", "Sở Thông tin và Truyền thông", "STTTT", ("btg-tinh", professional)),
        ("bao-tw", "Cơ quan báo chí Trung ương thường trú tại tỉnh", "BC", ("btg-tinh", professional)),
        ("mttq", "Ủy ban MTTQ Việt Nam thành phố", "MTTQ", ("btg-tp", professional)),
        ("vp-ubnd", "Văn phòng HĐND - UBND thành phố", "VP", ("btg-tp", government)),
        ("phong-vh", "Phòng Văn hóa và Thông tin thành phố", "VHTT", ("btg-tp", government)),
        ("tt-vh", "Trung tâm Văn hóa, Thể thao và Truyền thông thành phố", "TTVH", ("btg-tp", government)),
        ("hoi-vhnt", "Chi hội Văn học nghệ thuật thành phố", "VHNT", ("btg-tp", professional)),
        ("bcv", "Đội báo cáo viên, cộng tác viên dư luận xã hội thành phố", "BCV", ("btg-tp", professional)),
    ]
    found += [
        Office(code=code, name=name, level="grassroots", symbol=symbol, staff=SMALL_STAFF, parents=(parent,))
        for code, name, symbol, parent in bodies
    ]
    for number, ward in enumerate(("Đông Sơn", "Nam Bình", "Tân Hòa"), start=1):
        code = f"dang-bo-{number}"
        found.append(Office(code=code, name=f"Đảng bộ phường {ward}", level="grassroots", symbol="ĐU", staff=SMALL_STAFF, parents=(("thanh-uy", committee), ("btg-tp", professional))))
        found += [
            Office(code=f"chi-bo-{number}{cell}", name=f"Chi bộ tổ {cell}, phường {ward}", level="cell", symbol="CB", staff=SINGLE, parents=((code, committee),))
            for cell in range(1, 4)
        ]
    return found


def groups() -> list[Group]:
    """Return the recipient groups, one per line of "Kính gửi" of the two letters, and the cells of each committee."""
    wards = ("dang-bo-1", "dang-bo-2", "dang-bo-3")
    found = [
        Group(owner="btg-tinh", name="Các sở, ban, ngành, đoàn thể tỉnh", members=("so-vh", "so-tt")),
        Group(owner="btg-tinh", name="Các huyện ủy, thành ủy, đảng ủy trực thuộc tỉnh", members=("thanh-uy", "huyen-uy")),
        Group(owner="btg-tinh", name="Các cơ quan báo chí Trung ương thường trú tại tỉnh", members=("bao-tw",), reports=False),
        Group(owner="btg-tp", name="Ủy ban Mặt trận Tổ quốc và các tổ chức chính trị - xã hội thành phố", members=("mttq",)),
        Group(owner="btg-tp", name="Văn phòng HĐND - UBND thành phố", members=("vp-ubnd",)),
        Group(owner="btg-tp", name="Các cơ quan làm công tác tuyên truyền; Chi hội Văn học nghệ thuật thành phố", members=("phong-vh", "tt-vh", "hoi-vhnt")),
        Group(owner="btg-tp", name="Các chi bộ, đảng bộ cơ sở", members=wards),
        Group(owner="btg-tp", name="Các đồng chí báo cáo viên, cộng tác viên dư luận xã hội thành phố", members=("bcv",), reports=False),
        Group(owner="thanh-uy", name="Các đảng bộ phường", members=wards),
    ]
    found += [
        Group(owner=ward, name="Các chi bộ trực thuộc", members=tuple(f"chi-bo-{number}{cell}" for cell in range(1, 4)))
        for number, ward in enumerate(wards, start=1)
    ]
    return found


def as_csv(units: list[Office]) -> dict[str, str]:
    """Return the four CSV files by kind."""
    lines = {
        "organisations": ["code,name,level,symbol,valid_from,valid_to"],
        "edges": ["parent,child,line,valid_from,valid_to"],
        "people": ["login,name,organisation,title,roles"],
        "groups": ["owner,code,name,member,reports"],
    }
    number = 0
    for unit in units:
        lines["organisations"].append(f'{unit.code},"{unit.name}",{unit.level},{unit.symbol},{VALID_FROM},')
        lines["edges"] += [f"{parent},{unit.code},{line},{VALID_FROM}," for parent, line in unit.parents]
        for title, roles in unit.staff:
            name = f"{SURNAMES[number % 12]} {MIDDLES[number % 7]} {GIVEN[number % 13]}"
            lines["people"].append(f'{_login(name)}.{number + 1},"{name}",{unit.code},"{title}",{roles}')
            number += 1
    for place, group in enumerate(groups(), start=1):
        lines["groups"] += [
            f'{group.owner},nhom-{place},"{group.name}",{member},{int(group.reports)}' for member in group.members
        ]
    return {kind: "\n".join(rows) + "\n" for kind, rows in lines.items()}


def _login(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
