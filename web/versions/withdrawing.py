"""A process begins no new case from a day on, or begins cases again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from engine.definitions.withdrawing import ResumeProcess, WithdrawProcess
from engine.kernel.errors import Denied, EngineError, NotFound
from web.forms.written import day_or_none
from web.language.sentences import in_words
from web.language.words import day as day_said
from web.once import act
from web.versions.blueprint import Page, pages
from web.versions.history import shown


@pages.post("/processes/<key>/withdraw")
def withdraw(key: str) -> Page:
    """Withdraw a process from a day on."""
    typed, reason = request.form.get("from_day", ""), request.form.get("reason", "")
    day = day_or_none(typed)
    if day is None:
        problem = _("Enter the day as day/month/year, such as 15/04/2024; “%(typed)s” cannot be read as a day.", typed=typed)
        return shown(key, problem=problem, day=typed, why=reason), 422
    done = _done(key, WithdrawProcess(process=key, from_day=day, reason=reason), typed, reason)
    if isinstance(done, dict):
        _told(done, _("The process begins no new case from %(day)s on. Cases that run go on.", day=day_said(done.get("from_day") or day)))
        return redirect(url_for("versions.process", key=key), 303)
    return done


@pages.post("/processes/<key>/resume")
def resume(key: str) -> Page:
    """Let a process begin cases again."""
    reason = request.form.get("reason", "")
    done = _done(key, ResumeProcess(process=key, reason=reason), "", reason)
    if isinstance(done, dict):
        _told(done, _("The process begins cases again."))
        return redirect(url_for("versions.process", key=key), 303)
    return done


def _done(key: str, command: WithdrawProcess | ResumeProcess, day: str, reason: str) -> dict[str, Any] | Page:
    try:
        return act(command)
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return shown(key, problem=in_words(error), day=day, why=reason), 422


def _told(done: dict[str, Any], sentence: str) -> None:
    flash(_("It waits for a second person, who sees it under proposals.") if "proposal" in done else sentence, "good")
