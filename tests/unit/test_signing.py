"""Secrets that sign webhooks: made, held against the specification, changed over."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from farm.serial import from_json, to_json
from farm.signing import SigningSecrets, check_secret, new_secret

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_new_secret_is_one_of_its_own_and_good_for_the_library() -> None:
    one, other = new_secret(), new_secret()
    assert one != other
    assert check_secret(one) == one
    body = '{"type":"warning"}'
    signature = Webhook(one).sign("evt_1", datetime.now(UTC), body)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
        "webhook-signature": f"v1,AAAA {signature}",
    }
    assert Webhook(one).verify(body, headers) == {"type": "warning"}


@pytest.mark.parametrize(("size", "is_good"), [(23, False), (24, True), (64, True), (65, False)])
def test_a_secret_has_24_to_64_bytes(size: int, is_good: bool) -> None:
    secret = f"whsec_{base64.b64encode(bytes(size)).decode()}"
    if is_good:
        assert check_secret(secret) == secret
    else:
        with pytest.raises(ValueError, match=f"^the secret has {size} bytes: give whsec_"):
            check_secret(secret)


def test_while_a_secret_changes_both_hold() -> None:
    first = SigningSecrets(new_secret())
    assert first.holding(NOW) == (first.current,)
    second = first.rotated(NOW, NOW + DAY)
    assert second.current != first.current
    assert second.holding(NOW + DAY * 0.99) == (second.current, first.current)
    assert second.holding(NOW + DAY) == (second.current,)
    assert second.old_expires_at(NOW) == NOW + DAY
    assert second.old_expires_at(NOW + DAY) is None
    third = second.rotated(NOW, NOW + DAY)
    assert third.holding(NOW) == (third.current, second.current)


def test_a_secret_that_ends_at_once_is_forgotten() -> None:
    first = SigningSecrets(new_secret())
    second = first.rotated(NOW, NOW)
    assert (second.holding(NOW - DAY), second.old) == ((second.current,), None)


def test_secrets_are_stored_whole_and_shown_nowhere() -> None:
    secrets = SigningSecrets(new_secret()).rotated(NOW, NOW + DAY)
    assert from_json(SigningSecrets, to_json(secrets)) == secrets
    assert secrets.current not in repr(secrets)
    assert str(secrets.old) not in repr(secrets)
