"""The S3 client: one per process and server, long-lived, fit for any S3-compatible server."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from farm.errors import InvalidSpec
from farm.settings import Settings

# With random waits between them that double, from 1 s where the server says it is too busy, else
# from 50 ms (botocore's standard mode): in all about 35 s, or 3 s.
REQUEST_TRIES = 8
CONNECT_S = 10
READ_S = 60  # to put a large upload together takes a server a while
SPARE_CONNECTIONS = 16  # for the parts of large files


def s3_client(settings: Settings) -> Any:
    """Return the client for the server the settings name; several threads may use it at once.

    Credentials come the usual ways (environment, profile, instance), read once. Raises InvalidSpec
    where no client can be made of the settings.
    """
    addressing = settings.s3_addressing
    if addressing == "auto":
        addressing = "path" if settings.s3_endpoint_url else "virtual"
    return _shared_client(
        settings.s3_endpoint_url, settings.s3_region, addressing, settings.s3_concurrency
    )


def signing_client(settings: Settings) -> Any:
    """Return the client that signs URLs for others: of the server as they reach it."""
    if settings.s3_public_url is None:
        return s3_client(settings)
    return s3_client(settings.model_copy(update={"s3_endpoint_url": settings.s3_public_url}))


def make_client(endpoint_url: str | None, region: str, addressing: str, concurrency: int) -> Any:
    """Return a new client for an S3 server; making one takes as long as dozens of requests."""
    config = Config(
        signature_version="s3v4",
        # Checksums that came with 2025's clients are unknown to many servers...
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={
            "addressing_style": addressing,
            # ...and not needed: with the payload signed, a server refuses what is not the content
            # that we hashed, over http too.
            "payload_signing_enabled": True,
        },
        retries={"mode": "standard", "total_max_attempts": REQUEST_TRIES},
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        tcp_keepalive=True,
        max_pool_connections=concurrency + SPARE_CONNECTIONS,
    )
    try:
        return boto3.session.Session().client(
            "s3", endpoint_url=endpoint_url, region_name=region, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise InvalidSpec(
            f"no S3 client for REELFARM_S3_ENDPOINT_URL {endpoint_url!r}, REELFARM_S3_REGION"
            f" {region!r}: {' '.join(str(error).split())}"
        ) from error


_shared_client = lru_cache(make_client)
