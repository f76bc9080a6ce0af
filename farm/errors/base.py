"""What every error is: a code, a message for a person, evidence, and what to do about it.

ReelFarmError
├── of a title's work (farm.errors.work)
│   ├── InvalidSource      the source is not usable media               (exit 2, HTTP 422)
│   ├── UnsupportedMedia   media, but not of a kind the farm takes      (exit 2, HTTP 422)
│   ├── ToolFailed         a program ended with an error                (exit 1, passes)
│   ├── ToolStalled        a program stopped making progress            (exit 1, passes)
│   ├── DeviceFailed       an encode on a GPU went wrong there          (exit 1, passes)
│   ├── QualityRejected    QC said no                                   (exit 3)
│   ├── ConformanceFailed  what was packaged breaks a delivery rule     (exit 3)
│   │   └── InvalidAlignment  a rendition is shifted against the source (exit 3)
│   ├── ReviewNeeded       a person has to decide                       (exit 4)
│   ├── ReviewRejected     a reviewer said no                           (exit 3)
│   ├── MixedEncoders      chunks of a rendition do not fit together    (exit 1)
│   ├── Cancelled          somebody asked for it                        (exit 1)
│   ├── Superseded         its asset was published from a newer request (exit 1)
│   └── Quarantined        the step killed its workers too often        (exit 1)
├── of the machine (farm.errors.machine)
│   ├── StateInUse         another process owns the state directory     (exit 1, HTTP 409)
│   ├── NotInstalled       a part of ReelFarm itself is missing         (exit 1)
│   ├── LimitTooLow        the machine allows less than a program needs (exit 1, passes)
│   ├── StorageUnavailable a database or object store did not answer    (exit 1, passes)
│   └── OutputLost         stdout takes no more of an answer            (exit 1)
└── of a request (farm.errors.request)
    ├── InvalidSpec        it contradicts itself, or the source         (exit 2, HTTP 422)
    ├── LocationNotAllowed the tenant may not read or publish there     (exit 2, HTTP 403)
    ├── NotSignedIn        no key, or none that holds                   (exit 2, HTTP 401)
    ├── NotPermitted       the key lacks the scope                      (exit 2, HTTP 403)
    ├── NotFound           nothing of that name, for whoever asks       (exit 2, HTTP 404)
    ├── MethodNotAllowed   nothing does that there                      (exit 2, HTTP 405)
    ├── Conflict           what is there stands in the way              (exit 2, HTTP 409)
    ├── InFlight           the same request is being answered           (exit 1, HTTP 409, passes)
    ├── KeyReused          one Idempotency-Key, two requests            (exit 2, HTTP 422)
    ├── TooLarge           more than the farm takes at once             (exit 2, HTTP 413)
    ├── ClientTooSlow      it does not arrive in time                   (exit 1, HTTP 408, passes)
    ├── HostNotServed      it is meant for a host of another name       (exit 2, HTTP 421)
    ├── UnsupportedContent of a type nobody reads there                 (exit 2, HTTP 415)
    ├── RateLimited        too many requests in too short a time        (exit 1, HTTP 429, passes)
    └── QuotaExceeded      more titles than the tenant may have         (exit 1, HTTP 429, passes)
"""

from __future__ import annotations

from typing import ClassVar

ERRORS_PAGE = "/docs/errors"  # what docs/errors.md says, served by every farm


class ReelFarmError(Exception):
    """Something went wrong that has no code of its own."""

    # Of a class; a client notes in the instance what the farm told it, perhaps of another version.
    code: str = "internal"
    title: str = "A defect in ReelFarm"
    fix: str = "Report it, with the lines the worker's or the API's log has of that time."
    http_status: ClassVar[int] = 500
    exit_status: int = 1
    retryable: bool = False
    retry_after_s: float | None = None  # where it is retryable, by default

    def __init__(self, message: str, **detail: object) -> None:
        super().__init__(message)
        self.message = message
        self.detail: dict[str, object] = detail

    def as_json(self) -> dict[str, object]:
        """Return `{code, message, detail}`, the form in which jobs keep errors."""
        return {"code": self.code, "message": self.message, "detail": self.detail}
