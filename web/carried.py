"""What was typed is never lost: neither when the session has ended, nor when the form was opened before somebody signed in anew.

Every form says, signed, whose it is (`_for`, part of `sealed()`). When it is sent after its session has ended, the page that asks who
is there appears, and carries what was typed along, encrypted. Once the same person is back, the page of the form is shown again with
it, and nothing has been sent. Nobody else sees it.

For a page with a form: mark the view that shows it with `@shows_carried`, and fill the form from `carried()` when that is not None:

    @pages.get("/task/<task>")
    @shows_carried
    def show(task: str) -> str:
        typed = carried()  # as request.form of the POST would have been, without the hidden fields of sealed(); None nearly always
        ...

The page is the one from which the form was sent (Referer), else the one with the POST's own address. Where neither is marked, a page
offers to send the form again with one click. Files cannot be carried: `carried_files()` tells their names. Fields whose
name begins with `password` are left out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, g, request, session
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from engine.access.carried_input import LASTS, CarriedInput, ForgetInput, KeepInput, carried_input_of
from engine.kernel.actor import Actor, ActorType
from web.door import the_door

T = TypeVar("T", bound=Callable[..., Any])
PAGES = Actor(type=ActorType.SERVICE, id="web", auth={"method": "internal"})
FOR, SEALED = "_for", "_carried"  # hidden fields: whose form it is; what was typed
HIDDEN = {"csrf_token", "_once", FOR, SEALED}
PASSWORD = "password"  # noqa: S105  how the names of fields begin that are never carried
MARK = "carried"  # in the cookie: something is waiting to be shown again
LARGEST = 400 * 1024  # characters of what is carried: it has to fit into the form that asks who is there
SHOWS = "shows_carried"


def shows_carried(view: T) -> T:
    """Mark a page that fills its form from `carried()`."""
    setattr(view, SHOWS, True)
    return view


def carried() -> MultiDict[str, str] | None:
    """Return, once, what the visitor had typed into the form of this page when the session ended; None when there is nothing."""
    found = waiting()
    if found is None or urlsplit(found.path).path != request.path:
        return None
    g.carried_files = found.files
    session.pop(MARK, None)
    _do(ForgetInput(person=found.person))
    return MultiDict(found.fields)


def carried_files() -> tuple[str, ...]:
    """Return the names of the files that had been chosen beside what `carried()` returned: they have to be chosen again."""
    found: tuple[str, ...] = g.get("carried_files", ())
    return found


def waiting() -> CarriedInput | None:
    """Return what waits to be shown to the visitor again, and leave it there."""
    if MARK not in session or g.get("visitor") is None:
        return None
    door = the_door()
    with door.database.reading() as connection:
        return carried_input_of(connection, g.visitor.person, door.clock.now())


def whose_mark() -> str:
    """Return the signed mark of the forms of whoever is here; "" when nobody is."""
    return _marks().dumps(g.visitor.person) if g.get("visitor") else ""


def whose_form() -> str | None:
    """Return the id of the person whose form was sent; None when it does not say."""
    try:
        return str(_marks().loads(request.form.get(FOR, "")))
    except BadData:
        return None


def sent() -> CarriedInput:
    """Return what this request sent, in the name of whom the form belongs to. Only after `whose_form()`."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in HIDDEN and not name.startswith(PASSWORD)]
    files = [file.filename for file in request.files.values() if file.filename]
    target = request.full_path.rstrip("?")
    return CarriedInput(person=whose_form() or "", path=_page() or "", target=target, fields=tuple(typed), files=tuple(files))


def closed(found: CarriedInput) -> str | None:
    """Return what was typed so that only we can open it; None when it is too large to be carried."""
    text = zlib.compress(json.dumps(asdict(found), ensure_ascii=False).encode())
    said = _box().encrypt_at_time(text, int(the_door().clock.now().timestamp())).decode()
    return said if len(said) <= LARGEST else None


def opened(text: str | None) -> CarriedInput | None:
    """Return what `closed` closed; None when it is something else, or was given up."""
    if not text:
        return None
    try:
        found = json.loads(zlib.decompress(_box().decrypt_at_time(text.encode(), int(LASTS.total_seconds()), int(the_door().clock.now().timestamp()))))
    except (InvalidToken, UnicodeEncodeError):
        return None
    return CarriedInput(**{**found, "fields": tuple((name, value) for name, value in found["fields"]), "files": tuple(found["files"])})


def keep(found: CarriedInput) -> None:
    """Keep what was typed until its person is back."""
    _do(KeepInput(person=found.person, path=found.path, target=found.target, fields=found.fields, files=found.files))


def _do(command: KeepInput | ForgetInput) -> None:
    door = the_door()
    door.execute(command, PAGES, key=f"carried:{command.person}:{door.clock.now().isoformat()}")


def _page() -> str | None:
    """Return the address of the page that shows the form that was sent."""
    came_from = urlsplit(request.referrer or "")
    here = [f"{came_from.path}?{came_from.query}".rstrip("?")] if came_from.netloc == request.host else []
    return next((address for address in (*here, request.path) if _shows(address)), None)


def _shows(address: str) -> bool:
    """Tell whether there is a marked page at an address."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None  # of a request there always is one
    try:
        endpoint, _values = adapter.match(urlsplit(address).path, method="GET")
    except HTTPException:
        return False
    return bool(getattr(current_app.view_functions[endpoint], SHOWS, False))


def _marks() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="whose form")


def _box() -> Fernet:
    secret = f"carried input {current_app.secret_key!s}"
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
