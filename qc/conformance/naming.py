"""The tracks that manifests name: which playlist and which representation are one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from qc.conformance.hls import Multivariant, Variant
from qc.conformance.mpd import Mpd, Representation
from qc.conformance.presentation import below

PICTURES = ("avc", "hvc", "hev", "av01", "vp0", "dvh", "mp4v")  # how their codecs begin


@dataclass(slots=True)
class NamedTrack:
    """A track as the manifests name it; paths are below the root."""

    name: str
    kind: str
    playlist: str = ""
    iframes: str = ""
    representation: Representation | None = None


def named_tracks(multivariant: Multivariant, mpd: Mpd, hls: str, dash: str) -> list[NamedTrack]:
    """Return the tracks of both manifests, those as one that are in the same folder.

    Where a folder has several playlists, each is a track by itself.
    """
    playlists = dict(_playlists(multivariant, hls))
    shared = Counter(path.rpartition("/")[0] for path in playlists)
    found: dict[str, NamedTrack] = {}

    def at(path: str, kind: str) -> NamedTrack:
        folder = path.rpartition("/")[0]
        name = folder if folder and shared[folder] <= 1 else path.rpartition(".")[0] or path
        return found.setdefault(name, NamedTrack(name, kind))

    # First, because DASH says what kind a track is.
    listed = [_below(each, dash) for each in mpd.representations]
    folders = [each.initialization.rpartition("/")[0] for each in listed]
    in_dash = Counter(folders)
    for number, (representation, folder) in enumerate(zip(listed, folders, strict=True)):
        alone = in_dash[folder] == 1 and shared[folder] <= 1
        name = folder if folder and alone else f"DASH {representation.name}"
        if name in found:  # ids should differ; where they do not, none is lost
            name = f"{name} ({number})"
        found[name] = NamedTrack(name, representation.kind, representation=representation)
    for path, kind in playlists.items():
        at(path, kind).playlist = path
    for iframe_variant in multivariant.iframe_variants:
        path = below(hls, iframe_variant.get("URI", ""))
        folder = path.rpartition("/")[0]
        own = found.get(folder) or found.setdefault(path, NamedTrack(path, "video"))
        own.iframes = path
    return list(found.values())


def _playlists(multivariant: Multivariant, hls: str) -> Iterable[tuple[str, str]]:
    """Yield path and kind of every media playlist; of one named twice the last kind counts."""
    for variant in multivariant.variants:
        kind = "audio" if _is_audio(variant) else "video"
        yield below(hls, variant.uri), kind
    for media in multivariant.media:
        if "URI" in media or media.get("TYPE") == "SUBTITLES":
            kind = {"SUBTITLES": "text", "VIDEO": "video"}.get(media.get("TYPE", ""), "audio")
            yield below(hls, media.get("URI", "")), kind


def _is_audio(variant: Variant) -> bool:
    codecs = variant.attributes.get("CODECS", "")
    return "RESOLUTION" not in variant.attributes and not any(
        codec.strip().startswith(PICTURES) for codec in codecs.split(",") if codecs
    )


def _below(representation: Representation, dash: str) -> Representation:
    return replace(
        representation,
        initialization=below(dash, representation.initialization),
        media=tuple(below(dash, uri) for uri in representation.media),
    )
