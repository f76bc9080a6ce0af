"""API keys: made, held against what a request brings, revoked; and the tenants they are of."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from farm.access import EVERY_TENANT, LOCAL, Caller, Scope
from farm.errors import InvalidSpec, NotFound, NotSignedIn
from farm.spec import ASSET_PATTERN
from storage.postgres import audit, keys
from storage.postgres.database import Database
from storage.postgres.keys import KeyRow
from storage.postgres.models import ApiKey

# rf_ID_SECRET: scanners for leaked secrets know it by its beginning, people by its id. The secret
# has 256 bits of chance, so that one fast hash is enough: there is nothing to guess.
KEY = re.compile(r"rf_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the only moment in which `token` is known."""

    row: KeyRow
    token: str


def authenticate(database: Database, token: str) -> Caller:
    """Return whoever this key is of; raise NotSignedIn where it does not hold."""
    found = KEY.fullmatch(token)
    if found is None:
        raise NotSignedIn("that is no key of ReelFarm's: keys look like rf_..._...")
    with database.autocommit() as connection:
        known = keys.use(connection, found[1])
    if known is None or not hmac.compare_digest(known[2], _digest(token)):
        raise NotSignedIn(f"the key rf_{found[1]} does not hold: it is unknown, expired or revoked")
    tenant, scopes, _ = known
    return caller_of(found[1], tenant, scopes)


def caller_of(key_id: str, tenant: str, scopes: Iterable[str]) -> Caller:
    """Return whoever asks with a key that holds."""
    return Caller(f"rf_{key_id}", tenant, frozenset(map(Scope, scopes)))


def make_key(
    database: Database,
    caller: Caller,
    name: str,
    scopes: Collection[Scope],
    tenant: str | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Return a new key of the caller's tenant, or for operators of any one, or of all ("*").

    Raises InvalidSpec without a scope or for a time that is over, NotPermitted for a scope that the
    caller lacks, NotFound for a tenant that is not there or not the caller's.
    """
    if not scopes:
        raise InvalidSpec.of("scopes", "name at least one")
    for scope in sorted(scopes):
        caller.check(scope)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidSpec.of("expires_at", "give a time that is yet to come")
    owner = caller.about(tenant)
    token, row = _new_key(owner.tenant, name, scopes, caller.name, expires_at)
    with database.begin(caller.tenant) as session:
        if not owner.is_operator and keys.tenant(session, owner.tenant) is None:
            raise NotFound(f"there is no tenant {owner.tenant}: make it first", input=owner.tenant)
        made = keys.add(session, row)
        audit.note(session, owner, "key.made", f"rf_{made.id}", scopes=[*made.scopes], name=name)
    return NewKey(made, token)


def make_tenant(database: Database, caller: Caller, name: str) -> bool:
    """Write down a tenant and return whether it is new; raise NotPermitted for no operator."""
    caller = caller.as_operator()
    if not re.fullmatch(ASSET_PATTERN, name):
        raise InvalidSpec.of("name", f"{name!a}: use letters, digits, '.', '_' and '-'")
    with database.begin(caller.tenant) as session:
        is_new = keys.add_tenant(session, name)
        if is_new:
            audit.note(session, caller.about(name), "tenant.made", name)
    return is_new


def first_key(database: Database) -> NewKey | None:
    """Return a key for everything, None where an operator has one already."""
    with database.begin(EVERY_TENANT) as session:
        if keys.any_operator(session):
            return None
    return make_key(database, LOCAL, "the first key", list(Scope))


def own_key(database: Database, caller: Caller) -> KeyRow:
    """Return what is known of the key that the caller came with; raise NotFound without one."""
    with database.begin(caller.key_tenant) as session:
        row = keys.find(session, caller.name.removeprefix("rf_"))
    if row is None:
        raise NotFound(f"{caller.name} is no key: it is who works on the machine")
    return row


def list_keys(
    database: Database, caller: Caller, after: tuple[datetime, str] | None, limit: int
) -> list[KeyRow]:
    """Return the caller's tenant's keys, those made first first."""
    with database.begin(caller.tenant) as session:
        return list(keys.listed(session, caller.tenant, after, limit))


def revoke_key(database: Database, caller: Caller, key_id: str) -> KeyRow:
    """Let a key hold no longer, at once; raise NotFound where the caller has no such key."""
    with database.begin(caller.tenant) as session:
        row = keys.revoke(session, caller.tenant, key_id.removeprefix("rf_"))
        if row is None:
            raise NotFound(f"there is no key {key_id}: check the id", input=key_id)
        audit.note(session, caller.about(row.tenant), "key.revoked", f"rf_{row.id}", name=row.name)
    return row


def _new_key(
    tenant: str,
    name: str,
    scopes: Collection[Scope],
    author: str,
    expires_at: datetime | None,
) -> tuple[str, ApiKey]:
    key_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(12))
    token = f"rf_{key_id}_{secrets.token_urlsafe(32)}"
    row = ApiKey(
        id=key_id,
        tenant=tenant,
        name=name,
        scopes=sorted(scope.value for scope in set(scopes)),
        digest=_digest(token),
        created_by=author,
        expires_at=expires_at,
    )
    return token, row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
