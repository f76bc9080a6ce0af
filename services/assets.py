"""What is live of an asset, what was, and changing it: back to a generation, or to none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from farm.access import Caller
from farm.errors import Conflict, InvalidSpec, NotFound
from farm.events import EventType, News
from farm.settings import Settings
from farm.spec import in_tests
from services.locations import load_locations, locations_now, open_origin_of
from services.once import Once, answered_before, keep_answer
from services.pointing import check_whole, obey
from storage.postgres import assets, audit, decisions, events, generations
from storage.postgres.assets import AssetPlace, AtOrigin, can_be_live
from storage.postgres.database import Database, Transaction
from storage.postgres.generations import Asset, Numbered
from storage.postgres.models import Decision, Generation

DONE = 200


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided of an asset at an origin: the generation that is live, None for none."""

    asset: Asset
    generation: int | None
    decided_at: datetime


Tell = Callable[[Decided], dict[str, Any]]  # the answer to what was decided


def list_assets(
    database: Database, caller: Caller, text: str | None, after: AssetPlace | None, limit: int
) -> list[list[AtOrigin]]:
    """Return the caller's assets by tenant and name, after a place; each at each of its origins."""
    with database.begin(caller.tenant) as session:
        places = assets.listed(session, caller.tenant, text, after, limit)
        found: dict[AssetPlace, list[AtOrigin]] = {place: [] for place in places}
        for one in assets.at_origins(session, places):
            if one.generations:
                found[one.asset.tenant, one.asset.asset].append(one)
    return list(found.values())


def read_asset(database: Database, caller: Caller, name: str) -> list[AtOrigin]:
    """Return an asset at each of its origins; raise NotFound where the caller has none like it.

    An operator who asks about no tenant gets that of the one tenant that has it; Conflict where
    several have.
    """
    with database.begin(caller.tenant) as session:
        return _read(session, caller, name)


def roll_back(
    database: Database,
    settings: Settings,
    caller: Caller,
    name: str,
    origin: str | None,
    number: int,
    tell: Tell,
    once: Once | None = None,
) -> dict[str, Any]:
    """Let an earlier generation of an asset be live again, and return what `tell` says of it.

    From now on: what was submitted before does not replace it any more. Every object of it is
    looked at first. Raises NotFound where there is no such generation, Conflict where it is not
    whole or being removed, StorageUnavailable where the origin does not answer: once decided, a
    reconciler sees to it then.
    """

    def choose(at: AtOrigin) -> Generation:
        chosen = next((each for each in at.generations if each.number == number), None)
        if chosen is None:
            raise NotFound(f"{name} has no generation {number}: look at its history", input=name)
        if not can_be_live(chosen):
            why = "is being removed" if chosen.removing_at is not None else "was never whole"
            raise Conflict(f"generation {number} of {name} {why}: submit the title again")
        return chosen

    return _decide(database, settings, caller, name, origin, choose, tell, once)


def unpublish(
    database: Database,
    settings: Settings,
    caller: Caller,
    name: str,
    origin: str | None,
    tell: Tell,
    once: Once | None = None,
) -> dict[str, Any]:
    """Let no generation of an asset be live, and return what `tell` says of it.

    Players get no manifest any more; those that play go on until the generations go, as superseded
    ones do. What was submitted before does not bring it back; a new submission does. Raises
    NotFound and StorageUnavailable as `roll_back` does.
    """
    return _decide(database, settings, caller, name, origin, _none, tell, once)


def _none(_: AtOrigin) -> None:
    return None


def _decide(
    database: Database,
    settings: Settings,
    caller: Caller,
    name: str,
    origin: str | None,
    choose: Callable[[AtOrigin], Generation | None],
    tell: Tell,
    once: Once | None,
) -> dict[str, Any]:
    with database.begin(caller.tenant) as session:
        at = _pick(_read(session, caller, name), origin)
        answer = answered_before(session, caller, once)
        chosen = choose(at) if answer is None else None
        locations = locations_now(session, load_locations(settings), at.asset.tenant)
    allowed = locations.origins(at.asset.tenant)
    store = open_origin_of(at.asset, allowed, settings)
    if chosen is not None:
        check_whole(store, Numbered(at.asset, chosen.number, chosen.digest))
    is_new = False
    if answer is None:
        with database.begin(caller.tenant) as session:
            answer = answered_before(session, caller, once)
            if answer is None:
                generations.lock(session, at.asset)
                at = _pick(_read(session, caller, name), at.asset.origin)
                decided, is_new = _note(session, caller, at, choose(at))
                answer = tell(Decided(at.asset, decided.generation, decided.decided_at))
                keep_answer(session, caller, once, DONE, answer)
    obey(database, store, at.asset, again=not is_new)
    return answer


def _note(
    session: Transaction, caller: Caller, at: AtOrigin, chosen: Generation | None
) -> tuple[Decision, bool]:
    """Decide, unless that is decided and nothing could come after it; return whether it is new."""
    asset, before, live = at.asset, at.decision, at.live
    stands = (live.number if live else None) == (chosen.number if chosen else None)
    if (
        stands
        and before is not None
        and before.generation == (chosen.number if chosen else None)
        and not decisions.is_contested(session, asset, before)
    ):
        return before, False
    if chosen is not None:
        generations.publish_again(session, asset, chosen.number)
    else:
        generations.supersede(session, asset)
    number = chosen.number if chosen else None
    decisions.decide(session, asset, number, caller.name)
    kind = EventType.ASSET_UNPUBLISHED if chosen is None else EventType.ASSET_ROLLED_BACK
    told = number if chosen else (live.number if live else None)
    about = {"asset": asset.asset, "origin": asset.origin, "generation": told}
    events.tell_of_asset(session, asset.tenant, News(kind, about))
    audit.note(
        session,
        caller,
        kind.value,
        asset.asset,
        tenant=asset.tenant,
        origin=asset.origin,
        generation=number,
        before=live.number if live else None,
    )
    decided = decisions.newest(session, asset)
    assert decided is not None
    return decided, True


def _read(session: Transaction, caller: Caller, name: str) -> list[AtOrigin]:
    owners = assets.owners(session, caller.tenant, name)
    if not owners:
        raise NotFound(f"there is no asset {name}: check the name", input=name)
    if len(owners) > 1:
        raise Conflict(
            f"several tenants have an asset {name}: name one in the header ReelFarm-Tenant",
            input=name,
            tenants=owners,
        )
    return assets.at_origins(session, [(owners[0], name)])


def _pick(found: list[AtOrigin], origin: str | None) -> AtOrigin:
    """Return the asset at one origin: the one named, or the only one but for tests."""
    if origin is None:
        candidates = [at for at in found if not in_tests(at.asset.origin)] or found
    else:
        candidates = [at for at in found if at.asset.origin == origin]
    name = found[0].asset.asset
    if not candidates:
        raise NotFound(f"{name} is not at {origin}: check the origin", input=origin)
    if len(candidates) > 1:
        message = f"name one of {', '.join(at.asset.origin for at in candidates)}"
        raise InvalidSpec(
            f"{name} is at several origins: {message}",
            fields=[{"field": "origin", "message": message}],
            input="origin",
        )
    return candidates[0]
