"""The error tree: codes are part of the API."""

from farm import errors
from farm.errors import ReelFarmError, error_class


def _all_kinds() -> list[type[ReelFarmError]]:
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ReelFarmError) and kind is not ReelFarmError
    ]


def test_every_error_can_be_found_by_its_code() -> None:
    assert {kind.code: kind for kind in _all_kinds()} == {
        kind.code: error_class(kind.code) for kind in _all_kinds()
    }
    assert error_class("of another version") is ReelFarmError


def test_exit_statuses_are_those_the_command_line_promises() -> None:
    assert {kind.code: kind.exit_status for kind in _all_kinds()} == {
        "invalid_source": 2,
        "unsupported_media": 2,
        "invalid_spec": 2,
        "location_not_allowed": 2,
        "state_in_use": 1,
        "not_installed": 1,
        "limit_too_low": 1,
        "output_lost": 1,
        "tool_failed": 1,
        "tool_stalled": 1,
        "device_failed": 1,
        "quality_rejected": 3,
        "conformance_failed": 3,
        "invalid_alignment": 3,
        "review_needed": 4,
        "review_rejected": 3,
        "mixed_encoders": 1,
        "storage_unavailable": 1,
        "cancelled": 1,
        "superseded": 1,
        "quarantined": 1,
        "not_signed_in": 2,
        "not_permitted": 2,
        "not_found": 2,
        "method_not_allowed": 2,
        "conflict": 2,
        "in_flight": 1,
        "key_reused": 2,
        "too_large": 2,
        "client_too_slow": 1,
        "host_not_served": 2,
        "unsupported_content": 2,
        "rate_limited": 1,
        "quota_exceeded": 1,
    }


def test_errors_that_can_reach_http_have_a_status_of_their_own() -> None:
    assert {kind.code: kind.http_status for kind in _all_kinds()} == {
        "invalid_source": 422,
        "unsupported_media": 422,
        "invalid_spec": 422,
        "location_not_allowed": 403,
        "not_installed": 500,
        "limit_too_low": 500,
        "output_lost": 500,
        "state_in_use": 409,
        "tool_failed": 500,
        "tool_stalled": 500,
        "device_failed": 500,
        "quality_rejected": 500,
        "conformance_failed": 500,
        "invalid_alignment": 500,
        "review_needed": 500,
        "review_rejected": 500,
        "mixed_encoders": 500,
        "storage_unavailable": 503,
        "cancelled": 409,
        "superseded": 409,
        "quarantined": 500,
        "not_signed_in": 401,
        "not_permitted": 403,
        "not_found": 404,
        "method_not_allowed": 405,
        "conflict": 409,
        "in_flight": 409,
        "key_reused": 422,
        "too_large": 413,
        "client_too_slow": 408,
        "host_not_served": 421,
        "unsupported_content": 415,
        "rate_limited": 429,
        "quota_exceeded": 429,
    }
    # Of errors of another version, nothing is known but that somebody here has to look.
    unknown = error_class("of another version")
    assert (unknown.http_status, unknown.exit_status, unknown.retryable) == (500, 1, False)


def test_only_trouble_that_may_pass_is_retried() -> None:
    assert {kind.code for kind in _all_kinds() if kind.retryable} == {
        "limit_too_low",
        "tool_failed",
        "tool_stalled",
        "device_failed",
        "storage_unavailable",
        "in_flight",
        "client_too_slow",
        "rate_limited",
        "quota_exceeded",
    }


def test_an_error_becomes_the_form_records_carry() -> None:
    error = errors.InvalidSource("a.mp4: empty", size_bytes=0)
    assert error.as_json() == {
        "code": "invalid_source",
        "message": "a.mp4: empty",
        "detail": {"size_bytes": 0},
    }
