"""What Alembic runs: the migrations, inside the transaction of the unit of work that called."""

from __future__ import annotations

from alembic import context

from engine.storage.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, compare_server_default=True)
context.run_migrations()
