"""What one tenant may read, or where it may publish: folders, buckets with prefixes, web hosts."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from farm.errors import InvalidSource, LocationNotAllowed
from farm.uri import WEB, path_of, scheme_of
from storage.objects.s3_address import S3_SCHEME, split_s3_uri

ANY = "any"  # the word for every location there is
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this host, with all below it."""

    path: Path

    def holds(self, path: Path) -> bool:
        """Return whether `path`, which leads through no symlink, lies in the folder."""
        # Resolved anew: the operator may let a link lead elsewhere while the farm runs.
        return path.is_relative_to(os.path.realpath(self.path))


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, or what lies below a prefix in it."""

    name: str
    prefix: str  # without a slash at its end; "" for all of the bucket

    def holds(self, bucket: str, key: str) -> bool:
        """Return whether the key lies in the bucket below the prefix."""
        # Keys are literal, but servers that keep objects as files may follow these segments.
        if bucket != self.name or not {".", ".."}.isdisjoint(key.split("/")):
            return False
        return not self.prefix or key == self.prefix or key.startswith(f"{self.prefix}/")


@dataclass(frozen=True, slots=True)
class Host:
    """All that one web server serves."""

    scheme: str
    name: str
    port: int


Location = Folder | Bucket | Host


@dataclass(frozen=True, slots=True)
class Allowed:
    """The locations of one tenant, for one purpose; None: every location."""

    tenant: str
    locations: tuple[Location, ...] | None
    purpose: str  # "read" or "publish to"
    named_in: str  # what an operator changes to allow more

    def check_uri(self, uri: str) -> None:
        """Return if the source may be read; raise LocationNotAllowed otherwise.

        Raises InvalidSource for what is no source at all. Symlinks are followed as they are now:
        whoever opens the source checks what has been opened (`check_path`, `check_host`).
        """
        match scheme_of(uri):
            case "s3":
                try:
                    self.check_object(uri, *split_s3_uri(uri))
                except ValueError as error:
                    raise InvalidSource(str(error)) from error
            case "upload":
                pass  # the tenant's own: found, or not, by its id
            case scheme if scheme in WEB:
                try:
                    host = read_host(uri)
                except ValueError as error:
                    shown = ascii(uri.partition("?")[0].rpartition("@")[2])
                    raise InvalidSource(f"{shown} is not a URL: check it") from error
                self.check_host(host.scheme, host.name, host.port)
            case _:
                self.check_path(uri, real_path(uri))

    def check_path(self, shown: str, path: Path) -> None:
        """Return if `path`, which leads through no symlink, is in a folder that is allowed."""
        if not self._holds(lambda one: isinstance(one, Folder) and one.holds(path)):
            raise self._refused(shown)

    def check_object(self, shown: str, bucket: str, key: str) -> None:
        """Return if the key of a bucket is below a prefix that is allowed."""
        if not self._holds(lambda one: isinstance(one, Bucket) and one.holds(bucket, key)):
            raise self._refused(shown)

    def check_host(self, scheme: str, name: str, port: int) -> None:
        """Return if the web server is one that is allowed; `name` without brackets."""
        asked = Host(scheme, _one_spelling(name), port)
        if not self._holds(lambda one: one == asked):
            bracketed = f"[{name}]" if ":" in name else name
            raise self._refused(f"{scheme}://{bracketed}:{port}")

    def _holds(self, rule: Callable[[Location], bool]) -> bool:
        return self.locations is None or any(rule(one) for one in self.locations)

    def _refused(self, shown: str) -> LocationNotAllowed:
        if self.locations:
            remedy = f"it is none of those in {self.named_in}: use one, or have it added"
        else:
            remedy = f"nothing is allowed: set {self.named_in}, as in file:///media/,s3://bucket/"
        return LocationNotAllowed(
            f"tenant {self.tenant} may not {self.purpose} {shown!r}: {remedy}",
            location=shown,
            tenant=self.tenant,
        )


def real_path(uri: str) -> Path:
    """Return the path of a file that leads through no symlink; there need not be one.

    Raises InvalidSource for other schemes and for what can be no path.
    """
    try:
        return Path(os.path.realpath(path_of(uri)))
    except ValueError as error:  # a NUL
        raise InvalidSource(
            f"{uri!r} cannot be read: its name is not one a file can have"
        ) from error


def parse_locations(texts: Iterable[str]) -> tuple[Location, ...] | None:
    """Return the locations that texts mean, None where one of them is `ANY`.

    Raises ValueError, saying what is wrong with which.
    """
    given = [text.strip() for text in texts if text.strip()]
    return None if ANY in given else tuple(_parse(text) for text in given)


def read_host(url: str) -> Host:
    """Return the web server of a URL; raise ValueError for what is none."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return Host(parts.scheme, _one_spelling(parts.hostname), port)


def _parse(text: str) -> Location:
    scheme = scheme_of(text)
    if scheme == "s3":
        bucket, prefix = split_s3_uri(f"{S3_SCHEME}{text.partition('://')[2]}")
        if not {".", ".."}.isdisjoint(prefix.split("/")):
            raise ValueError(f"{text!r}: a prefix has no segments . and ..")
        return Bucket(bucket, prefix.rstrip("/"))
    if scheme in WEB:
        parts = urlsplit(text)
        if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError(f"{text!r}: only the host is looked at: give {scheme}://HOST/")
        return read_host(text)
    if scheme not in ("", "file") or (not scheme and not text.startswith("/")):
        raise ValueError(
            f"{text!r} is no location: give {ANY}, file:///folder/, s3://bucket/prefix/ or"
            " https://host/"
        )
    try:
        return Folder(path_of(text))
    except InvalidSource as error:
        raise ValueError(f"{text!r}: give file:///folder/ with three slashes") from error


def _one_spelling(name: str) -> str:
    """Return a host's name as all its spellings are compared."""
    try:
        return ipaddress.ip_address(name).compressed
    except ValueError:
        return name.encode("idna").decode().lower().rstrip(".")
