"""Where the pointers of assets lead: moved to a generation or taken away, as PostgreSQL has it."""

from __future__ import annotations

from collections.abc import Callable

from farm.errors import Conflict
from farm.failpoint import reached
from farm.serial import digest
from services.origin import pointer_keys, pointers_to
from storage.objects.parallel import in_parallel
from storage.objects.store import ObjectStore
from storage.postgres import decisions, generations
from storage.postgres.database import Database, Transaction
from storage.postgres.generations import Asset, Numbered


def check_whole(origin: ObjectStore, generation: Numbered) -> None:
    """Return if every object of a generation is there as it was published.

    The digest of a generation is that of the names and digests of its objects: nothing less is
    compared. Raises Conflict where one is missing, was replaced, or came from elsewhere.
    """
    prefix = f"{generation.folder}/"
    keys = [found.key for found in origin.listed(prefix)]
    heads = in_parallel(origin.head, keys, origin.parallel)
    there = {head.key.removeprefix(prefix): head.sha256 for head in heads if head is not None}
    if digest(there) != generation.digest:
        raise Conflict(
            f"generation {generation.number} of {generation.asset.asset} is not at"
            f" {origin.url(generation.folder)} as it was published: submit the title again",
            input=str(generation.number),
            objects=len(there),
        )


def point(
    session: Transaction, origin: ObjectStore, asset: Asset, current: Numbered | None
) -> None:
    """Let the pointers of a locked asset lead to this generation, or take them away.

    Raises StorageUnavailable where its manifests are not whole, or the store refuses.
    """
    first, second = _moves(origin, asset, current)
    for move in (first, second):
        generations.lock(session, asset)  # is ours still: else this would be the stray one
        move()
        if move is first:
            reached("decide.between-pointers")


def obey(database: Database, origin: ObjectStore, asset: Asset, *, again: bool) -> None:
    """Let an asset's pointers follow what was decided of it, unless they do already.

    `again` where an attempt before this one was cut short, and may yet write.
    """
    with database.begin(asset.tenant) as session:
        generations.lock(session, asset)
        if not decisions.is_pending(session, asset):
            return
        reached("decide.before-pointers")
        point(session, origin, asset, generations.current(session, asset))
        decisions.obeyed(session, asset, again=again)
        reached("decide.after-pointers")


def _moves(
    origin: ObjectStore, asset: Asset, current: Numbered | None
) -> tuple[Callable[[], None], Callable[[], None]]:
    if current is not None:
        hls, dash = pointers_to(origin, current)
        return lambda: hls.put(origin), lambda: dash.put(origin)
    first, second = pointer_keys(asset)
    return lambda: origin.delete(first), lambda: origin.delete(second)
