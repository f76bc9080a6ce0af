"""Taking generations that nobody plays any more off an origin, and bringing stray pointers home."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from farm.failpoint import reached
from storage.objects.parallel import in_parallel
from storage.objects.store import ObjectStore
from storage.postgres import generations, retirement
from storage.postgres.database import Database
from storage.postgres.generations import Asset, Numbered
from workers.publishing.origin import is_manifest, led_to, pointers_to

log = logging.getLogger("reelfarm.housekeeping")


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was done for one asset."""

    mended: bool = False  # the pointers led elsewhere than to the current generation
    marked: int = 0  # generations to remove


def tidy(database: Database, origin: ObjectStore, asset: Asset, keep_s: float) -> Tidied:
    """Let an asset's pointers lead to its current generation, then note which others are to go.

    What the pointers led to until now stays playable for `keep_s` seconds more. An asset that
    somebody is publishing at this moment is left to the next pass.
    """
    with database.begin() as session:
        if not generations.try_lock(session, asset):
            return Tidied()
        led = led_to(origin, asset)
        current = generations.current(session, asset)
        mended = current is not None and not led <= {current.number}
        if current is not None and mended:
            astray = {number for number in led if number not in (None, current.number)}
            retirement.supersede_anew(session, asset, astray)
            for pointer in pointers_to(origin, current):
                generations.lock(session, asset)  # is ours still: else this would be the stray one
                pointer.put(origin)
            log.warning(
                "%s: the pointers led to %s instead of generation %d, and were written again",
                *(origin.url(asset.folder), sorted(astray) or "an unknown one", current.number),
            )
        if current is None and None in led:
            return Tidied()  # a pointer of unknown origin may lead to any of them
        spared = {number for number in led if number is not None} if current is None else set()
        marked = retirement.mark(session, asset, keep_s, spared)
    if marked:
        reached("housekeeping.after-mark")
        log.info("%s: generations %s are being removed", origin.url(asset.folder), marked)
    return Tidied(mended, len(marked))


def remove(origin: ObjectStore, generation: Numbered) -> int:
    """Remove the objects of a generation, first those that name others; return how many."""
    keys = [found.key for found in origin.listed(f"{generation.folder}/")]
    manifests = [key for key in keys if is_manifest(key)]
    in_parallel(origin.delete, manifests, origin.parallel)
    reached("housekeeping.after-manifests")
    in_parallel(origin.delete, set(keys) - set(manifests), origin.parallel)
    return len(keys)
