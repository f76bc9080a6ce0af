"""Rules about files: what manifests name is there and readable, and nothing else lies about."""

from __future__ import annotations

from collections.abc import Iterator

from media.packaging.title import DASH_NAME, HLS_NAME
from qc.conformance.expectations import Expectations
from qc.conformance.presentation import Presentation, below, is_elsewhere
from qc.conformance.rule import DASH, HLS, Finding, rule

# Players are given these by the application, no manifest has a place for them: docs/delivery.md.
COMPANIONS = frozenset({"chapters.vtt"})
MANIFESTS = frozenset({HLS_NAME, DASH_NAME})


@rule("readable", "Every playlist and segment can be read", f"{HLS} 3, ISO/IEC 14496-12")
def readable(presentation: Presentation, _: Expectations) -> Finding:
    opaque = sum(track.is_opaque for track in presentation.tracks)
    unseen = f"; {opaque} are no MP4, and were not looked into" if opaque else ""
    read = len(presentation.tracks) - opaque
    return Finding(seen=f"{read} tracks read whole{unseen}", broken=presentation.problems)


@rule("files-resolve", "Every URI of both manifests leads to a file", f"{HLS} 4.1, {DASH} 5.6")
def files_resolve(presentation: Presentation, _: Expectations) -> Finding:
    named = _named(presentation)
    broken = []
    for uri, source in named.items():
        if uri and is_elsewhere(uri):
            broken.append(f"{source} leads out of the generation: {uri}")
        elif presentation.size_bytes(uri) is None:
            broken.append(f"{source} names {uri}, which is not there")
    return Finding(seen=f"{len(named)} files named, all there", broken=broken)


@rule("files-referenced", "Nothing is published that no manifest names", "origin layout", "title")
def files_referenced(presentation: Presentation, _: Expectations) -> Finding:
    known = _named(presentation).keys() | COMPANIONS | MANIFESTS
    paths = (path for path in presentation.root.rglob("*") if path.is_file())
    present = {path.relative_to(presentation.root).as_posix() for path in paths}
    stray = sorted(present - known)
    return Finding(
        seen=f"{len(present)} files, all of them named",
        advised=[f"{name} is named by no manifest" for name in stray],
    )


def _named(presentation: Presentation) -> dict[str, str]:
    """Return every URI below the generation with the manifest that names it."""
    return {uri: source for source, uri in reversed(list(_references(presentation)))}


def _references(presentation: Presentation) -> Iterator[tuple[str, str]]:
    multivariant = presentation.multivariant
    hls, dash = presentation.hls, presentation.dash
    for attributes in (*multivariant.media, *multivariant.iframe_variants):
        # Without one, sound is in the variant's own stream, and captions are in its pictures.
        if "URI" in attributes or attributes.get("TYPE") == "SUBTITLES":
            yield hls, below(hls, attributes.get("URI", ""))
    for data in multivariant.session_data:
        if "URI" in data:
            yield hls, below(hls, data["URI"])
    for variant in multivariant.variants:
        yield hls, below(hls, variant.uri)
    for name, playlist in presentation.playlists():
        for uri in dict.fromkeys([playlist.map_uri, *(item.uri for item in playlist.items)]):
            if uri:
                yield name, below(name, uri)
    for representation in presentation.mpd.representations:
        for uri in dict.fromkeys((representation.initialization, *representation.media)):
            yield dash, below(dash, uri)


RULES = (readable, files_resolve, files_referenced)
