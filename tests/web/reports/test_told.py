"""What the pages of reports call things."""

from __future__ import annotations

from web.reports.told import titled


def test_the_name_of_a_report_gets_a_capital_letter_and_keeps_the_code_in_it() -> None:
    assert titled("báo cáo kết quả thực hiện (488-CV/VP)") == "Báo cáo kết quả thực hiện (488-CV/VP)"
