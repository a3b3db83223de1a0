"""The blueprint of the room, which its modules add their pages to."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from werkzeug.wrappers import Response as Answer

pages = Blueprint("versions", __name__, template_folder="templates", url_prefix="/workbench")

Page = Response | Answer | str | tuple[str, int]


pages.context_processor(lambda: {"has": lambda endpoint: endpoint in current_app.view_functions})
