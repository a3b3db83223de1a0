"""The blueprint of the auditor's pages."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("audit", __name__, url_prefix="/audit", template_folder="templates")
