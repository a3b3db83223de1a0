"""Where the truth is kept: one readable schema, two databases, one commit. What the rows mean is decided above."""

from __future__ import annotations

from engine.storage.database import Database, create_or_upgrade, head_revision, revision
from engine.storage.unit_of_work import UnitOfWork

__all__ = ["Database", "UnitOfWork", "create_or_upgrade", "head_revision", "revision"]
