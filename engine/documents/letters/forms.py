"""How the Party (Huong dan 36-HD/VPTW) and the state (Decree 30/2020, annex I) write a document: sizes, marks, punctuation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.kernel.errors import InvalidInput

PARTY, STATE = "party", "state"
DOTS = "………"  # to be filled in by hand
A4 = (210, 297)  # mm
MARGINS = {"top": 20, "bottom": 20, "left": 30, "right": 15}  # mm, of both forms (DOMAIN.md 3.1, 3.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form. Sizes in points; `mirrored`: the margins change sides on the back; `separator` ends each line of a list but the last."""

    name: str
    motto: tuple[str, ...]
    number_word: str
    subject_word: str
    separator: str
    archive_word: str
    star: bool
    mirrored: bool
    sizes: Mapping[str, float]
    marks: Mapping[str, str] = field(default_factory=dict)


FORMS: Mapping[str, Form] = {
    PARTY: Form(
        name=PARTY,
        motto=("ĐẢNG CỘNG SẢN VIỆT NAM",),
        number_word="Số ",
        subject_word="V/v ",
        separator=",",
        archive_word="Lưu ",
        star=True,
        mirrored=True,
        sizes={
            "motto": 15, "motto2": 15, "superior": 14, "issuer": 14, "number": 14, "place": 14, "about": 12, "kind": 16, "subject": 14,
            "note": 14, "to": 14, "body": 14, "sign": 14, "name": 14, "copies_head": 14, "copies": 12, "small": 11, "table": 12, "mark": 14,
        },
        marks={"TM": "T/M", "KT": "K/T", "TL": "T/L", "TUQ": "TUQ.", "Q": "Q."},
    ),
    STATE: Form(
        name=STATE,
        motto=("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
        number_word="Số: ",
        subject_word="V/v ",
        separator=";",
        archive_word="Lưu: ",
        star=False,
        mirrored=False,
        sizes={
            "motto": 12, "motto2": 13, "superior": 12, "issuer": 12, "number": 13, "place": 13, "about": 12, "kind": 14, "subject": 14,
            "note": 14, "to": 14, "body": 14, "sign": 14, "name": 14, "copies_head": 12, "copies": 11, "small": 10, "table": 12, "mark": 13,
        },
        marks={"TM": "TM.", "KT": "KT.", "TL": "TL.", "TUQ": "TUQ.", "Q": "Q."},
    ),
}  # fmt: skip


def form_named(name: str) -> Form:
    """Return a form. Raises InvalidInput."""
    if name not in FORMS:
        raise InvalidInput(f"Expected the form {PARTY} or {STATE}, but found {name[:40]!r}. Choose one of them.")
    return FORMS[name]


def mark_of(form: Form, authority: str) -> str:
    """Return a mark of authority as the form writes it: T/M or TM., K/T or KT.; "" when whoever signs is the head."""
    letters = authority.upper().replace("/", "").replace(".", "").strip()
    return form.marks.get(letters, "")


def day_line(place: str, day: date | None) -> str:
    """Return "Sơn Bình, ngày 05 tháng 02 năm 2024": a zero before days 1 to 9 and months 1 and 2; dots where something is not known yet."""
    return f"{place or DOTS}, {day_words(day) if day else 'ngày …… tháng …… năm ………'}"


def day_words(day: date) -> str:
    """Return "ngày 05 tháng 02 năm 2024"."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def day_short(day: date) -> str:
    """Return "05/02/2024", "03/4/2024"."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}" if day.month < 3 else f"{day.day:02d}/{day.month}/{day.year}"


def number_line(form: Form, code: str) -> str:
    """Return the line of number and symbol; room for the number where it has none yet."""
    if not code or code[0] in "-/":
        return f"{form.number_word}{DOTS}{code}"
    head = "".join(letter for letter in code[:3] if letter.isdigit())
    padded = f"0{code}" if len(head) == 1 and code[:1] != "0" else code
    return f"{form.number_word}{padded}"


def lines_of_list(form: Form, lines: list[str]) -> list[str]:
    """Return the lines of a list with a dash before and the form's mark after each; the last one ends with a full stop."""
    bare = [line.rstrip(" ,;.") for line in lines]
    return [f"- {line}{form.separator if place < len(bare) - 1 else '.'}" for place, line in enumerate(bare)]
