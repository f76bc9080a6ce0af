"""What one of all reconcilers does now and then, whoever comes first."""

from __future__ import annotations

from sqlalchemy.orm import Session

from storage.postgres import statements


def take(session: Session, name: str, every_s: float) -> bool:
    """Return whether a chore is the caller's: nobody began it in the last `every_s` seconds.

    It counts as begun once the transaction is committed; of those who ask at once, one gets it.
    """
    return bool(statements.rows(session, _TAKE, name=name, every_s=every_s))


# Whoever comes second waits for the row and then sees that it is too young.
_TAKE = """
INSERT INTO chore (name, begun_at) VALUES (%(name)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET begun_at = clock_timestamp()
  WHERE chore.begun_at <= clock_timestamp() - make_interval(secs => %(every_s)s)
RETURNING name
"""
