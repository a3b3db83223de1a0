"""The OpenID Connect provider of the office, where it has one: who it says somebody is."""

from __future__ import annotations

from engine.kernel import environment


def is_offered() -> bool:
    """Tell whether people of this installation may sign in with a provider."""
    return environment.value("CHIDAO_OIDC_ISSUER") is not None
