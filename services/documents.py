"""What tenants keep under names: ladders, QC policies, and what the farm holds them to.

Every version stays, and a job notes which it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from farm.errors import InvalidSpec
from farm.ladder_policy import LadderPolicy
from farm.spec import QcPolicy, anywhere, refused
from farm.spec.request import STANDARD_QC
from farm.spec.title import one_spelling, storable
from ladders.load import is_preset, load_policy, preset_names
from services.locations import ITSELF
from storage.postgres import documents
from storage.postgres.database import Transaction

LADDER, QC, TENANT = "ladder", "qc", "tenant"
INGEST = "ingest"  # rules by which new objects become titles

M = TypeVar("M", bound=BaseModel)


class TenantPolicy(BaseModel):
    """What the farm holds a tenant to; None: no limit of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str | None = Field(None, max_length=1024, description="where its titles go by default")
    running_titles: int | None = Field(None, ge=0, le=100_000, description="in progress at once")
    waiting_titles: int | None = Field(None, ge=0, le=10_000_000, description="taken in, not begun")
    minutes_a_day: float | None = Field(
        None, ge=0, le=10_000_000, description="of source, in any 24 hours"
    )
    requests_a_minute: int | None = Field(None, ge=1, le=1_000_000, description="to the API")

    @field_validator("origin")
    @classmethod
    def _one_spelling(cls, origin: str | None) -> str | None:
        return None if origin is None else one_spelling(anywhere(origin))


def find_ladder(session: Transaction, tenant: str, name: str) -> tuple[LadderPolicy, int | None]:
    """Return the tenant's ladder of that name with its version, or else the preset.

    Raises InvalidSpec where there is neither.
    """
    found = documents.newest(session, tenant, LADDER, name)
    if found is not None:
        return LadderPolicy.model_validate(found.body), found.version
    if is_preset(name):
        return load_policy(name), None
    raise _unknown("ladder", name, preset_names())


def find_qc(session: Transaction, tenant: str, name: str) -> tuple[QcPolicy, int | None]:
    """Return the tenant's QC policy of that name with its version, or the standard one."""
    found = documents.newest(session, tenant, QC, name)
    if found is not None:
        return QcPolicy.model_validate(found.body), found.version
    if name == STANDARD_QC:
        return QcPolicy(), None
    raise _unknown("qc", name, (STANDARD_QC,))


def tenant_policy(session: Transaction, tenant: str) -> TenantPolicy:
    """Return what the farm holds a tenant to."""
    found = documents.newest(session, tenant, TENANT, ITSELF)
    return TenantPolicy() if found is None else TenantPolicy.model_validate(found.body)


def read_body(model: type[M], body: Mapping[str, Any]) -> M:
    """Return a document's body; raise InvalidSpec naming each field at fault."""
    try:
        read = model.model_validate(body)
    except ValidationError as error:
        raise refused(error, model) from error
    for field, value in read.model_dump(mode="json").items():
        try:
            storable(value)
        except ValueError as error:
            raise InvalidSpec.of(field, str(error)) from error
    return read


def _unknown(field: str, name: str, known: tuple[str, ...]) -> InvalidSpec:
    there = ", ".join(known)
    return InvalidSpec.of(field, f"there is no {field} {name!a}: name one of yours, or of {there}")
