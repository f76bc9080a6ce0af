"""The database's schema, version by version (Alembic)."""

HEAD = "0018"  # the newest revision; a test holds it against the scripts
