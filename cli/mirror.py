"""Bringing a presentation from a web server to a folder, with what the server said of each file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx

from farm.errors import InvalidSource, StorageUnavailable
from qc.conformance.hls import UnreadablePlaylist, read_media_playlist, read_multivariant
from qc.conformance.http import Served, ServerAnswer
from qc.conformance.mpd import UnreadableManifest, read_mpd
from qc.conformance.presentation import below, is_elsewhere

AT_ONCE = 16
TIMEOUT_S = 30.0
MOST_MANIFEST_BYTES = 32 << 20
MOST_BYTES = 64 << 30  # of one presentation: two hours of nine rungs are below 20 GB
NOWHERE = "no-such-file-here.m4s"  # what a server should answer 404 to


@dataclass(frozen=True, slots=True)
class Mirrored:
    """A presentation in a folder: the paths of its manifests, "" for none, and the answers."""

    hls: str
    dash: str
    served: Served


def mirror(url: str, folder: Path) -> Mirrored:
    """Bring what a manifest names to `folder`, each file under its path beside the manifest.

    What the server refuses is left out: rules say of it that it is not there. Raises InvalidSource
    where the manifest itself cannot be had, StorageUnavailable where the server does not answer.
    """
    try:
        name = httpx.URL(url).path.rpartition("/")[2]
    except httpx.InvalidURL as error:
        raise InvalidSource(f"{url!a} is no URL ({error}): check how it is written") from error
    if not name or is_elsewhere(name):
        raise InvalidSource(f"{url} names no manifest: give the URL of a .m3u8 or .mpd")
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
        return _Mirror(client, url, folder).run()


class _Mirror:
    def __init__(self, client: httpx.Client, url: str, folder: Path) -> None:
        self._client = client
        self._base, _, name = urlsplit(url)._replace(query="", fragment="").geturl().rpartition("/")
        self._query = urlsplit(url).query  # a signature, perhaps: every request brings it along
        self._manifest = unquote(name)
        self._folder = folder
        self._answers: dict[str, ServerAnswer] = {}
        self._bytes = 0

    def run(self) -> Mirrored:
        text = self._text(self._manifest)
        if text is None:
            status = self._answers[self._manifest].status
            larger = f"larger than {MOST_MANIFEST_BYTES >> 20} MiB, which no manifest is"
            why = larger if status == httpx.codes.OK else f"answered {status}: check the URL"
            raise InvalidSource(f"{self._base}/{self._manifest} is {why}")
        is_dash = text.lstrip("\ufeff \r\n\t").startswith("<")
        named = self._of_dash(text) if is_dash else self._of_hls(text)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for _ in pool.map(self._bring, dict.fromkeys(named)):
                pass
        hls, dash = ("", self._manifest) if is_dash else (self._manifest, "")
        return Mirrored(hls, dash, self._served())

    def _of_dash(self, text: str) -> list[str]:
        try:
            mpd = read_mpd(text.encode())
        except UnreadableManifest:
            return []  # the rules say so
        paths = (
            path for each in mpd.representations for path in (each.initialization, *each.media)
        )
        return [below(self._manifest, path) for path in paths if path]

    def _of_hls(self, text: str) -> list[str]:
        if "#EXTINF" in text:
            return self._of_playlist(self._manifest, text)
        try:
            found = read_multivariant(text)
        except UnreadablePlaylist:
            return []
        uris = [variant.uri for variant in found.variants]
        others = (*found.media, *found.iframe_variants, *found.session_data)
        uris += [each["URI"] for each in others if "URI" in each]
        named: list[str] = []
        for path in dict.fromkeys(below(self._manifest, uri) for uri in uris):
            playlist = self._text(path)
            if playlist is not None and "#EXTM3U" in playlist[:64]:
                named += self._of_playlist(path, playlist)
        return named

    def _of_playlist(self, path: str, text: str) -> list[str]:
        try:
            playlist = read_media_playlist(text)
        except UnreadablePlaylist:
            return []
        uris = [playlist.map_uri, *(item.uri for item in playlist.items)]
        return [below(path, uri) for uri in uris if uri]

    def _text(self, path: str) -> str | None:
        where = self._bring(path)
        if where is None or where.stat().st_size > MOST_MANIFEST_BYTES:
            return None
        return where.read_text("utf-8", errors="replace")

    def _bring(self, path: str) -> Path | None:
        """Fetch a file once; return None where the server refuses it, or it is elsewhere."""
        where = self._folder / path
        if path in self._answers:
            return where if where.is_file() else None
        if is_elsewhere(path):
            return None
        try:
            where.parent.mkdir(parents=True, exist_ok=True)
            with self._asked(path) as response:
                self._answers[path] = _answer(path, response)
                if response.status_code != httpx.codes.OK:
                    return None
                with where.open("wb") as file:
                    for piece in response.iter_bytes():
                        self._count(len(piece))
                        file.write(piece)
        except OSError as error:  # names that are no names here, a folder that is a file, too
            raise InvalidSource(f"{path[:80]!a} cannot be kept: {error.strerror}") from error
        return where

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise InvalidSource(f"{self._base} has more than {MOST_BYTES >> 30} GiB: lint a copy")

    def _served(self) -> Served:
        media = [a.path for a in self._answers.values() if a.suffix in (".m4s", ".mp4", ".ts")]
        firsts = {path.rpartition("/")[0]: path for path in reversed(media)}
        return Served(
            answers=[a for a in self._answers.values() if a.status == httpx.codes.OK],
            ranges=[self._told(path, Range="bytes=0-7") for path in firsts.values()],
            absent=self._told(NOWHERE),
        )

    def _told(self, path: str, **headers: str) -> ServerAnswer:
        with self._asked(path, **headers) as response:
            return _answer(path, response)

    @contextmanager
    def _asked(self, path: str, **headers: str) -> Iterator[httpx.Response]:
        """Give a server's answer, whose body is to be read; raise StorageUnavailable for none."""
        try:
            with self._client.stream("GET", self._url(path), headers=headers) as response:
                yield response
        except httpx.HTTPError as error:
            raise StorageUnavailable(
                f"{self._base}/{path}: {error or type(error).__name__}"
            ) from error

    def _url(self, path: str) -> str:
        there = urljoin(f"{self._base}/", quote(path))
        return f"{there}?{self._query}" if self._query else there


def _answer(path: str, response: httpx.Response) -> ServerAnswer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return ServerAnswer(path, response.status_code, headers, redirected=bool(response.history))
