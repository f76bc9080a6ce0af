"""Every error a user of ReelFarm can meet.

ReelFarmError
├── InvalidSource        the source is not usable media              (exit 2, HTTP 422)
├── UnsupportedMedia     media, but not of a kind the farm takes      (exit 2, HTTP 422)
├── InvalidSpec          the request contradicts itself or the source (exit 2, HTTP 422)
├── LocationNotAllowed   the tenant may not read or publish there     (exit 2, HTTP 403)
├── StateInUse           another process owns the state directory     (exit 1, HTTP 409)
├── NotInstalled         a part of ReelFarm itself is missing         (exit 1)
├── LimitTooLow          the machine allows less than a program needs (exit 1, retryable)
├── ToolFailed           a program ended with an error                (exit 1, retryable)
├── ToolStalled          a program stopped making progress            (exit 1, retryable)
├── QualityRejected      QC said no                                   (exit 3)
├── ConformanceFailed    what was packaged breaks a delivery rule     (exit 3)
├── StorageUnavailable   a database or object store did not answer    (exit 1, retryable)
├── OutputLost           stdout takes no more of an answer            (exit 1)
├── Cancelled            somebody asked for it                        (exit 1)
├── Superseded           its asset was published from a newer request (exit 1)
└── Quarantined          the step killed its workers too often        (exit 1)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ReelFarmError(Exception):
    """An error with a stable code, a message for a person and evidence for an engineer."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    exit_status: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail: dict[str, object] = detail

    def as_json(self) -> dict[str, object]:
        """Return `{code, message, detail}`, the form errors take in job records."""
        return {"code": self.code, "message": self.message, "detail": self.detail}


class InvalidSource(ReelFarmError):
    """The source cannot be used: missing, empty, damaged, hostile or not media."""

    code = "invalid_source"
    http_status = 422
    exit_status = 2


class UnsupportedMedia(ReelFarmError):
    """The source is sound, but of a kind the farm does not take (a picture, say)."""

    code = "unsupported_media"
    http_status = 422
    exit_status = 2


class InvalidSpec(ReelFarmError):
    """The request contradicts itself, the ladder or the source."""

    code = "invalid_spec"
    http_status = 422
    exit_status = 2


class LocationNotAllowed(ReelFarmError):
    """The tenant may not read a source there, or not publish there."""

    code = "location_not_allowed"
    http_status = 403
    exit_status = 2


class StateInUse(ReelFarmError):
    """Another ReelFarm process owns the state directory."""

    code = "state_in_use"
    http_status = 409


class NotInstalled(ReelFarmError):
    """A part of ReelFarm that its build fetches is not there."""

    code = "not_installed"


class LimitTooLow(ReelFarmError):
    """The machine allows a program less than it needs; on another machine it may have enough."""

    code = "limit_too_low"
    retryable = True


class ToolFailed(ReelFarmError):
    """A program ended with an error; `detail` holds its command, exit code and last lines."""

    code = "tool_failed"
    retryable = True


class ToolStalled(ReelFarmError):
    """A program outlived its wall limit or stopped making progress, and was killed."""

    code = "tool_stalled"
    retryable = True


class QualityRejected(ReelFarmError):
    """The measured quality misses the policy's thresholds; nothing was published."""

    code = "quality_rejected"
    exit_status = 3


class ConformanceFailed(ReelFarmError):
    """What was packaged breaks a rule players depend on; nothing was published."""

    code = "conformance_failed"
    exit_status = 3


class StorageUnavailable(ReelFarmError):
    """PostgreSQL, Redis or the object store did not do what was asked."""

    code = "storage_unavailable"
    http_status = 503
    retryable = True


class OutputLost(ReelFarmError):
    """What was asked for is done, but cannot be said: stdout takes no more."""

    code = "output_lost"


class Cancelled(ReelFarmError):
    """The job was cancelled, or its lease was lost while the step ran."""

    code = "cancelled"
    http_status = 409


class Superseded(ReelFarmError):
    """A job submitted later had published the asset already; `detail` names it."""

    code = "superseded"
    http_status = 409


class Quarantined(ReelFarmError):
    """The step killed its worker three times and will not be tried again."""

    code = "quarantined"


_BY_CODE: Mapping[str, type[ReelFarmError]] = {
    kind.code: kind
    for kind in (
        InvalidSource,
        UnsupportedMedia,
        InvalidSpec,
        LocationNotAllowed,
        StateInUse,
        NotInstalled,
        LimitTooLow,
        ToolFailed,
        ToolStalled,
        QualityRejected,
        ConformanceFailed,
        StorageUnavailable,
        OutputLost,
        Cancelled,
        Superseded,
        Quarantined,
    )
}


def error_class(code: str) -> type[ReelFarmError]:
    """Return the class whose `code` this is, or `ReelFarmError` for one of another version."""
    return _BY_CODE.get(code, ReelFarmError)
