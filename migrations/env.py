"""Alembic's entry point: runs migrations on the connection that storage.postgres.migrate gives."""

from __future__ import annotations

from alembic import context

from storage.postgres.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
