"""API keys: who may ask for what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.context import Admin, Farm, SignedIn
from api.paging import After, Limit, Page, cut, read_place
from farm.access import EVERY_TENANT, Scope
from farm.errors import InvalidSpec
from farm.spec import ASSET_PATTERN
from services import keys
from storage.postgres.keys import KeyRow

routes = APIRouter(prefix="/v1", tags=["keys"])

KeyId = Annotated[
    str, Path(pattern=r"^rf_[a-z0-9]{12}$", max_length=15, examples=["rf_k3v9x0q2m7ab"])
]
OWNER_PATTERN = rf"^\*$|{ASSET_PATTERN}"


class KeyWanted(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        min_length=1,
        max_length=128,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="for people: who uses it, and what for",
        examples=["the CMS of studio A"],
    )
    scopes: list[Scope] = Field(min_length=1, max_length=8)
    tenant: str | None = Field(
        None,
        pattern=OWNER_PATTERN,
        max_length=128,
        description="for operators, who have to say: whose key it is, `*` for an operator's",
    )
    expires_at: AwareDatetime | None = None


class KeyShown(BaseModel):
    """What is known of a key; the key itself is not."""

    id: str = Field(description="its public beginning", examples=["rf_k3v9x0q2m7ab"])
    tenant: str = Field(description="`*`: an operator's")
    name: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None = Field(description="to the minute")


class KeyMade(KeyShown):
    """A key just made."""

    token: str = Field(description="the key itself: shown now, and never again")


class WhoIAm(BaseModel):
    """Whose key a request came with."""

    key: str
    name: str
    tenant: str = Field(description="`*`: an operator's, for all tenants")
    acts_for: str = Field(description="the tenant that gets what is made with it")
    scopes: list[Scope]


@routes.get("/whoami", summary="Whose key is this?")
def whoami(farm: Farm, caller: SignedIn) -> WhoIAm:
    """For every key that holds."""
    return WhoIAm(
        key=caller.name,
        name=keys.own_key(farm.database, caller).name,
        tenant=caller.key_tenant,
        acts_for=caller.acts_for,
        scopes=sorted(caller.scopes),
    )


@routes.post("/keys", status_code=201, summary="Make a key")
def make(farm: Farm, caller: Admin, asked: KeyWanted) -> KeyMade:
    """With no more scopes than the one that asks, and of no other tenant; operators name any."""
    if caller.is_operator and asked.tenant is None:
        raise InvalidSpec.of(
            "tenant", f"say whose key it is: the name of a tenant, or {EVERY_TENANT} for operators"
        )
    made = keys.make_key(
        farm.database, caller, asked.name, asked.scopes, asked.tenant, asked.expires_at
    )
    return KeyMade.model_validate({**_facts(made.row), "token": made.token})


@routes.get("/keys", summary="List keys")
def list_keys(farm: Farm, caller: Admin, after: After = None, limit: Limit = 50) -> Page[KeyShown]:
    """Those made first first, also those that hold no longer."""
    place: Any = read_place(after, datetime, str)
    found = keys.list_keys(farm.database, caller, place, limit + 1)
    return Page(
        items=[KeyShown.model_validate(_facts(row)) for row in found[:limit]],
        next=cut(found, limit, lambda row: (row.created_at, row.id)),
    )


@routes.delete("/keys/{key_id}", status_code=204, summary="Revoke a key")
def revoke(farm: Farm, caller: Admin, key_id: KeyId) -> None:
    """It holds no longer, at once."""
    keys.revoke_key(farm.database, caller, key_id)


def _facts(row: KeyRow) -> dict[str, Any]:
    return {
        "id": f"rf_{row.id}",
        "tenant": row.tenant,
        "name": row.name,
        "scopes": row.scopes,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "used_at": row.used_at,
    }
