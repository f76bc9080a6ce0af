"""The secrets that sign webhooks, as Standard Webhooks has them (https://www.standardwebhooks.com).

Who holds one can tell that a call is ours, and make one up: none is ever shown again, or logged.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from datetime import datetime

SECRET_PREFIX = "whsec_"
SECRET_BYTES = (24, 64)  # as the specification has it
NEW_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class SigningSecrets:
    """What signs for an endpoint; while it changes over from one secret to the next, both."""

    current: str = field(repr=False)
    old: str | None = field(default=None, repr=False)
    old_until: datetime | None = None

    def rotated(self, now: datetime, until: datetime) -> SigningSecrets:
        """Return a new secret beside the one that was current, which holds until then."""
        if until <= now:
            return SigningSecrets(new_secret())
        return SigningSecrets(new_secret(), self.current, until)

    def holding(self, now: datetime) -> tuple[str, ...]:
        """Return those that sign at this time."""
        if self.old is None or self.old_expires_at(now) is None:
            return (self.current,)
        return (self.current, self.old)

    def old_expires_at(self, now: datetime) -> datetime | None:
        """Return until when the old secret signs too, None where it does not any more."""
        return self.old_until if self.old_until is not None and now < self.old_until else None


def new_secret() -> str:
    """Return a secret nobody has had."""
    return f"{SECRET_PREFIX}{base64.b64encode(secrets.token_bytes(NEW_SECRET_BYTES)).decode()}"


def check_secret(text: str) -> str:
    """Return a secret that can sign; raise ValueError, which does not show it, for another."""
    least, most = SECRET_BYTES
    how = (
        f"give {SECRET_PREFIX} and {least} to {most} random bytes in base64, as"
        f' "{SECRET_PREFIX}$(openssl rand -base64 32)" makes them'
    )
    if not text.startswith(SECRET_PREFIX):
        raise ValueError(f"a secret begins with {SECRET_PREFIX}: {how}")
    encoded = text.removeprefix(SECRET_PREFIX)
    try:
        size = len(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        raise ValueError(f"what follows {SECRET_PREFIX} is not base64: {how}") from None
    if not least <= size <= most:
        raise ValueError(f"the secret has {size} bytes: {how}")
    return text
