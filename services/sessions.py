"""Signing in to the pages with a key: sessions that end with it, links that sign in once.

Of both only digests are kept: who reads the table cannot be anybody.
"""

from __future__ import annotations

import hashlib
import secrets

from farm.access import EVERY_TENANT, Caller
from farm.errors import NotSignedIn
from services.keys import authenticate, caller_of
from storage.postgres import keys, sessions
from storage.postgres.database import Database, Transaction

SESSION_S = 30 * 24 * 3600.0  # and no longer than the key holds
LINK_S = 15 * 60.0


def sign_in(database: Database, key: str) -> str:
    """Return the token of a new session of whoever has the key; raise NotSignedIn for none."""
    caller = authenticate(database, key)
    with database.begin(EVERY_TENANT) as session:
        return _begin(session, caller.tenant, caller.name.removeprefix("rf_"))


def make_link(database: Database, key: str) -> str:
    """Return a token that signs in once, within `LINK_S`, as whoever has the key."""
    caller = authenticate(database, key)
    token = secrets.token_urlsafe(32)
    with database.begin(EVERY_TENANT) as session:
        key_id = caller.name.removeprefix("rf_")
        sessions.add(session, _digest(token), caller.tenant, key_id, LINK_S, is_link=True)
    return token


def follow_link(database: Database, token: str) -> str:
    """Return the token of the session that a link begins; raise NotSignedIn the second time."""
    with database.begin(EVERY_TENANT) as session:
        key_id = sessions.take_link(session, _digest(token))
        known = keys.use(session, key_id) if key_id is not None else None
        if key_id is None or known is None:
            raise NotSignedIn("the link was used already, or is too old: sign in with a key")
        return _begin(session, known[0], key_id)


def caller_of_session(database: Database, token: str) -> Caller:
    """Return whoever is signed in; raise NotSignedIn where the session or its key has ended."""
    with database.begin(EVERY_TENANT) as session:
        key_id = sessions.key_of(session, _digest(token))
        known = keys.use(session, key_id) if key_id is not None else None
    if key_id is None or known is None:
        raise NotSignedIn("you are signed in no longer: sign in with a key that holds")
    return caller_of(key_id, known[0], known[1])


def sign_out(database: Database, token: str) -> None:
    """End a session; one that has ended stays so."""
    with database.begin(EVERY_TENANT) as session:
        sessions.end(session, _digest(token))


def _begin(session: Transaction, tenant: str, key_id: str) -> str:
    token = secrets.token_urlsafe(32)
    sessions.add(session, _digest(token), tenant, key_id, SESSION_S, is_link=False)
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
