"""Errors of a request: who asks, what for, and what is there already."""

from __future__ import annotations

from farm.errors.base import ReelFarmError


class InvalidSpec(ReelFarmError):
    """It contradicts itself, the ladder or the source; each field at fault is named."""

    code = "invalid_spec"
    title = "The request is not valid"
    fix = "Change the fields that are named, and send it again."
    http_status = 422
    exit_status = 2

    @classmethod
    def of(cls, field: str, message: str) -> InvalidSpec:
        """Return what is wrong with one field."""
        fields = [{"field": field, "message": message}]
        return cls(f"{field}: {message}", fields=fields, input=field)


class LocationNotAllowed(ReelFarmError):
    """The tenant may not read a source there, or not publish there."""

    code = "location_not_allowed"
    title = "The location is not allowed"
    fix = "Use a location of the tenant's, or have an operator allow this one."
    http_status = 403
    exit_status = 2


class NotSignedIn(ReelFarmError):
    """The request has no API key, or one that is unknown, expired or revoked."""

    code = "not_signed_in"
    title = "No key that holds"
    fix = "Send `Authorization: Bearer KEY` with a key that is neither expired nor revoked."
    http_status = 401
    exit_status = 2


class NotPermitted(ReelFarmError):
    """The API key lacks the scope that this takes."""

    code = "not_permitted"
    title = "The key may not do this"
    fix = "Use a key with the scope that is named, or ask an admin for one."
    http_status = 403
    exit_status = 2


class NotFound(ReelFarmError):
    """There is nothing of that name, or not for whoever asks: both look the same."""

    code = "not_found"
    title = "There is no such thing"
    fix = "Check the id or the path, and that the key is of the tenant it belongs to."
    http_status = 404
    exit_status = 2


class MethodNotAllowed(ReelFarmError):
    """The path is right, but nothing does that there."""

    code = "method_not_allowed"
    title = "That cannot be done there"
    fix = "Use one of the methods that the header Allow names."
    http_status = 405
    exit_status = 2


class Conflict(ReelFarmError):
    """What is there already, or the state it is in, stands in the way."""

    code = "conflict"
    title = "That does not fit what is there"
    fix = "Look at what is there now, and decide anew."
    http_status = 409
    exit_status = 2


class InFlight(ReelFarmError):
    """A request with the same Idempotency-Key is being answered at this moment."""

    code = "in_flight"
    title = "The same request is being answered"
    fix = "Wait a moment and send it again with the same key: it gets the first one's answer."
    http_status = 409
    retryable = True
    retry_after_s = 1.0


class KeyReused(ReelFarmError):
    """An Idempotency-Key came a second time with another request."""

    code = "key_reused"
    title = "The Idempotency-Key belongs to another request"
    fix = "Use a new key for each new request; repeat a request with nothing changed."
    http_status = 422
    exit_status = 2


class TooLarge(ReelFarmError):
    """It is more than the farm takes at once, and it says how much that is."""

    code = "too_large"
    title = "The request is too large"
    fix = "Send less at once: a catalog takes any number of titles, each of bounded size."
    http_status = 413
    exit_status = 2


class ClientTooSlow(ReelFarmError):
    """The client stopped sending in the middle of its request, or sends too slowly."""

    code = "client_too_slow"
    title = "The request did not arrive in time"
    fix = "Send it again, without pauses. What is large goes by /v1/uploads or /v1/catalogs."
    http_status = 408
    retryable = True
    retry_after_s = 1.0


class HostNotServed(ReelFarmError):
    """The request names a host that this farm does not go by."""

    code = "host_not_served"
    title = "The farm does not go by that name"
    fix = "Ask by an address of the farm, or have an operator add the name to REELFARM_HOSTS."
    http_status = 421
    exit_status = 2


class UnsupportedContent(ReelFarmError):
    """Its `Content-Type` is none of those that are read there."""

    code = "unsupported_content"
    title = "The body is of a type that is not read there"
    fix = "Send one of the content types that are named."
    http_status = 415
    exit_status = 2


class RateLimited(ReelFarmError):
    """The tenant's keys sent more requests than they may in so short a time."""

    code = "rate_limited"
    title = "Too many requests"
    fix = "Wait as long as Retry-After says. A catalog brings any number of titles in one request."
    http_status = 429
    retryable = True
    retry_after_s = 1.0


class QuotaExceeded(ReelFarmError):
    """The tenant has as many titles waiting, or minutes a day, as it may."""

    code = "quota_exceeded"
    title = "The tenant's quota is used up"
    fix = "Wait until titles have ended, cancel some, or have an operator raise the quota."
    http_status = 429
    retryable = True
    retry_after_s = 60.0
