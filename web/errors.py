"""Pages for what goes wrong: in Vietnamese, with English beside it; never a traceback, never what a person had sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, current_app, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from engine.kernel.errors import Conflict, Denied, EngineError, InvalidInput, NotFound, Refused
from web.problems import ADDRESS, problem

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a page says: the heading and what to do, in both languages."""

    title: str
    advice: str
    title_en: str
    advice_en: str


WORDS: Mapping[int, Words] = {
    400: Words(
        title="Yêu cầu không đọc được",
        advice="Hãy quay lại trang trước, kiểm tra nội dung đã nhập rồi gửi lại.",
        title_en="The request cannot be read",
        advice_en="Go back, check what was entered, and send it again.",
    ),
    403: Words(
        title="Không có quyền xem trang này",
        advice="Việc này thuộc đơn vị hoặc chức vụ khác. Nếu cần, hãy liên hệ người quản trị của cơ quan.",
        title_en="This page is not yours to see",
        advice_en="It belongs to another unit or post. Ask the administrator of your office if you need it.",
    ),
    404: Words(
        title="Không tìm thấy trang",
        advice="Địa chỉ có thể đã gõ sai, hoặc nội dung đã được chuyển đi. Hãy bắt đầu lại từ trang đầu.",
        title_en="There is no such page",
        advice_en="The address may be mistyped, or what was there has moved. Begin again at the first page.",
    ),
    405: Words(
        title="Trang này không nhận yêu cầu đó",
        advice="Hãy mở trang từ đường dẫn trong hệ thống, đừng gửi lại biểu mẫu bằng địa chỉ.",
        title_en="This page does not take that request",
        advice_en="Open it by a link of the system rather than by its address.",
    ),
    409: Words(
        title="Nội dung vừa được người khác thay đổi",
        advice="Hãy mở lại trang để xem nội dung mới nhất rồi thực hiện tiếp.",
        title_en="Somebody else has just changed this",
        advice_en="Open the page again to see the newest state, then go on.",
    ),
    413: Words(
        title="Tệp gửi lên quá lớn",
        advice="Mỗi lần gửi được tối đa {limit} MB. Hãy chia nhỏ tệp hoặc quét lại với độ phân giải thấp hơn.",
        title_en="What was sent is too large",
        advice_en="At most {limit} MB can be sent at once. Split the file, or scan it at a lower resolution.",
    ),
    500: Words(
        title="Hệ thống gặp lỗi",
        advice="Hãy thử lại; nếu lỗi vẫn còn, hãy báo người quản trị kèm thời điểm xảy ra. Việc chưa được xác nhận thì chưa thay đổi gì.",
        title_en="The system failed",
        advice_en="Try again; if it fails again, tell the administrator when it happened. What was not confirmed has changed nothing.",
    ),
    503: Words(
        title="Hệ thống tạm thời chưa sẵn sàng",
        advice="Hãy thử lại sau ít phút. Dữ liệu đã lưu không bị mất.",
        title_en="The system is not ready for the moment",
        advice_en="Try again in a few minutes. Nothing that was saved is lost.",
    ),
}
STATUS: Mapping[type[EngineError], int] = {Denied: 403, NotFound: 404, Conflict: 409, Refused: 409, InvalidInput: 400}


def install(app: Flask) -> None:
    """Answer every failure of `app` with a page of ours."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(EngineError, _of_the_engine)
    app.register_error_handler(OperationalError, _without_database)
    app.register_error_handler(Exception, _unforeseen)
    app.before_request(_refuse_too_large)


def page(status: int) -> Response:
    """Return the page for a status: the nearest kind when it has no words of its own."""
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    if request.path.startswith(ADDRESS):
        return problem(status, f"{words.title_en}. {words.advice_en}".format(limit=current_app.config["MAX_CONTENT_LENGTH"] // 2**20))
    limit = current_app.config["MAX_CONTENT_LENGTH"] // 2**20
    return make_response(render_template("error.html", status=status, words=words, limit=limit), status)


def _of_http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:  # a redirection
        return Response(error.get_body(), error.code, error.get_headers())
    response = page(error.code)
    for name, text in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = text
    return response


def _of_the_engine(error: EngineError) -> Response:
    return page(next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500))


def _unforeseen(error: Exception) -> Response:
    _log.error("a page failed", exc_info=error, extra={"route": route(), "method": request.method})
    return page(500)


def _without_database(error: Exception) -> Response:
    _log.warning("a page had no database", exc_info=error, extra={"route": route(), "method": request.method})
    response = page(503)
    response.headers["Retry-After"] = "10"
    return response


def _refuse_too_large() -> Response | None:
    """Refuse before a page reads it: Flask itself looks only when one does."""
    limit: int = current_app.config["MAX_CONTENT_LENGTH"]
    return page(413) if (request.content_length or 0) > limit else None


def route() -> str:
    """Return the rule of the address that was asked for, never the address: that may hold what a person typed."""
    return request.url_rule.rule if request.url_rule else "none"
