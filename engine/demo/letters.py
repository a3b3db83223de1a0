"""Letters of the running year: invented subjects, dates around today, and texts that can be read as any other letter is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.demo.plans import INDICATORS
from engine.scenario.answers import later

SUBJECTS = (
    "tổ chức Ngày Chủ nhật xanh và giữ gìn vệ sinh môi trường",
    "phát động Tuần lễ học tập suốt đời tại cơ sở",
    "tuyên truyền bảo đảm trật tự, an toàn giao thông dịp cuối năm",
    "rà soát, bổ sung tủ sách của các thôn, bản",
    "chăm sóc cây xanh, bảo vệ nguồn nước sinh hoạt",
    "tuyên truyền phòng, chống cháy rừng mùa hanh khô",
)
MONTHLY = "monthly"
OPEN_DAYS = 75  # for which the offices follow up a letter of the running year
_TEXT = """{issuer}

ĐẢNG CỘNG SẢN VIỆT NAM

*

{place}, ngày {day:%d} tháng {day:%m} năm {day:%Y}

Số {number}-{symbol}

V/v {subject}

Kính gửi: - {recipient}.

Để chuẩn bị tốt các hoạt động của năm {day:%Y}, {sender} đề nghị:

1. {recipient} xây dựng kế hoạch, phân công người phụ trách, triển khai nội dung trên phù hợp với tình hình của cơ quan, đơn vị.

2. {recipient} phối hợp với các đoàn thể giới thiệu cách làm hay, kịp thời phản ánh khó khăn, vướng mắc.

3. {reporting}

Nơi nhận:

- Như trên,
- Lưu VT.

**K/T TRƯỞNG BAN
PHÓ TRƯỞNG BAN**

Trần Minh Đức
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter on its way: from whom (code) to whom (code), its number, its day, its duty. `due`: the day of its one report."""

    sender: str
    to: str
    number: int
    issued: date
    subject: str
    process: str
    due: date | None
    first_period: str | None

    @property
    def symbol(self) -> str:
        """The symbol that invented letters bear."""
        return "CV/VP"

    def body(self) -> dict[str, Any]:
        """Return what a clerk enters of it, as the draft form names it."""
        return {
            "process": self.process,
            "doc_type": "công văn",
            "symbol": self.symbol,
            "subject": self.subject,
            "items": [],
            "obligation": self._duty(),
            "indicators": INDICATORS,
            "sunset": later((self.issued + timedelta(days=OPEN_DAYS)).isoformat()),
        }

    def text(self, names: Mapping[str, str]) -> str:
        """Return the letter as it is printed; `names`: of offices, by code."""
        sender = names[self.sender]
        return _TEXT.format(
            issuer=sender.upper(),
            sender=sender,
            place=sender.rpartition("ủy ")[2] if "ủy " in sender else "Sơn Bình",
            day=self.issued,
            number=self.number,
            symbol=self.symbol,
            subject=self.subject,
            recipient=names[self.to],
            reporting=self._reporting(sender),
        )

    def _duty(self) -> dict[str, Any]:
        if self.due:
            return {"frequency": "once", "report_type": "báo cáo kết quả thực hiện", "due_date": self.due.isoformat(), "due_operator": "by"}
        return {"frequency": MONTHLY, "report_type": "báo cáo công tác tháng", "first_period": self.first_period}

    def _reporting(self, sender: str) -> str:
        if self.due:
            return f"Các cơ quan, đơn vị gửi báo cáo kết quả thực hiện về {sender} trước ngày {self.due + timedelta(days=1):%d/%m/%Y}."
        return f"Các cơ quan, đơn vị hằng tháng báo cáo việc triển khai thực hiện (lồng ghép vào báo cáo công tác tháng) gửi về {sender}."
