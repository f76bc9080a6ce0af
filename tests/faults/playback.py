"""What a player would ask an origin for, beginning at the two pointers of an asset."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from qc.conformance.mpd import read_mpd
from storage.objects.store import ObjectStore

POINTERS = ("master.m3u8", "manifest.mpd")
URI_ATTRIBUTE = re.compile(r'[:,]URI="([^"]*)"')


def walk(read: Callable[[str], bytes], pointer: str) -> Iterator[str]:
    """Yield every key a player asks for, `pointer` first; only manifests are read."""
    waiting, seen = [pointer], {pointer}
    while waiting:
        key = waiting.pop(0)
        yield key
        if key.endswith((".m3u8", ".mpd")):
            for uri in _uris(key, read(key)):
                named = posixpath.normpath(posixpath.join(posixpath.dirname(key), uri))
                if named not in seen:
                    seen.add(named)
                    waiting.append(named)


def unresolved(store: ObjectStore, title: str, generation: str) -> list[str]:
    """Return, in words, where an asset's two pointers do not lead to all of a generation."""
    sizes = {found.key: found.size_bytes for found in store.listed(f"{title}/")}
    broken = []
    for pointer in POINTERS:
        try:
            first, *keys = walk(store.get_bytes, f"{title}/{pointer}")
        except KeyError as missing:
            broken.append(f"{title}/{pointer} leads to {missing.args[0]}, which is not there")
            continue
        for key in keys:
            if not key.startswith(f"{title}/{generation}/"):
                broken.append(f"{first} leads to {key}, which is not in {generation}")
            if not sizes.get(key):
                broken.append(f"{first} leads to {key}, which is empty or not there")
        if not any(key.endswith(".m4s") for key in keys):
            broken.append(f"{first} leads to no segment")
    return broken


def _uris(key: str, body: bytes) -> Iterator[str]:
    if key.endswith(".mpd"):
        yield from _of_mpd(body)
        return
    for line in body.decode().splitlines():
        if line.startswith("#"):
            yield from URI_ATTRIBUTE.findall(line)
        elif line:
            yield line


def _of_mpd(body: bytes) -> Iterator[str]:
    for representation in read_mpd(body).representations:
        yield from (representation.initialization, *representation.media)
