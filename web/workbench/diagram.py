"""The editor of diagrams: the page with what the script needs, a file as text for whatever cannot be drawn, and the page of a rule."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, current_app, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as Answer

from engine.definitions.choices import Choices, ShowChoices
from engine.definitions.design_pages import DesignText, ReadDesignFile
from engine.definitions.designs import KeepDesignFile
from engine.definitions.explain import explain
from engine.kernel.errors import InvalidInput, Refused
from web.admin.words import ROLES
from web.door import ask
from web.exchange.taking_out import saving
from web.language.sentences import in_words
from web.once import act
from web.security import POLICY
from web.workbench.around import around
from web.workbench.diagram_words import SAID
from web.workbench.pages import pages

DRAWING = f"{POLICY}; style-src-attr 'unsafe-inline'"  # bpmn-js places its menus by style attributes (UI.md 5)


@pages.get("/designs/<design>/diagram")
def diagram(design: str) -> Response:
    """Draw a file of a design; to others than its designer it is shown."""
    return _page(ask(ReadDesignFile(design=design, path=request.args.get("path", ""))))


@pages.post("/designs/<design>/diagram")
def keep_text(design: str) -> Answer:
    """Keep a file as it was typed, for whatever cannot be drawn."""
    path, typed, edition = request.form.get("path", ""), request.form.get("text", ""), request.form.get("edition", 0, type=int)
    try:
        act(KeepDesignFile(design=design, path=path, text=typed.replace("\r\n", "\n"), edition=edition))
    except (Refused, InvalidInput) as error:
        page = _page(ask(ReadDesignFile(design=design, path=path)), problem=in_words(error), typed=typed)
        page.status_code = 409 if isinstance(error, Refused) else 422
        return page
    flash(_("The file is kept."), "good")
    return redirect(url_for("workbench.diagram", design=design, path=path), 303)


@pages.get("/designs/<design>/text")
def text(design: str) -> Response:
    """Give an editor the file as it was kept last."""
    found: DesignText = ask(ReadDesignFile(design=design, path=request.args.get("path", "")))
    return jsonify({"text": found.text, "edition": found.edition, "kept_at": found.kept_at})


@pages.get("/rules/<rule>")
def rule(rule: str) -> str:
    """Explain what a rule expects, why, and what to do."""
    title, _blank, body = explain(rule, english=str(get_locale()) != "vi").partition("\n")
    return render_template("workbench/rule.html", title=title, parts=[part.split(". ", 1) for part in body.strip().split("\n\n")])


def _page(found: DesignText, *, problem: str = "", typed: str | None = None) -> Response:
    shown = found.text if typed is None else typed
    choices: Choices = ask(ShowChoices(design=found.design))
    page = render_template("workbench/diagram.html", found=found, shown=shown, problem=problem, data=_data(found, choices))
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = DRAWING
    return answer


def _data(found: DesignText, choices: Choices) -> dict[str, Any]:
    """Return what the script needs beside the file, which stands on the page as text: what may be chosen, where to send it, what to say."""
    vietnamese = str(get_locale()) == "vi"
    plain = asdict(choices)
    plain["roles"] = [{"key": role, "title": str(ROLES.get(role, role))} for role in choices.roles]
    plain["functions"] = [{"example": each.example, "said": each.said[0 if vietnamese else 1]} for each in choices.functions]
    return {
        "design": found.design,
        "path": found.path,
        "edition": found.edition,
        "kept_at": found.kept_at,
        "mine": found.mine,
        "element": request.args.get("element", ""),
        "language": "vi" if vietnamese else "en",
        "token": generate_csrf(),
        "choices": plain,
        "at": _addresses(found.design),
        "around": around(found.design),
        "saving": saving(found.design, found.path),
        "said": {key: str(words) for key, words in SAID.items()},
    }


def _addresses(design: str) -> dict[str, str]:
    """Return where the script reads, checks and keeps; of a room that this installation lacks, nothing."""
    own = {name: url_for(f"workbench.{name}", design=design) for name in ("keep", "check", "text", "diagram", "show")}
    rooms = {"form": "forming.edit", "table": "tabling.edit", "attempt": "trying.show", "deploy": "versions.deploy"}
    there = {name: url_for(endpoint, design=design) for name, endpoint in rooms.items() if endpoint in current_app.view_functions}
    return {**own, **there, "rule": url_for("workbench.rule", rule="RULE")}
