"""The blueprint of the pages of directives."""

from __future__ import annotations

import json

from flask import Blueprint

from web.directives.words import last_day, receipt, standing

pages = Blueprint("directives", __name__, template_folder="templates")
pages.add_app_template_filter(receipt, "receipt")
pages.add_app_template_filter(standing, "standing")
pages.add_app_template_filter(last_day, "last_day")
pages.add_app_template_filter(json.loads, "listed")
