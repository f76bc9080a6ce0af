"""Devices that decode for the processor: lent to steps that run, where one has a decode free.

Nobody waits for one. A step of class cpu that could use a decoder is claimed like any other, and
decodes on the processor where none is free at that moment. What is lent is held by the step's row,
as sessions of encodes are, and is free again when the step ends or its lease is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from farm.devices import HeldDevice
from storage.postgres import statements
from storage.postgres.claims import Claim
from storage.postgres.devices import USED
from storage.postgres.statements import Connected


def by_load(there: Connected, keys: Sequence[str]) -> list[str]:
    """Return those of these devices that have a decode free, the one with most to spare first."""
    return [key for (key,) in statements.rows(there, _FREE, keys=list(keys))]


def lend(session: Session, claimed: Claim, key: str) -> HeldDevice | None:
    """Have a claimed step hold a decode of a device; return None where it has none free for it.

    One device a transaction, as with encodes: it holds the device's row, so that of all workers
    that ask at once one at a time is given something.
    """
    held = statements.rows(session, _HOLD, key=key, step=claimed.step_id)
    if not held or not statements.value(session, _FITS, key=key, step=claimed.step_id):
        return None
    lent = statements.rows(session, _LENT, key=key, step=claimed.step_id, epoch=claimed.epoch)
    return HeldDevice(*held[0]) if lent else None


_FREE = f"""
SELECT device.key
  FROM device {USED}
 WHERE device.key = ANY(%(keys)s) AND device.open_until IS NULL
   AND device.decode_sessions > used.sessions
 ORDER BY device.decode_sessions - used.sessions DESC, device.key
"""

_HOLD = """
SELECT device.key, device.name, device.kind, device.driver
  FROM device JOIN step ON step.id = %(step)s
 WHERE device.key = %(key)s AND device.open_until IS NULL AND device.kind = step.device_kind
   AND step.resource = 'cpu' AND NOT step.avoids ? device.key
   FOR UPDATE OF device
"""

# Not even an idle device is given more than it decodes: the encode would wait for it, and the
# processor decodes as fast as it encodes.
_FITS = f"""
SELECT used.sessions + step.sessions <= device.decode_sessions
       AND used.pixels_per_s + step.pixels_per_s <= device.decode_pixels_per_s
  FROM device JOIN step ON step.id = %(step)s {USED}
 WHERE device.key = %(key)s
"""

_LENT = """
UPDATE step SET held_device = %(key)s
 WHERE id = %(step)s AND epoch = %(epoch)s AND state = 'RUNNING'
RETURNING id
"""
