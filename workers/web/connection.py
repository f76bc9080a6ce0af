"""One HTTP exchange with a pinned address, none of whose waits outlasts its limits."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from farm.errors import InvalidSource, StorageUnavailable
from farm.settings import Settings
from workers.web.address import Place, addresses

CHECK_EVERY_S = 1.0  # so soon is noticed that nobody wants the answer any more


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a fetch may take."""

    connect_s: float  # the look-up, each address tried, and the TLS handshake: so long each
    silence_s: float  # longest wait for another byte
    total_s: float  # everything, redirects too
    size_bytes: int  # of the answer's body


class Patience:
    """How much longer a fetch may take, and whether it is wanted at all."""

    def __init__(self, limits: FetchLimits, check: Callable[[], None]) -> None:
        """`check` raises when the fetch is not wanted any more."""
        self.limits = limits
        self._check = check
        self._ends_at = time.monotonic() + limits.total_s

    def wait_s(self, at_most: float) -> float:
        """Return how long to wait for the next thing; raise TimeoutError when time is up."""
        self._check()
        left_s = self._ends_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError(f"not done in {self.limits.total_s:g} s")
        return min(at_most, left_s)


@contextmanager
def exchange(
    method: str,
    place: Place,
    settings: Settings,
    patience: Patience,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> Iterator[http.client.HTTPResponse]:
    """Ask `place`, looked up once and checked, and give the answer, its body still to be read.

    Raises as `addresses` does, InvalidSource for a certificate that does not hold, and
    StorageUnavailable, also while the body is read, for a connection that breaks, stalls, or does
    not speak HTTP. No proxy is used, no redirect followed.
    """
    about_us = {
        "Host": place.authority,
        "User-Agent": f"ReelFarm/{_version()}",
        "Accept": "*/*",
        "Connection": "close",
    }
    wire = _Wire(place, _connect(place, settings, patience), patience)
    try:
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = wire  # connected already: it is used as it is
        connection.request(method, place.target, body, {**about_us, **headers})
        yield connection.getresponse()
    except http.client.IncompleteRead as error:
        raise StorageUnavailable(f"{place.shown}: the answer ended too early") from error
    except http.client.RemoteDisconnected as error:
        raise StorageUnavailable(f"{place.shown} hung up without an answer") from error
    except http.client.HTTPException as error:
        raise StorageUnavailable(
            f"{place.shown}: the answer is not HTTP ({type(error).__name__})"
        ) from error
    finally:
        wire.hang_up()


def _connect(place: Place, settings: Settings, patience: Patience) -> socket.socket:
    """Return a connection to the first address that takes one, secured where the URL says so."""
    with _translated(place):
        found = addresses(place, settings, patience.wait_s(patience.limits.connect_s))
        plain = _reach(place, found, patience)
        if place.scheme == "http":
            return plain
        try:
            plain.settimeout(patience.wait_s(patience.limits.connect_s))
            # Holds the certificate against the name in the URL, not the address we pinned.
            return ssl.create_default_context().wrap_socket(plain, server_hostname=place.host)
        except BaseException:
            plain.close()
            raise


def _reach(place: Place, found: Sequence[str], patience: Patience) -> socket.socket:
    def call(address: str) -> socket.socket:
        wait_s = patience.wait_s(patience.limits.connect_s)
        return socket.create_connection((address, place.port), wait_s)

    *others, last = found
    for address in others:
        with suppress(OSError):  # IPv6 comes first, also on hosts that have none
            return call(address)
    return call(last)


class _Wire:
    """A connected socket as http.client uses one, with bounded waits and errors of ours."""

    def __init__(self, place: Place, connected: socket.socket, patience: Patience) -> None:
        self._place = place
        self._socket = connected
        self._patience = patience

    def sendall(self, content: bytes) -> None:
        with _translated(self._place):
            self._socket.settimeout(self._patience.wait_s(self._patience.limits.silence_s))
            self._socket.sendall(content)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self))

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the start of `buffer` with what comes next; return 0 when nothing more will."""
        with _translated(self._place):
            silent_at = time.monotonic() + self._patience.limits.silence_s
            while True:
                self._socket.settimeout(self._patience.wait_s(CHECK_EVERY_S))
                try:
                    return self._socket.recv_into(buffer)
                except TimeoutError:
                    if time.monotonic() >= silent_at:
                        raise

    def close(self) -> None:
        """Do nothing: http.client closes a connection before the answer's body has been read."""

    def hang_up(self) -> None:
        self._socket.close()


class _Received(io.RawIOBase):
    """What comes over a wire, as a file."""

    def __init__(self, wire: _Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._wire.receive_into(buffer)


@contextmanager
def _translated(place: Place) -> Iterator[None]:
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


@cache
def _version() -> str:
    return version("reelfarm")
