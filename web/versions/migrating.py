"""Running cases taken to another version: first what would happen to each, then the migration with its progress."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.definitions.compare import CompareVersions
from engine.definitions.versions import ShowVersions, Versions
from engine.instances.migration import StartMigration
from engine.instances.migration_preview import PreviewMigration, ShowMigration
from engine.kernel.errors import Denied, EngineError, InvalidInput, NotFound
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.versions import words
from web.versions.blueprint import Page, pages


@pages.get("/processes/<key>/migrate")
def preview(key: str) -> Page:
    """Show what would become of the cases that run on `source` (a number; none: every earlier version) in version `to`."""
    return _page(key, request.args)


@pages.post("/processes/<key>/migrate")
def migrate(key: str) -> Page:
    """Begin to take the cases to the other version."""
    try:
        plan = _plan(key, request.form)
        done = act(StartMigration(**plan, reason=request.form.get("reason", "")))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return _page(key, request.form, problem=in_words(error))
    if "proposal" in done:
        flash(_("It waits for a second person, who sees it under proposals."), "good")
        return redirect(url_for("versions.process", key=key), 303)
    return redirect(url_for("versions.migration", migration=done["migration"]), 303)


@pages.get("/migrations/<migration>")
def migration(migration: str) -> str:
    """Show how far a migration is, and which cases stayed where they were."""
    return render_template("versions/migration.html", found=ask(ShowMigration(migration=migration)))


def _page(key: str, typed: Any, *, problem: str = "") -> Page:
    versions: Versions = ask(ShowVersions(process=key))
    told: dict[str, Any] | None = None
    to, source, mapping = typed.get("to", "", type=str), typed.get("source", "", type=str), typed.get("mapping")
    to = to or next((str(each.number) for each in versions.versions if each.in_force), "")
    if mapping is None:
        mapping = "\n".join(f"{old} = {new}" for old, new in _suggested(key, source, to).items())
    try:
        told = ask(PreviewMigration(**_plan(key, {"to": to, "source": source, "mapping": mapping})))
    except InvalidInput as error:
        problem = problem or in_words(error)
    page = render_template(
        "versions/migrate.html", found=versions, told=told, to=to, source=source, mapping=mapping, problem=problem, typed=typed, notes=words.NOTES
    )
    return (page, 422) if problem else page


def _plan(key: str, sent: Any) -> dict[str, Any]:
    """Return the plan as it was typed. Raises InvalidInput."""
    numbers = {name: sent.get(name, "").strip() for name in ("to", "source")}
    if not numbers["to"].isdecimal() or not (numbers["source"] or "0").isdecimal() or max(map(len, numbers.values())) > 6:
        raise InvalidInput(f"Expected the numbers of versions, but found {numbers['source']!r} and {numbers['to']!r}. Choose them in the list.")
    sources = (int(numbers["source"]),) if numbers["source"] else ()
    return {"process": key, "to": int(numbers["to"]), "sources": sources, "mapping": _mapping(sent.get("mapping", ""))}


def _mapping(text: str) -> dict[str, str]:
    """Return old element → new element, a line for each. Raises InvalidInput for a line of another form."""
    found = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        old, sign, new = (part.strip() for part in line.partition("="))
        if not (old and sign and new):
            raise InvalidInput(f"Expected lines such as old = new in the mapping, but found {line!r}. Correct it.")
        found[old] = new
    return found


def _suggested(key: str, source: str, to: str) -> dict[str, str]:
    """Return which elements may have changed only their ids between the two versions; none where one is not named."""
    if not (source.isdecimal() and to.isdecimal()) or max(len(source), len(to)) > 6:
        return {}
    found: dict[str, str] = ask(CompareVersions(process=key, source=int(source), to=int(to)))["suggested_mapping"]
    return found
