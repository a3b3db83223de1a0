"""What somebody may know of the own account: posts, where signed in, substitutions given and received, and tokens for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, or_, select

from engine.access.sessions import IDLE
from engine.history.transaction import Reading
from engine.kernel.clock import local_date, stamp
from engine.storage.schema import access_token, account, holding, identity, organisation, person, post, post_role, sign_in

LEADER = "leader"  # who may record a substitution in the own office (matrix.toml)
_absent, _acting = person.alias("absent"), person.alias("acting")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOwnAccount:
    """Ask for the own account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPost:
    """A post of one's own: since when, until when, and whom one may let act in it (login, name)."""

    post: str
    title: str
    unit: str
    since: str
    until: str | None
    may_substitute: bool
    colleagues: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """`acting` acts for `absent` in a post. `mine`: I am the absent one; `over`: its last day has passed; `may_end`: by me."""

    substitution: str
    title: str
    unit: str
    absent: str
    acting: str
    since: str
    until: str
    mine: bool
    over: bool
    may_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """The account of whoever asks. `password_changed_at` None: the account has no password."""

    email: str | None
    password_changed_at: str | None
    providers: tuple[str, ...]
    posts: tuple[OwnPost, ...]
    substitutions: tuple[Substitution, ...]
    sessions: tuple[Row[Any], ...]
    tokens: tuple[Row[Any], ...]


_MINE: BindParameter[str] = bindparam("b_person")
_ACCOUNT = (
    select(person.c.email, account.c.changed_at, identity.c.issuer)
    .outerjoin(account, account.c.person == person.c.id)
    .outerjoin(identity, identity.c.person == person.c.id)
    .where(person.c.id == _MINE)
)
_POSTS = (
    select(holding.c.id, post.c.id.label("post"), post.c.title, post.c.organisation, organisation.c.name.label("unit"))
    .add_columns(holding.c.valid_from, holding.c.valid_to, post_role.c.role)
    .join(post, post.c.id == holding.c.post)
    .join(organisation, organisation.c.id == post.c.organisation)
    .outerjoin(post_role, (post_role.c.post == post.c.id) & (post_role.c.role == LEADER))
    .where(holding.c.person == _MINE, holding.c.substitute_for.is_(None))
    .order_by(holding.c.valid_from.desc(), organisation.c.name)
)
_COLLEAGUES = (
    select(post.c.organisation, person.c.login, person.c.name)
    .join(holding, holding.c.post == post.c.id)
    .join(person, person.c.id == holding.c.person)
    .where(post.c.organisation.in_(bindparam("b_units", expanding=True)), person.c.id != _MINE, person.c.login.is_not(None))
    .where(holding.c.substitute_for.is_(None), holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
    .distinct()
    .order_by(person.c.name, person.c.login)
)
_SUBSTITUTIONS = (
    select(holding.c.id, holding.c.valid_from, holding.c.valid_to, holding.c.substitute_for, post.c.title, organisation.c.name.label("unit"))
    .add_columns(post.c.organisation, _absent.c.name.label("absent"), _acting.c.name.label("acting"))
    .join(post, post.c.id == holding.c.post)
    .join(organisation, organisation.c.id == post.c.organisation)
    .join(_absent, _absent.c.id == holding.c.substitute_for)
    .join(_acting, _acting.c.id == holding.c.person)
    .where(or_(holding.c.substitute_for == _MINE, holding.c.person == _MINE), holding.c.substitute_for.is_not(None))
    .order_by(holding.c.valid_to.desc(), holding.c.id)
    .limit(50)
)
_SESSIONS = (
    select(sign_in.c.id, sign_in.c.method, sign_in.c.created_at, sign_in.c.seen_at)
    .where(sign_in.c.person == _MINE, sign_in.c.ended_at.is_(None), sign_in.c.expires_at > bindparam("b_now"), sign_in.c.seen_at >= bindparam("b_idle"))
    .order_by(sign_in.c.seen_at.desc(), sign_in.c.id)
)
_TOKENS = (
    select(access_token.c.id, access_token.c.kind, access_token.c.name, access_token.c.created_at, access_token.c.expires_at)
    .where(access_token.c.person == _MINE, access_token.c.revoked_at.is_(None))
    .order_by(access_token.c.created_at.desc(), access_token.c.id)
)


def answer_own_account(_query: ShowOwnAccount, reading: Reading) -> OwnAccount:
    """Return the account of whoever asks, in six statements."""
    mine = {"b_person": reading.actor.id}
    told = reading.connection.execute(_ACCOUNT, mine).all()
    posts = _posts(reading, mine)
    since = {"b_now": stamp(reading.now), "b_idle": stamp(reading.now - IDLE)}
    return OwnAccount(
        email=told[0].email,
        password_changed_at=told[0].changed_at,
        providers=tuple(row.issuer for row in told if row.issuer),
        posts=posts,
        substitutions=_substitutions(reading, mine, {each.unit for each in posts if each.may_substitute}),
        sessions=tuple(reading.connection.execute(_SESSIONS, mine | since)),
        tokens=tuple(reading.connection.execute(_TOKENS, mine)),
    )


def _posts(reading: Reading, mine: dict[str, Any]) -> tuple[OwnPost, ...]:
    today = local_date(reading.now).isoformat()
    rows = reading.connection.execute(_POSTS, mine).all()
    units = sorted({row.organisation for row in rows})
    colleagues: dict[str, list[tuple[str, str]]] = {}
    for row in reading.connection.execute(_COLLEAGUES, mine | {"b_units": units, "b_day": today}):
        colleagues.setdefault(row.organisation, []).append((row.login, row.name))
    return tuple(
        OwnPost(
            post=row.post,
            title=row.title,
            unit=row.unit,
            since=row.valid_from,
            until=row.valid_to,
            may_substitute=row.role is not None and row.valid_from <= today and (row.valid_to is None or row.valid_to >= today),
            colleagues=tuple(colleagues.get(row.organisation, ())),
        )
        for row in rows
    )


def _substitutions(reading: Reading, mine: dict[str, Any], led: set[str]) -> tuple[Substitution, ...]:
    today = local_date(reading.now).isoformat()
    return tuple(
        Substitution(
            substitution=row.id,
            title=row.title,
            unit=row.unit,
            absent=row.absent,
            acting=row.acting,
            since=row.valid_from,
            until=row.valid_to,
            mine=row.substitute_for == reading.actor.id,
            over=row.valid_to < today,
            may_end=row.substitute_for == reading.actor.id and row.unit in led and row.valid_to >= today,
        )
        for row in reading.connection.execute(_SUBSTITUTIONS, mine)
    )
