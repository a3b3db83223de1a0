"""Printed documents as PDF/A, typeset by typst: no network, no system library; text is handed over as data and never read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from engine.documents.letters.forms import DOTS
from engine.documents.letters.layout import Sheet, plain, sheet_of, widths
from engine.documents.letters.model import PrintedDocument

if TYPE_CHECKING:
    import typst

TIMES = ("Times New Roman", "Liberation Serif", "Tinos")  # the asked-for typeface (TCVN 6909:2001), and its twins in every measure
EMBEDDED = "Libertinus Serif"  # comes with typst: every Vietnamese letter, but not where it is bold and italic at once
NO_BOLD_ITALIC = ("Liberation Serif", EMBEDDED)  # of the first, readers of the text get "nhơận" for what looks right
STANDARD: Final = "a-2a"  # for archives, tagged for readers who listen


def letter_pdf(document: PrintedDocument, printed_at: datetime) -> bytes:
    """Return a document as PDF/A-2a; `printed_at` is the day of making that the file tells."""
    return _typeset("letter.typ", sheet_of(document), printed_at)


def register_pdf(*, title: str, issuer: str, note: str, heads: Sequence[str], rows: Sequence[Sequence[str]], printed_at: datetime) -> bytes:
    """Return a register as PDF, A4 lying, with its columns in their order."""
    told = {"heads": list(heads), "rows": [list(row) for row in rows], "widths": widths(heads, rows)}
    sheet: Sheet = {"title": title, "issuer": issuer, "note": note, "empty": "Chưa có văn bản nào trong khoảng thời gian này.", **told}
    return _typeset("register.typ", sheet, printed_at)


def dossier_pdf(sheet: Sheet, printed_at: datetime) -> bytes:
    """Return the printed part of a dossier as PDF/A-2a, A4 lying; `sheet`: its lines, as engine.audit.exports.dossier_sheet has them."""
    return _typeset("dossier.typ", plain(sheet), printed_at)


SHORT = 24  # letters of "Chuyển" that the stamp has room for; all of it stands under the stamp


def stamp_pdf(*, organisation: str, number: int, day: str, handed_to: str, letter: str, subject: str, printed: str, printed_at: datetime) -> bytes:
    """Return the stamp ĐẾN as a slip. `day`: as it is printed; `letter`: which one it is on; `printed`: the line at the foot."""
    short = handed_to if len(handed_to) <= SHORT else f"{handed_to[: SHORT - 1].rstrip(' ,')}…"
    lines = [["Số", f"{number}"], ["Ngày", day], ["Chuyển", short or DOTS], ["Số và ký hiệu HS", DOTS]]
    sheet: Sheet = {"title": f"Dấu đến số {number}", "organisation": organisation.upper(), "lines": lines, "letter": letter, "subject": subject}
    return _typeset("stamp.typ", {**sheet, "handed_to": handed_to, "handed_word": "Chuyển", "printed": printed}, printed_at)


def _typeset(template: str, sheet: Sheet, printed_at: datetime) -> bytes:
    import typst

    source = files("engine.documents.letters").joinpath(template).read_bytes()
    inputs = {"sheet": json.dumps(sheet, ensure_ascii=False), **_typefaces()}
    moment = int(printed_at.timestamp())
    try:
        return typst.compile(source, format="pdf", font_paths=_fonts(), sys_inputs=inputs, timestamp=moment, pdf_standards=STANDARD)
    except typst.TypstError:  # a letter that no typeface here has (an emoji): it prints as a box, which the standard does not allow
        return typst.compile(source, format="pdf", font_paths=_fonts(), sys_inputs=inputs, timestamp=moment)


@cache
def _fonts() -> typst.Fonts:
    """Return the typefaces of this machine, looked for once."""
    import typst

    return typst.Fonts()


@cache
def _typefaces() -> Mapping[str, str]:
    """Return which typefaces to use of those that are here, and whether bold italic has to be made of bold."""
    known = set(_fonts().families())
    found = [*(name for name in TIMES if name in known), EMBEDDED]
    return {"fonts": json.dumps(found), "synthetic": "yes" if found[0] in NO_BOLD_ITALIC else "no"}
