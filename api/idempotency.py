"""The Idempotency-Key header: a request that is sent again is not done again."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Depends, Header, Request

from services.once import Once


async def _once(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="chance of your own making (a UUID, say): the same request with the same"
            " key is done once, and answered alike for 30 days",
        ),
    ] = None,
) -> Once | None:
    if key is None:
        return None
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(await request.body())
    return Once(key, digest.hexdigest())


OnceKey = Annotated[Once | None, Depends(_once)]
