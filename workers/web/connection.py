"""Connections for httpcore to addresses that were checked, with no wait beyond its limits."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress

import httpcore

from farm.settings import Settings
from farm.web_address import Place
from workers.web.address import addresses
from workers.web.limits import Deadline

CHECK_EVERY_S = 1.0  # so soon is noticed that nobody wants the answer any more


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to `place` at an address that was looked up once and checked.

    The limits are those of `deadline`: httpcore's own, one for each wait, know no total. Raises as
    `addresses` does, and OSError, which httpcore passes on as they are.
    """

    def __init__(self, place: Place, settings: Settings, deadline: Deadline) -> None:
        self._place = place
        self._settings = settings
        self._deadline = deadline
        self._wire: Wire | None = None

    @property
    def hung_up(self) -> bool:
        """Return whether the other side has ended the connection."""
        return self._wire is not None and self._wire.ended

    def connect_tcp(self, *_: object, **__: object) -> Wire:
        """Return a connection to the first address that takes one."""
        self._wire = Wire(self._reach(), self._deadline)
        return self._wire

    def _reach(self) -> socket.socket:
        connect_s = self._deadline.limits.connect_s
        *others, last = addresses(self._place, self._settings, self._deadline.wait_s(connect_s))

        def call(address: str) -> socket.socket:
            where = (address, self._place.port)
            return socket.create_connection(where, self._deadline.wait_s(connect_s))

        for address in others:
            with suppress(OSError):  # IPv6 comes first, also on hosts that have none
                return call(address)
        return call(last)


class Wire(httpcore.NetworkStream):
    """A connection, plain or within TLS; `ended` once the other side has hung up."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self._socket = connected
        self._deadline = deadline
        self.ended = False

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        *_: object,
        **__: object,
    ) -> Wire:
        """Go on within TLS, the certificate held against the URL's name, not our address."""
        try:
            self._socket.settimeout(self._deadline.wait_s(self._deadline.limits.connect_s))
            self._socket = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return self

    def read(self, max_bytes: int, *_: object, **__: object) -> bytes:
        """Return what comes next, at most so much of it; nothing means that the end has come."""
        silent_at = time.monotonic() + self._deadline.limits.silence_s
        while True:
            self._socket.settimeout(self._deadline.wait_s(CHECK_EVERY_S))
            try:
                came = self._socket.recv(max_bytes)
            except TimeoutError:
                if time.monotonic() >= silent_at:
                    raise
            else:
                self.ended = not came
                return came

    def write(self, buffer: bytes, *_: object, **__: object) -> None:
        """Send all of it; a receiver that hung up may have answered all the same."""
        self._socket.settimeout(self._deadline.wait_s(self._deadline.limits.silence_s))
        try:
            self._socket.sendall(buffer)
        except ConnectionError as error:
            raise httpcore.WriteError(str(error)) from error  # httpcore then reads the answer

    def close(self) -> None:
        self._socket.close()
