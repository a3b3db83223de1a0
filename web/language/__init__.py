"""What people read: Vietnamese by default, English beside it; dates, figures and due days in the words of an office.

Texts in templates and code are English, `_("My work")`; each room keeps its Vietnamese beside it in `vi.po`.
The Vietnamese addresses nobody, neither as "bạn" nor as "đồng chí" (decisions/0030); letters do, as letters must.
"""

from __future__ import annotations

from flask import Flask, session
from flask_babel import Babel

from web.language import words
from web.language.catalogues import Catalogues
from web.language.sentences import judgement
from web.language.shipped import said

VIETNAMESE, ENGLISH = "vi", "en"
LANGUAGES = (VIETNAMESE, ENGLISH)
ZONE = "Asia/Ho_Chi_Minh"


def install(app: Flask) -> None:
    """Translate what `app` shows, and give its templates the filters of `web.language.words`."""
    babel = Babel(app, default_locale=VIETNAMESE, default_timezone=ZONE, locale_selector=language)
    babel.domain_instance = Catalogues()
    app.jinja_env.globals["language"] = language
    app.jinja_env.filters.update(words.FILTERS, said=said, judgement=judgement)


def language() -> str:
    """Return the language of whoever is here."""
    chosen = session.get("language") if session else None
    return chosen if chosen in LANGUAGES else VIETNAMESE
