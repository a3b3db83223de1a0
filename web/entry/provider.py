"""The OpenID Connect provider of the office, where it has one: who it says somebody is (code flow with PKCE, state and nonce)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from engine.kernel import environment
from engine.kernel.errors import InvalidInput, Refused

SCOPE = "openid email profile"
SIGNED_WITH = ["RS256", "PS256", "ES256", "EdDSA"]
BASIC = "client_secret_basic"  # how a provider takes our secret that does not say (OpenID Connect Discovery 3)
PATIENCE = 10  # seconds for an answer
LEEWAY = 60  # seconds by which two clocks may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What we have to remember while somebody is at the provider's."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who somebody is to the provider."""

    issuer: str
    subject: str
    email: str
    verified: bool


def is_offered() -> bool:
    """Tell whether people of this installation may sign in with a provider."""
    return environment.value("CHIDAO_OIDC_ISSUER") is not None


def send_away(back: str) -> tuple[str, Pending]:
    """Return the address at the provider's and what to remember. `back`: where it sends people then. Raises Refused when it does not answer."""
    pending = Pending(state=generate_token(32), nonce=generate_token(32), verifier=generate_token(64))
    session = _session(redirect_uri=back, code_challenge_method="S256")
    told = {"state": pending.state, "nonce": pending.nonce, "code_verifier": pending.verifier}
    address, _state = session.create_authorization_url(_discovered(_issuer())["authorization_endpoint"], **told)
    return str(address), pending


def who_came_back(pending: Pending, address: str, back: str, now: datetime) -> Known:
    """Return who came back at `address`. Raises Refused when that does not prove anything."""
    found = _discovered(_issuer())
    try:
        session = _session(redirect_uri=back, state=pending.state)
        token = session.fetch_token(found["token_endpoint"], authorization_response=address, code_verifier=pending.verifier, timeout=PATIENCE)
        keys = KeySet.import_key_set(cast("KeySetSerialization", _asked(found["jwks_uri"])))
        claims = jwt.decode(token["id_token"], keys, algorithms=SIGNED_WITH).claims
        _claims(now, pending.nonce).validate(claims)
    except (AuthlibBaseError, JoseError, KeyError, ValueError, requests.RequestException):
        raise Refused("Expected the provider to say who came back, but its answer proves nothing. Sign in again from the beginning.") from None
    return Known(issuer=_issuer(), subject=str(claims["sub"]), email=str(claims.get("email", "")), verified=claims.get("email_verified") in {True, "true"})


def _claims(now: datetime, nonce: str) -> jwt.JWTClaimsRegistry:
    """Return what an id token has to say (OpenID Connect Core 3.1.3.7)."""
    client = environment.value("CHIDAO_OIDC_CLIENT_ID") or ""
    essential: dict[str, Any] = {"iss": _issuer(), "aud": client, "nonce": nonce}
    options: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in essential.items()}
    return jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=LEEWAY, sub={"essential": True}, exp={"essential": True}, **options)


def _session(**told: Any) -> OAuth2Session:
    client = environment.value("CHIDAO_OIDC_CLIENT_ID")
    if not client:
        raise InvalidInput("Expected CHIDAO_OIDC_CLIENT_ID beside CHIDAO_OIDC_ISSUER, but it is not set. Set both, or neither.")
    secret = environment.value("CHIDAO_OIDC_CLIENT_SECRET")
    accepted = _discovered(_issuer()).get("token_endpoint_auth_methods_supported", [BASIC])
    method = "none" if secret is None else BASIC if BASIC in accepted else "client_secret_post"
    return OAuth2Session(client, secret, token_endpoint_auth_method=method, scope=SCOPE, **told)


def _issuer() -> str:
    """Return the provider that is set. Raises InvalidInput for one that is not reached under encryption: only tests on one machine may."""
    issuer = environment.value("CHIDAO_OIDC_ISSUER") or ""
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise InvalidInput("Expected https:// in CHIDAO_OIDC_ISSUER, but found another scheme. Correct the setting.")
    return issuer


@lru_cache(maxsize=4)
def _discovered(issuer: str) -> dict[str, Any]:
    """Return what the provider says of itself, asked once a process. Raises Refused when it does not answer, or speaks for another."""
    try:
        found = _asked(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    except (ValueError, requests.RequestException):
        found = {}
    if found.get("issuer") != issuer:
        raise Refused("Expected the provider of accounts to answer, but it does not. Sign in with a password, or try again later.")
    return found


def _asked(address: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=PATIENCE)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
