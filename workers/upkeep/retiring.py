"""Taking generations that nobody plays any more off an origin, and bringing stray pointers home."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from farm.failpoint import reached
from services.origin import is_manifest, led_to
from services.pointing import point
from storage.objects.parallel import in_parallel
from storage.objects.store import ObjectStore
from storage.postgres import decisions, generations, retirement
from storage.postgres.database import Database
from storage.postgres.generations import Asset, Numbered

log = logging.getLogger("reelfarm.housekeeping")


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was done for one asset."""

    mended: bool = False  # the pointers led elsewhere than to the current generation
    marked: int = 0  # generations to remove


def tidy(database: Database, origin: ObjectStore, asset: Asset, keep_s: float) -> Tidied:
    """Let an asset's pointers lead where PostgreSQL says, then note which generations are to go.

    To its current generation, or nowhere where that was decided. What the pointers led to until now
    stays playable for `keep_s` seconds more. An asset that somebody is publishing at this moment is
    left to the next pass.
    """
    with database.begin() as session:
        if not generations.try_lock(session, asset):
            return Tidied()
        led, pending = led_to(origin, asset), decisions.is_pending(session, asset)
        current = generations.current(session, asset)
        wanted = {current.number} if current is not None else set()
        known = current is not None or decisions.is_unpublished(session, asset)
        mended = pending or (known and not led <= wanted)
        if mended:
            astray = {number for number in led - wanted if number is not None}
            retirement.supersede_anew(session, asset, astray)
            point(session, origin, asset, current)
            log.warning(
                "%s: the pointers led to %s instead of %s, and were written again",
                origin.url(asset.folder),
                sorted(astray) or ("an unknown one" if None in led else "nothing new"),
                f"generation {current.number}" if current is not None else "nothing",
            )
            led = set(wanted)
        if pending:
            decisions.obeyed(session, asset, again=True)
        if current is None and None in led:
            return Tidied()  # a pointer of unknown origin may lead to any of them
        spared = {number for number in led if number is not None} if current is None else set()
        marked = retirement.mark(session, asset, keep_s, spared)
    if marked:
        reached("housekeeping.after-mark")
        log.info("%s: generations %s are being removed", origin.url(asset.folder), marked)
    return Tidied(mended, len(marked))


def end_tests(database: Database, origin: ObjectStore, asset: Asset, keep_s: float) -> Tidied:
    """Take an asset's tests that ended so long ago off players, and note that they are to go."""
    with database.begin() as session:
        if not generations.try_lock(session, asset):
            return Tidied()
        over = retirement.over(session, asset, keep_s)
        led, current = led_to(origin, asset), generations.current(session, asset)
        if current is None or current.number in over:
            if led:
                point(session, origin, asset, None)
        elif led & over:
            return Tidied()  # a stray pointer: `tidy` brings it home first
        retirement.mark_over(session, asset, over)
    return Tidied(marked=len(over))


def remove(origin: ObjectStore, generation: Numbered) -> int:
    """Remove the objects of a generation, first those that name others; return how many."""
    keys = [found.key for found in origin.listed(f"{generation.folder}/")]
    manifests = [key for key in keys if is_manifest(key)]
    in_parallel(origin.delete, manifests, origin.parallel)
    reached("housekeeping.after-manifests")
    in_parallel(origin.delete, set(keys) - set(manifests), origin.parallel)
    return len(keys)
