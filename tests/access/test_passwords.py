"""Passwords cost whoever guesses them: the product hashes them slowly, although these tests do not."""

from __future__ import annotations

import runpy

from engine.access import passwords


def test_a_password_is_hashed_as_rfc_9106_recommends_where_memory_is_scarce() -> None:
    product = runpy.run_path(passwords.__file__)
    stored = product["hashed"]("bốn từ ghép lại", login="thu.ky")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # 64 MiB, three passes, four lanes: RFC 9106 4, second choice
    assert product["fits"]("bốn từ ghép lại", stored)
    assert not product["fits"]("bốn từ ghép lại ", stored)
