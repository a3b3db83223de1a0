"""The demonstration with its history read, one time for all tests."""

from __future__ import annotations

from tests.web.finding.conftest import demonstration_file

__all__ = ["demonstration_file"]
