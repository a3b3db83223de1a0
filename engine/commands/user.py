"""`chidao user`: who may sign in. Passwords are asked for, read from a file, or made and shown once; never an argument."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import click

from engine.access.accounts import DisableAccount, OpenAccount, ResetPassword, account_of, accounts
from engine.access.password_links import MakePasswordLink, new_link_token
from engine.access.passwords import generated, hashed
from engine.access.sessions import digest
from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.door import Door
from engine.kernel import environment
from engine.kernel.actor import Actor
from engine.kernel.errors import InvalidInput, NotFound

password_file = click.option("--password-file", metavar="FILE", help="Read the password from the first line of FILE, or of standard input: -.")
generate = click.option("--generate-password", is_flag=True, help="Make a password and show it once; it must be changed at the first sign-in.")


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command("add")
@click.argument("who", metavar="LOGIN")
@click.option("--name", help="For somebody new: the name.")
@click.option("--organisation", help="For somebody new: the code of the organisation.")
@click.option("--title", default="", help="For somebody new: the title of the post.")
@click.option("--roles", default="", help="For somebody new: the roles of the post, separated by commas.")
@password_file
@generate
@as_person
@database_option
@as_json
@refusing
def user_add(*, who: str, login: str | None, database: str | None, as_json: bool, **given: Any) -> None:
    """Let LOGIN sign in: somebody of the directory, or, with --name and --organisation, somebody new in a post of their own."""
    door = door_of(database)
    actor = acting(door.database, login)
    if bool(given["name"]) != bool(given["organisation"]):
        raise InvalidInput("Expected --name and --organisation together for somebody new, but found one of them.")
    word = password(who, file=given["password_file"], generate=given["generate_password"])
    if given["name"]:
        employ(door, actor, {"login": who, **{name: given[name] for name in ("name", "organisation", "title", "roles")}})
    open_account(door, actor, who, word, must_change=given["generate_password"])
    _show(who, word if given["generate_password"] else None, "may sign in", as_json=as_json)


@user.command("password")
@click.argument("who", metavar="LOGIN")
@password_file
@generate
@as_person
@database_option
@as_json
@refusing
def user_password(*, who: str, login: str | None, database: str | None, as_json: bool, password_file: str | None, generate_password: bool) -> None:
    """Give LOGIN another password."""
    door = door_of(database)
    actor = acting(door.database, login)
    word = password(who, file=password_file, generate=generate_password)
    command = ResetPassword(login=who, password_hash=hashed(word, login=who), must_change=generate_password)
    door.execute(command, actor, key=new_key(door))
    _show(who, word if generate_password else None, "has another password", as_json=as_json)


@user.command("link")
@click.argument("who", metavar="LOGIN")
@as_person
@database_option
@as_json
@refusing
def user_link(*, who: str, login: str | None, database: str | None, as_json: bool) -> None:
    """Make a link by which LOGIN chooses a password: shown once, it opens once and ends after 24 hours."""
    door = door_of(database)
    token = new_link_token()
    made = door.execute(MakePasswordLink(login=who, token_hash=digest(token)), acting(door.database, login), key=new_key(door))
    path, known = f"/password/{token}", environment.value("CHIDAO_ADDRESS")
    link = f"{known.rstrip('/')}{path}" if known else path
    lines = [f"link for {who}, shown this once: {link}", f"it opens once, until {made['expires_at']}; an earlier link opens nothing any more"]
    if not known:
        lines.append("put the address of your installation in front of it, or set CHIDAO_ADDRESS")
    tell({"login": who, "link": link, "expires_at": made["expires_at"]}, lines, as_json=as_json)


@user.command("disable")
@click.argument("who", metavar="LOGIN")
@click.option("--reason", required=True, help="Who decided it and why.")
@click.option("--undo", is_flag=True, help="Let LOGIN sign in again.")
@as_person
@database_option
@refusing
def user_disable(*, who: str, reason: str, undo: bool, login: str | None, database: str | None) -> None:
    """Let LOGIN sign in no more; what the person did, and the person's posts, stay."""
    door = door_of(database)
    door.execute(DisableAccount(login=who, reason=reason, disabled=not undo), acting(door.database, login), key=new_key(door))
    click.echo(f"{who} may sign in {'again' if undo else 'no more'}")


@user.command("list")
@database_option
@as_json
@refusing
def user_list(*, database: str | None, as_json: bool) -> None:
    """Tell who has an account."""
    door = door_of(database)
    with door.database.reading() as connection:
        rows = accounts(connection)
    found = [{"login": row.login, "name": row.name, "must_change": bool(row.must_change), "disabled_at": row.disabled_at} for row in rows]
    lines = [f"{row.login} {row.name}{' (closed)' if row.disabled_at else ''}{' (must change the password)' if row.must_change else ''}" for row in rows]
    tell({"accounts": found}, lines, as_json=as_json)


def password(login: str, *, file: str | None, generate: bool) -> str:
    """Return a password: made here, read from a file or standard input, or asked for in a terminal."""
    if generate and file:
        raise InvalidInput("Expected --password-file or --generate-password, but found both.")
    if generate:
        return generated()
    if file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if file:
        with Path(file).open(encoding="utf-8") as source:
            return source.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput(f"Expected a password for {login}, but there is no terminal to ask in. Give --password-file FILE or --generate-password.")
    asked: str = click.prompt(f"Password for {login}", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def employ(door: Door, actor: Actor, person: dict[str, str]) -> None:
    """Put somebody into the directory, in a new post; somebody who is there already stays as is. Raises what the import does."""
    with door.database.reading() as connection:
        try:
            account_of(connection, person["login"])
        except NotFound:
            pass
        else:
            return
    rows = io.StringIO()
    writer = csv.DictWriter(rows, COLUMNS["people"])
    writer.writeheader()
    writer.writerow({**person, "roles": person["roles"].replace(",", " ")})
    door.execute(ImportDirectory(kind="people", text=rows.getvalue(), file="--name"), actor, key=new_key(door))


def open_account(door: Door, actor: Actor, login: str, word: str, *, must_change: bool) -> None:
    """Let somebody of the directory sign in."""
    door.execute(OpenAccount(login=login, password_hash=hashed(word, login=login), must_change=must_change), actor, key=new_key(door))


def _show(login: str, word: str | None, done: str, *, as_json: bool) -> None:
    """Tell what was done. A password that was made here is shown this once: nobody else knows it."""
    found = {"login": login} | ({"generated": word} if word else {})
    tell(found, [f"{login} {done}"] + ([f"password, shown this once: {word}"] if word else []), as_json=as_json)
