"""Alembic's entry point: runs migrations on the connection that storage.postgres.migrate gives."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
