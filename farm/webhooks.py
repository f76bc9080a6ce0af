"""Webhooks as every part of the farm knows them: where they may go, and what they may tell."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from farm.events import NOT_FOR_WEBHOOKS, EventType
from farm.web_address import check_url

TEST_EVENT = "endpoint.test"  # told to one endpoint because somebody asked for it; no event
FOR_WEBHOOKS = tuple(kind for kind in EventType if kind not in NOT_FOR_WEBHOOKS)
TOLD = (*(kind.value for kind in FOR_WEBHOOKS), TEST_EVENT)


class DeliveryState(StrEnum):
    """What became of a delivery so far."""

    DELIVERED = "delivered"
    OWED = "owed"  # to be sent, or sent again
    GAVE_UP = "gave_up"


def _chosen(kinds: list[EventType]) -> list[EventType]:
    if unfit := NOT_FOR_WEBHOOKS.intersection(kinds):
        raise ValueError(
            f"{', '.join(sorted(unfit))} is not sent to endpoints, as it comes by the hundred:"
            " follow /v1/events/stream"
        )
    return [kind for kind in FOR_WEBHOOKS if kind in kinds]


def _told(kind: str) -> str:
    if kind not in TOLD:
        raise ValueError(f"{kind!a} is nothing that endpoints hear: give one of {', '.join(TOLD)}")
    return kind


_ONE_KIND: dict[str, Any] = {"type": "string", "enum": [kind.value for kind in FOR_WEBHOOKS]}

HookUrl = Annotated[
    str,
    Field(max_length=2048, pattern=r"^https?://", description="where calls go: https://..."),
    AfterValidator(check_url),
]
HookEvents = Annotated[
    list[Annotated[EventType, WithJsonSchema(_ONE_KIND)]],
    Field(min_length=1, max_length=64, description="the types of events it hears of"),
    AfterValidator(_chosen),
]
ToldType = Annotated[
    str, AfterValidator(_told), WithJsonSchema({"type": "string", "enum": list(TOLD)})
]
