"""Devices as the farm knows them: what workers found, and how much of each is free.

A claim on a device holds the device's row, so that of all workers that share it one at a time is
given sessions: never more than it has, whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from farm.devices import Capability, DecodeGain, DeviceKind, DeviceReport, HeldDevice
from farm.serial import from_json, to_json
from storage.postgres import claims, statements
from storage.postgres.admission import FreeDevice, Turn
from storage.postgres.claims import Claim
from storage.postgres.statements import Connected

FORGOTTEN_AFTER_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device as its worker last reported it, its circuit breaker, and what it has to do."""

    report: DeviceReport
    worker: str
    silent_s: float
    used: int  # sessions: encodes, of one that only decodes decodes
    failures: int  # in a row
    open_for_s: float | None  # None: closed; 0: half open, to be tried
    last_fault: str | None
    last_error: str | None

    @property
    def breaker(self) -> str:
        """Return the breaker's state in a word or two."""
        if self.open_for_s is None:
            return "closed"
        return "open" if self.open_for_s > 0 else "half-open"


def take_turns(session: Session, machine: str) -> None:
    """Wait until no other process tries the machine's devices, and keep others from it."""
    statements.rows(session, _TAKE_TURNS, machine=machine)


def note(session: Session, worker: str, report: DeviceReport) -> None:
    """Write down what a worker's tryouts showed; what is known of the breaker stays."""
    statements.rows(
        session,
        _NOTE,
        key=report.key,
        name=report.name,
        kind=report.kind,
        worker=worker,
        driver=report.driver[:256],
        sessions=report.sessions,
        pixels_per_s=report.pixels_per_s,
        capabilities=json.dumps(to_json(list(report.capabilities))),
        decodes=json.dumps(list(report.decodes)),
        decode_sessions=report.decode_sessions,
        decode_pixels_per_s=report.decode_pixels_per_s,
        gains=json.dumps(to_json(list(report.gains))),
    )


def see(session: Session, worker: str, keys: Sequence[str]) -> None:
    """Note that the worker's devices are still there."""
    if keys:
        statements.rows(session, _SEE, keys=list(keys), worker=worker)


def known(
    there: Connected, key: str, driver: str, within_s: float, tried_within_s: float
) -> DeviceReport | None:
    """Return what another process of the machine found out about a device it still reports."""
    found = statements.rows(
        there, _KNOWN, key=key, driver=driver[:256], within_s=within_s, tried_s=tried_within_s
    )
    return _report(found[0]) if found else None


def listed(there: Connected) -> list[ListedDevice]:
    """Return every device that was reported within a day, by worker and name."""
    return [
        ListedDevice(
            report=_report(row[:9]),
            worker=row[9],
            silent_s=float(row[10]),
            used=int(row[11]),
            failures=row[12],
            open_for_s=None if row[13] is None else max(0.0, float(row[13])),
            last_fault=row[14],
            last_error=row[15],
        )
        for row in statements.rows(there, _LISTED)
    ]


def usable(there: Connected, within_s: float, *, awaited: bool = False) -> list[DeviceReport]:
    """Return the devices that work may be planned for: alive and working, breaker closed.

    With `awaited` those too that may come back: reported within a day, whatever their breaker says.
    """
    return [
        device.report
        for device in listed(there)
        if device.report.works
        and (awaited or (device.silent_s <= within_s and device.open_for_s is None))
    ]


def free(there: Connected, keys: Sequence[str]) -> tuple[FreeDevice, ...]:
    """Return what is free of these devices, those that take nothing left out.

    An idle device takes any step, however fast it would have to be.
    """
    rows = statements.rows(there, _FREE, keys=list(keys))
    return tuple(FreeDevice(key, kind, spare, float(pixels)) for key, kind, spare, pixels in rows)


def claim_with_device(
    session: Session, turn: Turn, key: str, worker: str, lease_s: float
) -> Claim | None:
    """Lease a step of class gpu to `worker` together with sessions on one of its devices.

    Returns None where that has not enough free now, or the step is somebody else's. One device a
    transaction: whoever held one row and waited for another would wait for each other.
    """
    held = statements.rows(session, _HOLD, key=key, step=turn.step_id)
    if not held or not statements.value(session, _FITS, key=key, step=turn.step_id):
        return None
    claimed = claims.claim(session, [turn.step_id], worker, lease_s)
    if claimed is None:
        return None
    statements.rows(session, _HELD, step=turn.step_id, epoch=claimed.epoch, key=key)
    return replace(claimed, device=HeldDevice(*held[0]))


def forget_the_dead(session: Session) -> None:
    """Strike devices off that no worker has reported for a day."""
    statements.rows(session, _FORGET, after_s=FORGOTTEN_AFTER_S)


def _report(row: Sequence[object]) -> DeviceReport:
    key, name, kind, driver, sessions, capabilities, decodes, decode_sessions, gains = row
    device_kind: DeviceKind = "nvenc" if kind == "nvenc" else "vaapi"
    return DeviceReport(
        key=str(key),
        name=str(name),
        kind=device_kind,
        driver=str(driver),
        sessions=int(str(sessions)),
        capabilities=tuple(from_json(list[Capability], capabilities)),
        decodes=tuple(from_json(list[str], decodes)),
        decode_sessions=int(str(decode_sessions)),
        gains=tuple(from_json(list[DecodeGain], gains)),
    )


_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('device:' || %(machine)s, 0))"

_NOTE = """
INSERT INTO device (key, name, kind, worker, driver, sessions, pixels_per_s, capabilities, decodes,
                    decode_sessions, decode_pixels_per_s, gains, tried_at, seen_at)
VALUES (%(key)s, %(name)s, %(kind)s, %(worker)s, %(driver)s, %(sessions)s, %(pixels_per_s)s,
        CAST(%(capabilities)s AS jsonb), CAST(%(decodes)s AS jsonb),
        %(decode_sessions)s, %(decode_pixels_per_s)s, CAST(%(gains)s AS jsonb), now(), now())
ON CONFLICT (key) DO UPDATE
   SET name = excluded.name, worker = excluded.worker, driver = excluded.driver,
       sessions = excluded.sessions, pixels_per_s = excluded.pixels_per_s,
       capabilities = excluded.capabilities, decodes = excluded.decodes,
       decode_sessions = excluded.decode_sessions,
       decode_pixels_per_s = excluded.decode_pixels_per_s, gains = excluded.gains,
       tried_at = now(), seen_at = now()
"""

_SEE = """
WITH mine AS (SELECT key FROM device WHERE key = ANY(%(keys)s) ORDER BY key FOR UPDATE)
UPDATE device SET seen_at = now(), worker = %(worker)s FROM mine WHERE device.key = mine.key
"""

_COLUMNS = "key, name, kind, driver, sessions, capabilities, decodes, decode_sessions, gains"

_KNOWN = f"""
SELECT {_COLUMNS}
  FROM device
 WHERE key = %(key)s AND driver = %(driver)s
   AND seen_at > now() - make_interval(secs => %(within_s)s)
   AND tried_at > now() - make_interval(secs => %(tried_s)s)
"""

_LISTED = f"""
SELECT {_COLUMNS}, worker, extract(epoch FROM now() - seen_at),
       (SELECT coalesce(sum(step.sessions), 0) FROM step
         WHERE step.state = 'RUNNING' AND step.held_device IS NOT NULL
           AND step.held_device = device.key),
       failures, extract(epoch FROM open_until - now()), last_fault, last_error
  FROM device
 ORDER BY worker, name
"""

# Used is what runs there: a step that ended, or whose lease was taken back, holds nothing.
USED = """
 CROSS JOIN LATERAL (
    SELECT coalesce(sum(step.sessions), 0) AS sessions,
           coalesce(sum(step.pixels_per_s), 0) AS pixels_per_s
      FROM step
     WHERE step.state = 'RUNNING' AND step.held_device IS NOT NULL
       AND step.held_device = device.key) AS used
"""

_FREE = f"""
SELECT device.key, device.kind, device.sessions - used.sessions,
       CASE WHEN used.sessions = 0 THEN 'infinity'::float8
            ELSE device.pixels_per_s - used.pixels_per_s END
  FROM device {USED}
 WHERE device.key = ANY(%(keys)s) AND device.open_until IS NULL
   AND device.sessions > used.sessions
"""

_HOLD = """
SELECT device.key, device.name, device.kind, device.driver
  FROM device JOIN step ON step.id = %(step)s
 WHERE device.key = %(key)s AND device.open_until IS NULL AND device.kind = step.device_kind
   AND NOT step.avoids ? device.key
   FOR UPDATE OF device
"""

# A statement of its own, since it has to see what was committed while the row was waited for.
_FITS = f"""
SELECT used.sessions + step.sessions <= device.sessions
       AND (used.sessions = 0 OR used.pixels_per_s + step.pixels_per_s <= device.pixels_per_s)
  FROM device JOIN step ON step.id = %(step)s {USED}
 WHERE device.key = %(key)s
"""

_HELD = "UPDATE step SET held_device = %(key)s WHERE id = %(step)s AND epoch = %(epoch)s"

_FORGET = "DELETE FROM device WHERE seen_at < now() - make_interval(secs => %(after_s)s)"
