"""The duty to report (how often, by when, to whom, merged into what) and whom to ask in difficulties."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from engine.directives.reading.deadlines import Deadline, deadlines
from engine.directives.reading.lines import Paragraph
from engine.directives.reading.note import CERTAIN, DOUBTFUL, INFERRED, Note, note
from engine.directives.reading.parties import name_at, starts_with_organisation
from engine.kernel.vietnamese import CAPITAL, collapse, skeleton


class Duty(StrEnum):
    """The reporting regime that a document lays down."""

    NONE = "none"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    FINAL_BY_DATE = "final_by_date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """`due` is None for a day of every month or quarter; that day stands in `due_day` when it is printed."""

    duty: Duty = Duty.NONE
    frequency: str | None = None
    due: Deadline | None = None
    due_day: int | None = None
    embedded_in: str | None = None
    to: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to turn to; `via` is the unit named."""

    to: str | None
    via: str | None
    phone: str | None
    email: str | None
    matter: str | None


_PERIODS = {"tuan": Duty.WEEKLY, "thang": Duty.MONTHLY, "quy": Duty.QUARTERLY, "nam": Duty.YEARLY}
_HALF_YEAR = re.compile(r"(?:0?6|sau)\s+thang(?!\s*/?\s*\d)|nua nam")
_FREQUENCY = re.compile(
    r"(?<!\w)(?:(?:hang|moi|tung|dinh ky(?:\s+theo)?)\s+|(?:01|1|mot)\s+lan\s*/\s*|lan\s+moi\s+|bao cao(?:\s+(?:dinh ky|cong tac))*\s+)"
    r"(?P<period>tuan|thang|quy|nam|(?:0?6|sau)\s+thang|nua nam)(?!\w)(?!\s+(?:\d|[ivx]+\b))|(?<!\w)(?:01|1|mot)\s+(?P<each>tuan|thang|quy|nam)\s*/\s*lan"
)
_REPORT = re.compile(r"(?<!\w)bao cao(?!\s+vien)(?!\w)|^ket qua (?:trien khai |to chuc )?(?:thuc hien|tuyen truyen)?.{0,60}?(?:gui|bao cao)|gui ket qua (?:trien khai|thuc hien|to chuc)")
_ONWARD = re.compile(r"(?:d[eê]|nham|lam co so)\s+(?:kip thoi\s+|co co so\s+|ban\s+)?(?:tong hop|theo doi|ban|tham muu)[^.;]{0,40}$|de\s+$")
_EMBEDDED = re.compile(r"(?:long ghep|tich hop|gop|ket hop|the hien)(?:\s+(?!vao|trong|voi|cung)\w+){0,8}\s+(?:chung\s+)?(?:vao|trong|voi|cung)\s+(?P<what>bao cao[^.;()]*?)(?=\s+(?:gui|ve|truoc|va gui|de|dinh ky|hang)\s|[.;(),]|$)")
_DAY_OF_PERIOD = re.compile(r"(?:truoc|cham nhat|vao|dinh ky)\s+(?:la\s+)?(?:vao\s+)?ngay\s+(\d{1,2})(?!\s*/|\d|\s+thang\s+\d)")
_TO = re.compile(rf"(?:gửi\s+(?:về\s+)?|về\s+|báo cáo\s+(?:về\s+|với\s+|cho\s+)?|nộp\s+(?:về\s+|cho\s+)?)(?P<to>(?-i:{CAPITAL}))", re.IGNORECASE)
_DIFFICULTY = re.compile(r"kho khan|vuong mac|lien he|chua ro|can trao doi|thong tin chi tiet|dau moi|(?:neu|trong qua trinh).*phat sinh")
_TURN = r"(?:phản ánh|liên hệ|trao đổi|báo cáo|thông tin|gửi|kiến nghị)(?:\s+(?:kịp thời|trực tiếp|ngay|về|với|đến|cho|tới|qua))*"
_TURN_TO = re.compile(rf"{_TURN}(?:\s*:)?\s+(?P<to>(?:(?:đồng chí|đ/c|ông|bà)\s+)?(?-i:{CAPITAL}))", re.IGNORECASE)
_VIA = re.compile(rf"(?<!\w)(?:thông qua|qua)\s+(?P<via>(?-i:{CAPITAL}))", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\d/])(\+?84|0)[\d .-]{7,13}\d(?![\d/])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MATTER = re.compile(r"(?:nếu\s+)?(?:có\s+)(?P<matter>(?:những\s+|vấn đề\s+)?(?:khó khăn|vướng mắc|nội dung)[^.;()]*?)(?=,?\s+(?:đề nghị|phản ánh|liên hệ|báo cáo|kịp thời|trao đổi|các|thì|xin))", re.IGNORECASE)
_SENTENCE = re.compile(rf"(?<=[.!?;])\s+(?={CAPITAL})")


def is_contact(text: str) -> bool:
    """Say whether a sentence says whom to turn to in difficulties or for questions."""
    return bool(_DIFFICULTY.search(skeleton(text))) and bool(_TURN_TO.search(text) or _PHONE.search(text) or _EMAIL.search(text))


def is_report_duty(text: str) -> bool:
    """Say whether a sentence lays down a duty to report."""
    return any(_weight(sentence, None) >= 2 for sentence in _SENTENCE.split(text))


def read_reporting(parts: list[Paragraph], issued: date | None) -> tuple[Reporting, Note]:
    """Return the reporting duty of the document; the sentence with the clearest rule decides."""
    best, place, quote = 0, None, ""
    for part in parts:
        for sentence in _SENTENCE.split(part.text):
            weight = _weight(sentence, issued)
            if weight >= 2 and weight >= best:
                best, place, quote = weight, part, sentence
    if place is None:
        return Reporting(), note(CERTAIN)
    reporting = _reporting(quote, issued)
    clear = reporting.to and (reporting.due or reporting.duty is not Duty.FINAL_BY_DATE)
    return reporting, note(CERTAIN if clear else DOUBTFUL, [place.lines])


def read_contact(parts: list[Paragraph]) -> tuple[Contact | None, Note]:
    """Return whom to ask; the sentence behind the items that names a body, a telephone or an address."""
    for part in reversed(parts):
        for sentence in _SENTENCE.split(part.text):
            if is_contact(sentence):
                contact = _contact(sentence)
                return contact, note(CERTAIN if contact.to else INFERRED, [part.lines])
    for part in reversed(parts):
        for sentence in _SENTENCE.split(part.text):
            if _PHONE.search(sentence) or _EMAIL.search(sentence):
                # A telephone beside the receiver of a report or of a list is whom to ask.
                contact = _contact(sentence)
                return replace(contact, to=contact.to or _receiver(sentence)), note(INFERRED, [part.lines])
    return None, note(CERTAIN)


def _weight(sentence: str, issued: date | None) -> int:
    """Weigh a sentence as a reporting rule: 0 none, 2 a report to someone, more with a rhythm or a date."""
    key = skeleton(sentence)
    asked = [found for found in _REPORT.finditer(key) if not _ONWARD.search(key[: found.start()])]
    if not asked or is_contact(sentence):
        return 0
    sent = bool(_TO.search(sentence))
    weight = 3 * bool(_rhythm(key)) + 2 * bool(deadlines(sentence, issued)) + bool(_EMBEDDED.search(key)) + sent
    about = bool(re.search(r"^ket qua|gui ket qua|bao cao\s+(?:ket qua|viec|tinh hinh|so ket|tong ket|bang van ban)|(?:gui|nop)\s+bao cao", key))
    return weight + about if weight and (sent or about or _EMBEDDED.search(key)) else 0


def _rhythm(key: str) -> Duty | None:
    found = _FREQUENCY.search(key)
    if found is None:
        return None
    period = found["period"] or found["each"]
    return Duty.HALF_YEARLY if _HALF_YEAR.match(period) else _PERIODS[period]


def _reporting(sentence: str, issued: date | None) -> Reporting:
    key = skeleton(sentence)
    duty = _rhythm(key) or Duty.FINAL_BY_DATE
    due = deadlines(sentence, issued)
    day = _DAY_OF_PERIOD.search(key) if duty is not Duty.FINAL_BY_DATE else None
    embedded = _EMBEDDED.search(key)
    return Reporting(
        duty=duty,
        frequency="once" if duty is Duty.FINAL_BY_DATE else duty.value,
        due=due[-1] if due else None,
        due_day=int(day[1]) if day else None,
        embedded_in=collapse(sentence[slice(*embedded.span("what"))]) if embedded else None,
        to=_receiver(sentence),
        quote=sentence,
    )


def _receiver(sentence: str) -> str | None:
    """Return to whom the report goes."""
    key = skeleton(sentence)
    behind = next((asked.start() for asked in _REPORT.finditer(key) if not _ONWARD.search(key[: asked.start()])), 0)
    # A body named behind the word "báo cáo" is the receiver; one before it may get something else.
    for found in sorted(_TO.finditer(sentence), key=lambda match: match.start() < behind):
        if starts_with_organisation(sentence[found.start("to") :]) and not _ONWARD.search(key[: found.start()]):
            return name_at(sentence, found.start("to"))
    return None


def _contact(sentence: str) -> Contact:
    to, via, phone = _TURN_TO.search(sentence), _VIA.search(sentence), _PHONE.search(sentence)
    email, matter = _EMAIL.search(sentence), _MATTER.search(sentence)
    named = name_at(sentence, to.start("to")) if to else None
    return Contact(
        to=re.sub(r"(?i)^((?:đồng chí|đ/c|ông|bà)\s.*?)\s+[-–]\s.*$", r"\1", named) if named else None,
        via=name_at(sentence, via.start("via")) if via else None,
        phone=re.sub(r"[ .-]", "", phone[0]) if phone else None,
        email=email[0] if email else None,
        matter=collapse(matter["matter"]) if matter else None,
    )
