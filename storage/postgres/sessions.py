"""Sessions of the pages, and links that sign in: known by digest, bound to the key behind them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from storage.postgres.models import BrowserSession


def add(
    session: Session, digest: str, tenant: str, key_id: str, lasts_s: float, *, is_link: bool
) -> None:
    """Write one down; what has expired meanwhile is struck off."""
    session.execute(delete(BrowserSession).where(BrowserSession.expires_at < func.now()))
    session.add(
        BrowserSession(
            digest=digest,
            tenant=tenant,
            key_id=key_id,
            is_link=is_link,
            expires_at=func.now() + timedelta(seconds=lasts_s),
        )
    )


def key_of(session: Session, digest: str) -> str | None:
    """Return the id of the key that somebody signed in with, None where no session holds."""
    return session.scalar(
        select(BrowserSession.key_id).where(
            BrowserSession.digest == digest,
            BrowserSession.is_link.is_(False),
            BrowserSession.expires_at > func.now(),
        )
    )


def take_link(session: Session, digest: str) -> str | None:
    """Strike a link off and return the id of its key, None where it was used or has expired."""
    return session.scalar(
        delete(BrowserSession)
        .where(
            BrowserSession.digest == digest,
            BrowserSession.is_link.is_(True),
            BrowserSession.expires_at > func.now(),
        )
        .returning(BrowserSession.key_id)
    )


def end(session: Session, digest: str) -> None:
    """Let a session hold no longer."""
    session.execute(delete(BrowserSession).where(BrowserSession.digest == digest))
