"""Every error a user of ReelFarm can meet; farm.errors.base draws their tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from farm.errors.base import ERRORS_PAGE, ReelFarmError
from farm.errors.machine import (
    LimitTooLow,
    NotInstalled,
    OutputLost,
    StateInUse,
    StorageUnavailable,
)
from farm.errors.request import (
    ClientTooSlow,
    Conflict,
    HostNotServed,
    InFlight,
    InvalidSpec,
    KeyReused,
    LocationNotAllowed,
    MethodNotAllowed,
    NotFound,
    NotPermitted,
    NotSignedIn,
    QuotaExceeded,
    RateLimited,
    TooLarge,
    UnsupportedContent,
)
from farm.errors.work import (
    Cancelled,
    ConformanceFailed,
    DeviceFailed,
    InvalidAlignment,
    InvalidSource,
    MixedEncoders,
    QualityRejected,
    Quarantined,
    ReviewNeeded,
    ReviewRejected,
    Superseded,
    ToolFailed,
    ToolStalled,
    UnsupportedMedia,
)

# In the order in which docs/errors.md tells of them.
KINDS: tuple[type[ReelFarmError], ...] = (
    InvalidSource,
    UnsupportedMedia,
    ToolFailed,
    ToolStalled,
    DeviceFailed,
    QualityRejected,
    ConformanceFailed,
    InvalidAlignment,
    ReviewNeeded,
    ReviewRejected,
    MixedEncoders,
    Cancelled,
    Superseded,
    Quarantined,
    InvalidSpec,
    LocationNotAllowed,
    NotSignedIn,
    NotPermitted,
    NotFound,
    MethodNotAllowed,
    Conflict,
    InFlight,
    KeyReused,
    TooLarge,
    ClientTooSlow,
    HostNotServed,
    UnsupportedContent,
    RateLimited,
    QuotaExceeded,
    StorageUnavailable,
    StateInUse,
    NotInstalled,
    LimitTooLow,
    OutputLost,
    ReelFarmError,
)

_BY_CODE: Mapping[str, type[ReelFarmError]] = {kind.code: kind for kind in KINDS}


def error_class(code: str) -> type[ReelFarmError]:
    """Return the class whose `code` this is, or `ReelFarmError` for one of another version."""
    return _BY_CODE.get(code, ReelFarmError)


def explained(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return an error as jobs keep it, and with it what its code says to people."""
    kind = error_class(error["code"])
    return {
        **error,
        "title": kind.title,
        "fix": kind.fix,
        "retryable": kind.retryable,
        "docs": f"{ERRORS_PAGE}#{kind.code}",
    }


__all__ = [
    "ERRORS_PAGE",
    "KINDS",
    "Cancelled",
    "ClientTooSlow",
    "Conflict",
    "ConformanceFailed",
    "DeviceFailed",
    "HostNotServed",
    "InFlight",
    "InvalidAlignment",
    "InvalidSource",
    "InvalidSpec",
    "KeyReused",
    "LimitTooLow",
    "LocationNotAllowed",
    "MethodNotAllowed",
    "MixedEncoders",
    "NotFound",
    "NotInstalled",
    "NotPermitted",
    "NotSignedIn",
    "OutputLost",
    "QualityRejected",
    "Quarantined",
    "QuotaExceeded",
    "RateLimited",
    "ReelFarmError",
    "ReviewNeeded",
    "ReviewRejected",
    "StateInUse",
    "StorageUnavailable",
    "Superseded",
    "TooLarge",
    "ToolFailed",
    "ToolStalled",
    "UnsupportedContent",
    "UnsupportedMedia",
    "error_class",
    "explained",
]
