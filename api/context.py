"""What routes work with: the farm's servers, and whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.cookies import signed_in_by_cookie
from farm.access import Caller, Scope
from farm.settings import Settings
from services.events import Feed
from services.keys import authenticate
from services.request_limits import RequestLimits, refuse
from storage.postgres.database import Database
from storage.wakeups import Wakeups

BEARER = HTTPBearer(
    auto_error=False, scheme_name="key", description="An API key: `Authorization: Bearer rf_...`"
)


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The farm, as this process reaches it."""

    database: Database
    wakeups: Wakeups
    settings: Settings


def context_of(request: Request) -> ApiContext:
    """Return what the application was made with."""
    return cast(ApiContext, request.app.state.context)


async def _context(request: Request) -> ApiContext:
    return context_of(request)  # asynchronous: no thread is needed for it


async def _feed_of(request: Request) -> Feed:
    return cast(Feed, request.app.state.feed)


FeedOf = Annotated[Feed, Depends(_feed_of)]
Farm = Annotated[ApiContext, Depends(_context)]


def _signed_in(
    request: Request,
    farm: Farm,
    key: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    tenant: Annotated[
        str | None,
        Header(
            alias="ReelFarm-Tenant",
            max_length=128,
            description="of operators: the tenant to act for, or to ask about alone",
        ),
    ] = None,
) -> Caller:
    caller = (
        authenticate(farm.database, key.credentials)
        if key is not None
        else signed_in_by_cookie(request, farm.database)
    )
    limits = cast(RequestLimits, request.app.state.limits)
    request.state.allowance = allowance = limits.take(caller)  # headers of the answer tell of it
    if allowance is not None and not allowance.allowed:
        raise refuse(caller, allowance)
    return caller.about(tenant)


SignedIn = Annotated[Caller, Depends(_signed_in)]


async def _holding(needed: SecurityScopes, caller: SignedIn) -> Caller:
    for scope in needed.scopes:
        caller.check(Scope(scope))
    return caller


# Each stands in the OpenAPI document as what the key needs.
Submitter = Annotated[Caller, Security(_holding, scopes=[Scope.SUBMIT.value])]
Reader = Annotated[Caller, Security(_holding, scopes=[Scope.READ.value])]
Reviewer = Annotated[Caller, Security(_holding, scopes=[Scope.REVIEW.value])]
Admin = Annotated[Caller, Security(_holding, scopes=[Scope.ADMIN.value])]
