"""Doing a request once, however often it comes: by its Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from farm.access import Caller
from storage.postgres import answers
from storage.postgres.database import Transaction


@dataclass(frozen=True, slots=True)
class Once:
    """The Idempotency-Key of a request, and the digest that tells requests apart."""

    key: str
    request: str


def answered_before(
    session: Transaction, caller: Caller, once: Once | None
) -> dict[str, Any] | None:
    """Return the body that the request was answered with, None where it is to be done now.

    Raises InFlight while another does it, KeyReused where the key came with another request.
    """
    if once is None:
        return None
    found = answers.given_before(session, caller.acts_for, once.key, once.request)
    return None if found is None else found.body


def keep_answer(
    session: Transaction, caller: Caller, once: Once | None, status: int, body: dict[str, Any]
) -> None:
    """Keep the answer with what was done: both are true, or neither."""
    if once is not None:
        answers.keep(session, caller.acts_for, once.key, once.request, status, body)
