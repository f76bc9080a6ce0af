"""What went wrong with S3, in words for a person: foreign exceptions are translated here, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.compat import get_current_datetime
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from s3transfer.exceptions import RetriesExceededError, S3DownloadFailedError
from urllib3.exceptions import HTTPError

from farm.errors import StorageUnavailable

FOREIGN = (BotoCoreError, ClientError, HTTPError, RetriesExceededError, S3DownloadFailedError)

# A number stands for itself in answers to HEAD, which have no body to say more in.
ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchUpload", "404"})
DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403"})
CHANGED = frozenset({"PreconditionFailed", "412"})

SKEW_S = 300  # servers allow 15 minutes; a clock set by NTP is off by less than one

KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
REGION = "the bucket is in another region: set REELFARM_S3_REGION"
DAMAGED = "the content was damaged on its way: try again, then look at the network"
ADVICE = {
    "NoSuchBucket": "there is no such bucket: make it, or correct the name",
    "AccessDenied": "access denied: give the owner of the access key the right to do this",
    "InvalidAccessKeyId": f"the access key is unknown there: {KEYS}",
    "SignatureDoesNotMatch": f"the access key or its secret is wrong: {KEYS}",
    "ExpiredToken": "the credentials have expired: renew them",
    "PermanentRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "301": REGION,
    "400": f"refused without a reason: check REELFARM_S3_REGION, then {KEYS}",
    "403": f"access denied: {KEYS}, and that their owner has the right to do this",
    "BadDigest": DAMAGED,
    "XAmzContentSHA256Mismatch": DAMAGED,
    "QuotaExceeded": "the quota is used up: raise it, or free some space",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong and what to do about it; `code` is S3's, "" where no answer came."""

    code: str
    sentence: str


@contextmanager
def translated(url: str, key: str = "") -> Iterator[None]:
    """Raise KeyError(key) when what `url` names does not exist, StorageUnavailable for all else."""
    try:
        yield
    except FOREIGN as error:
        trouble = trouble_of(error)
        if trouble.code in ABSENT:
            raise KeyError(key) from error
        raise StorageUnavailable(
            f"{url}: {trouble.sentence}", url=url, code=trouble.code
        ) from error


def trouble_of(error: Exception) -> Trouble:
    """Return what an exception of botocore or s3transfer means."""
    match error:
        case RetriesExceededError():
            return trouble_of(error.last_exception)
        case S3DownloadFailedError():  # which it raises for this reason alone
            return Trouble("PreconditionFailed", "it changed while it was read: try again")
        case ClientError():
            return _refusal(error.response)
        case NoCredentialsError() | PartialCredentialsError():
            sentence = f"there are no credentials: {KEYS}, or set AWS_PROFILE"
        case EndpointConnectionError() | ConnectTimeoutError() | ProxyConnectionError():
            server = error.kwargs.get("endpoint_url") or error.kwargs.get("proxy_url")
            sentence = (
                f"cannot connect to {server}: check that it runs, and REELFARM_S3_ENDPOINT_URL"
            )
        case SSLError():
            sentence = f"{_line(error)}: check REELFARM_S3_ENDPOINT_URL and AWS_CA_BUNDLE"
        case ReadTimeoutError():
            sentence = "the server stopped answering: look at it and at the network"
        case _:
            sentence = f"{_line(error)}: look at the server and at the network"
    return Trouble("", sentence)


def _refusal(answer: dict[str, Any]) -> Trouble:
    refusal, facts = answer.get("Error", {}), answer.get("ResponseMetadata", {})
    code = str(refusal.get("Code", ""))
    ahead_s = _clock_ahead_s(facts)
    if code == "RequestTimeTooSkewed" or (code in DENIED and abs(ahead_s) > SKEW_S):
        code, way = "RequestTimeTooSkewed", "ahead of" if ahead_s > 0 else "behind"
        sentence = f"the clock of this machine is {abs(ahead_s):.0f} s {way} the store's: set it"
    elif code in ADVICE:
        sentence = ADVICE[code]
    else:
        said = " ".join(str(refusal.get("Message") or "no reason given").split()).rstrip(".")
        tries = facts.get("RetryAttempts", 0) + 1
        sentence = f"{code}: {said}, after {tries} tries: look at the server"
    return Trouble(code, sentence)


def _clock_ahead_s(facts: dict[str, Any]) -> float:
    """Return by how much our clock is ahead of that of the server that answered."""
    date = facts.get("HTTPHeaders", {}).get("date")
    if not date:
        return 0.0
    now = get_current_datetime(remove_tzinfo=False)  # as the request was signed with
    return float((now - parsedate_to_datetime(date)).total_seconds())


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
