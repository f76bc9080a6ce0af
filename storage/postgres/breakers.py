"""The circuit breaker of each device: opened by failures, tried again, closed by one that works.

Closed: work goes there. Open: none does, for a while that doubles each time. Half open: one tryout
by one process, whose end closes or opens it again. PostgreSQL keeps it, so that all workers of a
machine see the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from farm.devices import DeviceFault
from storage.postgres import statements

FAILURES_TO_OPEN = 3  # in a row; a damaged source or two are no reason
OPEN_S = 30.0  # at first
LONGEST_OPEN_S = 15 * 60.0
TRYOUT_S = 180.0  # after which a tryout counts as lost with its worker
MOST_TOLD = 500  # characters of an error that are kept


def note_failure(
    session: Session, key: str, fault: DeviceFault, message: str, open_s: float = OPEN_S
) -> bool:
    """Note that a step failed on a device; return whether its breaker is open now."""
    if not fault.is_the_devices:
        statements.rows(session, _NOTE, key=key, fault=fault.value, message=message[:MOST_TOLD])
        return bool(statements.value(session, _IS_OPEN, key=key))
    return bool(
        statements.value(
            session,
            _FAILED,
            key=key,
            fault=fault.value,
            message=message[:MOST_TOLD],
            enough=1 if fault.opens_at_once else FAILURES_TO_OPEN,
            open_s=open_s,
            longest_s=LONGEST_OPEN_S,
        )
    )


def note_success(session: Session, key: str) -> None:
    """Note that a step was done on a device: failures count in a row."""
    statements.rows(session, _SUCCEEDED, key=key)


def take_tryout(session: Session, keys: Sequence[str]) -> str | None:
    """Return one of these devices that is due for a tryout, which is the caller's then."""
    found: str | None = statements.value(session, _TAKE_TRYOUT, keys=list(keys), tryout_s=TRYOUT_S)
    return found


def close(session: Session, key: str) -> None:
    """Let work go to a device again, and have workers woken for what waits for one."""
    statements.rows(session, _CLOSE, key=key)
    statements.rows(session, _WAKE_AGAIN)


def reopen(session: Session, key: str, message: str, open_s: float = OPEN_S) -> None:
    """Keep work away from a device whose tryout failed, for longer than before."""
    statements.rows(
        session,
        _REOPEN,
        key=key,
        message=message[:MOST_TOLD],
        open_s=open_s,
        longest_s=LONGEST_OPEN_S,
    )


_PAUSE = "make_interval(secs => least(%(longest_s)s, %(open_s)s * power(2, least(opened, 16))))"

_NOTE = "UPDATE device SET last_fault = %(fault)s, last_error = %(message)s WHERE key = %(key)s"

_IS_OPEN = "SELECT open_until IS NOT NULL FROM device WHERE key = %(key)s"

# What was running when it opened fails after it, and makes nothing worse.
_FAILED = f"""
UPDATE device
   SET failures = failures + 1, last_fault = %(fault)s, last_error = %(message)s,
       opened = opened + CASE WHEN open_until IS NULL AND failures + 1 >= %(enough)s
                              THEN 1 ELSE 0 END,
       open_until = CASE WHEN open_until IS NULL AND failures + 1 >= %(enough)s
                         THEN now() + {_PAUSE} ELSE open_until END
 WHERE key = %(key)s
RETURNING open_until IS NOT NULL
"""

_SUCCEEDED = """
UPDATE device SET failures = 0, opened = 0
 WHERE key = %(key)s AND open_until IS NULL AND (failures > 0 OR opened > 0)
"""

_TAKE_TRYOUT = """
UPDATE device SET tryout_until = now() + make_interval(secs => %(tryout_s)s)
 WHERE key = (SELECT key FROM device
               WHERE key = ANY(%(keys)s) AND open_until <= now()
                 AND coalesce(tryout_until, '-infinity') <= now()
               ORDER BY open_until LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING key
"""

_CLOSE = """
UPDATE device SET failures = 0, open_until = NULL, tryout_until = NULL WHERE key = %(key)s
"""

_WAKE_AGAIN = """
UPDATE step SET woken_at = NULL
 WHERE id IN (SELECT id FROM step WHERE state = 'QUEUED' AND resource = 'gpu'
                 FOR UPDATE SKIP LOCKED)
"""

_REOPEN = f"""
UPDATE device
   SET opened = opened + 1, open_until = now() + {_PAUSE}, tryout_until = NULL,
       last_error = %(message)s
 WHERE key = %(key)s
"""
