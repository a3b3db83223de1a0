"""The choice of the morning mail in a browser: readable for everybody, on a telephone, with the keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.web.printing.people import login

Visit = Callable[..., Page]
ISSUER = "ban-tuyen-giao-tinh-uy-son-binh"
PAGE = "/account/mail"


@pytest.mark.parametrize(("width", "scripts"), [(320, True), (1280, False)])
def test_the_morning_mail_is_declined_with_the_keyboard(visit: Visit, demo: Flask, width: int, scripts: bool) -> None:
    page = visit(login(demo, ISSUER, "leader"), PAGE, width=width, scripts=scripts)
    page.get_by_label("Có, vào mỗi ngày làm việc").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Từ nay không gửi thư buổi sáng").wait_for()
    assert page.get_by_label("Không", exact=True).is_checked()
