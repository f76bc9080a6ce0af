"""Errors of the machines: what a part of the farm needs and does not have."""

from __future__ import annotations

from farm.errors.base import ReelFarmError


class StateInUse(ReelFarmError):
    """Another ReelFarm process owns the state directory."""

    code = "state_in_use"
    title = "The state directory is in use"
    fix = "Wait for the other process, or give this one a --state of its own."
    http_status = 409


class NotInstalled(ReelFarmError):
    """A part of ReelFarm is not there: what its build fetches, or a program its wheels bring."""

    code = "not_installed"
    title = "A part of ReelFarm is missing"
    fix = (
        "Run `make assets` in the repository, or use a built package or image; for a program, set"
        " the setting that the message names."
    )


class LimitTooLow(ReelFarmError):
    """The machine allows a program less than it needs; on another machine it may have enough."""

    code = "limit_too_low"
    title = "The machine allows too little"
    fix = "Raise the limit that the message names, on that machine."
    retryable = True
    retry_after_s = 60.0


class StorageUnavailable(ReelFarmError):
    """PostgreSQL, Redis or the object store did not do what was asked."""

    code = "storage_unavailable"
    title = "A server of the farm did not answer"
    fix = "Try again in a moment; if it lasts, an operator checks the server that is named."
    http_status = 503
    retryable = True
    retry_after_s = 10.0


class OutputLost(ReelFarmError):
    """What was asked for is done, but cannot be said: stdout takes no more."""

    code = "output_lost"
    title = "The answer could not be written"
    fix = "Make room where stdout leads to, and ask again: the title is as it would be."
