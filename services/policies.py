"""Ladders and QC policies that tenants keep in the farm, beside those that come with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from farm.access import Caller
from farm.errors import NotFound
from farm.ladder_policy import LadderPolicy
from farm.spec import QcPolicy
from farm.spec.request import STANDARD_QC
from ladders.load import is_preset, load_policy, preset_names
from services.documents import LADDER, QC, read_body
from storage.postgres import audit, documents, keys
from storage.postgres.database import Database, Transaction
from storage.postgres.models import Document


@dataclass(frozen=True, slots=True)
class PolicyKeeping:
    """A kind of policy: what it is called, what it has to be, and those that come with the farm."""

    kind: str
    noun: str
    model: type[BaseModel]
    preset_names: Callable[[], Sequence[str]]
    is_preset: Callable[[str], bool]  # also of names that presets had before
    preset: Callable[[str], BaseModel]


LADDERS = PolicyKeeping(LADDER, "ladder", LadderPolicy, preset_names, is_preset, load_policy)
QC_POLICIES = PolicyKeeping(
    QC,
    "QC policy",
    QcPolicy,
    lambda: (STANDARD_QC,),
    lambda name: name == STANDARD_QC,
    lambda name: QcPolicy(name=name),
)


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A policy under its name: a version of a tenant's own, or one that comes with the farm."""

    name: str
    body: Mapping[str, Any]
    tenant: str | None = None  # None, as all that follows: it comes with the farm
    version: int | None = None
    created_at: datetime | None = None
    created_by: str | None = None

    @property
    def is_preset(self) -> bool:
        """Return whether it comes with the farm."""
        return self.version is None


def list_policies(
    database: Database, caller: Caller, keeping: PolicyKeeping, after: str, limit: int
) -> list[KeptPolicy]:
    """Return the tenant's policies and, where none of its own has the name, those of the farm.

    By name, after one name.
    """
    with database.begin(caller.tenant) as session:
        own = documents.listed(session, caller.acts_for, keeping.kind, after, limit)
        found = {row.name: _own(row) for row in own}
        for name in keeping.preset_names():
            if (
                name > after
                and documents.newest(session, caller.acts_for, keeping.kind, name) is None
            ):
                found[name] = _preset(keeping, name)
    return [found[name] for name in sorted(found)][:limit]


def read_policy(
    database: Database, caller: Caller, keeping: PolicyKeeping, name: str, version: int | None
) -> KeptPolicy:
    """Return the policy of that name that counts, or one version of it; raise NotFound."""
    with database.begin(caller.tenant) as session:
        if version is None:
            found = documents.newest(session, caller.acts_for, keeping.kind, name)
        else:
            found = documents.version(session, caller.acts_for, keeping.kind, name, version)
    if found is not None:
        return _own(found)
    if version is None and keeping.is_preset(name):
        return _preset(keeping, name)
    raise _not_there(keeping, name, version)


def list_versions(
    database: Database,
    caller: Caller,
    keeping: PolicyKeeping,
    name: str,
    before: int | None,
    limit: int,
) -> Sequence[Document]:
    """Return the versions of a policy, the newest first; raise NotFound where there never was one.

    Those without a body say from when on it was not there.
    """
    with database.begin(caller.tenant) as session:
        found = documents.versions(session, caller.acts_for, keeping.kind, name, before, limit)
    if not found and before is None:
        raise _not_there(keeping, name)
    return found


def write_policy(
    database: Database,
    caller: Caller,
    keeping: PolicyKeeping,
    name: str,
    body: Mapping[str, Any],
) -> KeptPolicy:
    """Keep a policy under a name, as its next version where it differs from the one before.

    Raises InvalidSpec naming each field at fault.
    """
    read = read_body(keeping.model, {**body, "name": name}).model_dump(mode="json")
    with database.begin(caller.tenant) as session:
        _check_tenant(session, caller)
        row, is_new = documents.write(
            session, caller.acts_for, keeping.kind, name, read, caller.name
        )
        if is_new:
            audit.note(session, caller, f"{keeping.kind}.written", name, version=row.version)
    return KeptPolicy(name, read, row.tenant, row.version, row.created_at, row.created_by)


def remove_policy(database: Database, caller: Caller, keeping: PolicyKeeping, name: str) -> None:
    """Have no policy of that name from now on; its versions stay, as do jobs made with them.

    Raises NotFound where the tenant has none of its own.
    """
    with database.begin(caller.tenant) as session:
        if documents.newest(session, caller.acts_for, keeping.kind, name) is None:
            raise _not_there(keeping, name)
        row, is_new = documents.write(
            session, caller.acts_for, keeping.kind, name, None, caller.name
        )
        if is_new:
            audit.note(session, caller, f"{keeping.kind}.removed", name, version=row.version)


def _check_tenant(session: Transaction, caller: Caller) -> None:
    """Return if there is the tenant for whom something is to be kept; raise NotFound otherwise.

    Operators may name any.
    """
    if keys.tenant(session, caller.acts_for) is None:
        raise NotFound(
            f"there is no tenant {caller.acts_for}: make it first", input=caller.acts_for
        )


def _own(row: documents.Version) -> KeptPolicy:
    return KeptPolicy(row.name, row.body, row.tenant, row.version, row.created_at, row.created_by)


def _preset(keeping: PolicyKeeping, name: str) -> KeptPolicy:
    return KeptPolicy(name, keeping.preset(name).model_dump(mode="json"))


def _not_there(keeping: PolicyKeeping, name: str, version: int | None = None) -> NotFound:
    if version is not None:
        return NotFound(
            f"{keeping.noun} {name} has no version {version}: look at its versions", input=name
        )
    return NotFound(f"there is no {keeping.noun} {name}: check the name", input=name)
