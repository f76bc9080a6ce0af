"""Ladders and QC policies: those that come with the farm, and a tenant's own with all versions."""

# Annotations are read as they are met, not as text: the bodies of the routes differ by kind.
from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field, create_model

from api.context import Admin, Farm, Reader
from api.paging import After, Limit, Page, cut, read_place
from farm.spec import ASSET_PATTERN
from services import policies
from services.policies import LADDERS, QC_POLICIES, KeptPolicy, PolicyKeeping
from storage.postgres.models import Document

PolicyName = Annotated[str, Path(pattern=ASSET_PATTERN, max_length=128)]
VersionWanted = Annotated[
    int | None, Query(ge=1, lt=2**31, description="by default the one that counts")
]


class PolicyListed(BaseModel):
    """A policy as lists show it; nulls where it comes with the farm."""

    name: str
    preset: bool = Field(description="it comes with the farm")
    tenant: str | None
    version: int | None
    created_at: datetime | None
    created_by: str | None = Field(description="the key")


class PolicyShown(PolicyListed):
    """A policy: one version of it."""

    body: dict[str, Any]


class VersionShown(BaseModel):
    """A version of something that is kept."""

    version: int
    removed: bool = Field(description="from this version on it was not there")
    created_at: datetime
    created_by: str = Field(description="the key")


def version_of(row: Document) -> VersionShown:
    """Return what is shown of a version."""
    return VersionShown(
        version=row.version,
        removed=row.body is None,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _routes(keeping: PolicyKeeping, path: str, body_name: str) -> APIRouter:
    """Return the routes of one kind of policy."""
    routes = APIRouter(prefix=path, tags=[path.rpartition("/")[2]])
    name = (str | None, Field(None, description="that of the path counts, whatever is said here"))
    fields = cast(dict[str, Any], {"name": name})
    given = create_model(body_name, __base__=keeping.model, **fields)
    noun = keeping.noun

    @routes.get("", summary=f"List each {noun}")
    def list_policies(
        farm: Farm, caller: Reader, after: After = None, limit: Limit = 50
    ) -> Page[PolicyListed]:
        """The tenant's own and, where none of those has the name, what comes with the farm."""
        place = (read_place(after, str) or ("",))[0]
        found = policies.list_policies(farm.database, caller, keeping, place, limit + 1)
        return Page(
            items=[PolicyListed.model_validate(_facts(policy)) for policy in found[:limit]],
            next=cut(found, limit, lambda policy: (policy.name,)),
        )

    @routes.get("/{name}", summary=f"Read a {noun}")
    def read(
        farm: Farm, caller: Reader, name: PolicyName, version: VersionWanted = None
    ) -> PolicyShown:
        """The version that counts, or any other: also of one that was removed since."""
        return _shown(policies.read_policy(farm.database, caller, keeping, name, version))

    @routes.get("/{name}/versions", summary=f"List the versions of a {noun}")
    def versions(
        farm: Farm, caller: Reader, name: PolicyName, after: After = None, limit: Limit = 50
    ) -> Page[VersionShown]:
        """The newest first."""
        before = (read_place(after, int) or (None,))[0]
        found = policies.list_versions(farm.database, caller, keeping, name, before, limit + 1)
        return Page(
            items=[version_of(row) for row in found[:limit]],
            next=cut(found, limit, lambda row: (row.version,)),
        )

    def write(farm: Farm, caller: Admin, name: PolicyName, body: BaseModel) -> PolicyShown:
        """Jobs handed in from now on use it; those before keep theirs.

        A body equal to the version that counts makes no new one. The name may be one that comes
        with the farm: then the tenant's own counts.
        """
        fields = body.model_dump(mode="json")
        return _shown(policies.write_policy(farm.database, caller, keeping, name, fields))

    write.__annotations__["body"] = given
    routes.put("/{name}", summary=f"Keep a {noun}, or a new version of it")(write)

    @routes.delete("/{name}", status_code=204, summary=f"Remove a {noun}")
    def remove(farm: Farm, caller: Admin, name: PolicyName) -> None:
        """Its versions stay, and jobs under way are made with the one they noted."""
        policies.remove_policy(farm.database, caller, keeping, name)

    return routes


def _facts(policy: KeptPolicy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "preset": policy.is_preset,
        "tenant": policy.tenant,
        "version": policy.version,
        "created_at": policy.created_at,
        "created_by": policy.created_by,
    }


def _shown(policy: KeptPolicy) -> PolicyShown:
    return PolicyShown.model_validate({**_facts(policy), "body": policy.body})


def policy_routes() -> APIRouter:
    """Return the routes of ladders and QC policies."""
    routes = APIRouter()
    routes.include_router(_routes(LADDERS, "/v1/ladders", "LadderBody"))
    routes.include_router(_routes(QC_POLICIES, "/v1/qc-policies", "QcPolicyBody"))
    return routes


routes = policy_routes()
