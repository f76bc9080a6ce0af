"""How objects lie at an origin: their types, how long they may be cached, and the two pointers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from lxml import etree

from farm.errors import StorageUnavailable
from media.packaging.pointer import point_dash, point_hls
from media.packaging.title import DASH_NAME, HLS_NAME
from storage.objects.store import Headers, ObjectStore
from storage.postgres.generations import Asset, Numbered

CONTENT_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".parquet": "application/vnd.apache.parquet",
}
IMMUTABLE = "public, max-age=31536000, immutable"
POINTER = "max-age=10"
GENERATION_KEY = "generation"  # metadata of a pointer: the number it leads to


@dataclass(frozen=True, slots=True)
class Pointer:
    """A manifest one level above the generation it leads to, as it is to be put."""

    key: str
    content: bytes
    headers: Headers

    def put(self, origin: ObjectStore) -> None:
        """Let it lead there from now on."""
        origin.put_bytes(self.key, self.content, self.headers)


def headers_of(
    key: str, cache_control: str = IMMUTABLE, metadata: Mapping[str, str] | None = None
) -> Headers:
    """Return how the object `key` is to be served."""
    return Headers(CONTENT_TYPES[PurePosixPath(key).suffix], cache_control, metadata or {})


def is_manifest(key: str) -> bool:
    """Return whether the object names others: it comes after them, and goes before them."""
    return PurePosixPath(key).suffix in (".m3u8", ".mpd")


def pointer_keys(asset: Asset) -> tuple[str, str]:
    """Return where the HLS and the DASH pointer of an asset are."""
    return f"{asset.folder}/{HLS_NAME}", f"{asset.folder}/{DASH_NAME}"


def pointers_to(origin: ObjectStore, generation: Numbered) -> tuple[Pointer, Pointer]:
    """Return the HLS and the DASH pointer to a generation, made from its own manifests.

    Raises StorageUnavailable where those are not there whole.
    """
    hls, dash = pointer_keys(generation.asset)
    folder, name = generation.folder, generation.name
    try:
        master = point_hls(origin.get_bytes(f"{folder}/{HLS_NAME}").decode(), name).encode()
        mpd = point_dash(origin.get_bytes(f"{folder}/{DASH_NAME}"), name)
    except KeyError as error:
        raise StorageUnavailable(
            f"{origin.url(error.args[0])} is missing: submit the title again to publish it anew"
        ) from error
    except (ValueError, etree.XMLSyntaxError) as error:
        raise StorageUnavailable(
            f"the manifests in {origin.url(folder)} are damaged: submit the title again"
        ) from error
    metadata = {GENERATION_KEY: str(generation.number)}
    return (
        Pointer(hls, master, headers_of(hls, POINTER, metadata)),
        Pointer(dash, mpd, headers_of(dash, POINTER, metadata)),
    )


def led_to(origin: ObjectStore, asset: Asset) -> set[int | None]:
    """Return to which generations the pointers of an asset lead, None for one that does not say.

    Pointers that are not there lead nowhere.
    """
    heads = [origin.head(key) for key in pointer_keys(asset)]
    numbers = [head.metadata.get(GENERATION_KEY, "") for head in heads if head is not None]
    return {int(number) if number.isdecimal() else None for number in numbers}
