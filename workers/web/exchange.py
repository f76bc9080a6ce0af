"""One HTTP exchange: a request to a checked address, and what it answers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import httpcore

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from farm.web_address import Place
from workers.web.connection import CheckedBackend
from workers.web.limits import Deadline


class CutShort(StorageUnavailable):
    """The other side hung up in the middle of an answer's body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its body, to be read once and within the exchange."""

    status: int
    headers: Mapping[str, str]  # names in lower case, of each the first
    blocks: Iterator[bytes]

    @property
    def chunked(self) -> bool:
        """Return whether the end of the body is told in the body (RFC 9112, section 7.1)."""
        return "transfer-encoding" in self.headers  # others than chunked are no HTTP to httpcore


@contextmanager
def exchange(
    method: str,
    place: Place,
    settings: Settings,
    deadline: Deadline,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Iterator[Answer]:
    """Ask `place`, looked up once and checked, and give the answer, its body still to be read.

    Raises as `addresses` does, InvalidSource for a certificate that does not hold, and
    StorageUnavailable, also while the body is read, for a connection that breaks, stalls, or does
    not speak HTTP. No proxy is used, no redirect followed, no cookie kept.
    """
    backend = CheckedBackend(place, settings, deadline)
    url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
    asked = [*_about_us(place, body).items(), *headers.items()]
    request = httpcore.Request(method, url, headers=asked, content=body)
    secured = ssl.create_default_context() if place.scheme == "https" else None
    with httpcore.HTTPConnection(url.origin, secured, network_backend=backend) as connection:
        no_answer = StorageUnavailable(f"{place.shown} hung up without an answer")
        with _translated(place, backend, no_answer):
            response = connection.handle_request(request)
        head = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in reversed(response.headers)
        }
        yield Answer(response.status, head, _blocks(place, backend, response))


def _about_us(place: Place, body: bytes | None) -> dict[str, str]:
    length = {} if body is None else {"Content-Length": str(len(body))}
    return {
        "Host": place.authority,
        "Accept-Encoding": "identity",  # what is compressed has another digest
        "User-Agent": f"ReelFarm/{_version()}",
        "Accept": "*/*",
        "Connection": "close",
        **length,
    }


def _blocks(place: Place, backend: CheckedBackend, response: httpcore.Response) -> Iterator[bytes]:
    with _translated(place, backend, CutShort(f"{place.shown} hung up within its answer")):
        yield from response.iter_stream()


@contextmanager
def _translated(
    place: Place, backend: CheckedBackend, hung_up: StorageUnavailable
) -> Iterator[None]:
    """Raise errors of ours; `hung_up` where the other side did, before it had said all."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise InvalidSource(
            f"{place.shown}: the certificate does not hold for {place.host}: {error.verify_message}"
        ) from error
    except TimeoutError as error:
        raise StorageUnavailable(f"{place.shown} did not answer in time") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageUnavailable(f"{place.shown} cannot be reached: {reason}") from error
    except httpcore.RemoteProtocolError as error:
        if backend.hung_up:
            raise hung_up from error
        raise StorageUnavailable(f"{place.shown}: the answer is not HTTP") from error


@cache
def _version() -> str:
    return version("reelfarm")
