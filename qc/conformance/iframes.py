"""Rules about I-frame playlists: there for every picture, and each range exactly one I-frame."""

from __future__ import annotations

from collections.abc import Iterator

from qc.conformance.expectations import Expectations
from qc.conformance.presentation import Presentation, Track
from qc.conformance.rule import APPLE, HLS, Finding, rule


@rule("apple-6.1", "Every rendition has an I-frame playlist", f"{APPLE} 6.1", "hls")
def iframe_playlists(presentation: Presentation, _: Expectations) -> Finding:
    videos = [track for track in presentation.tracks if track.kind == "video"]
    count = sum(len(track.iframes.items) for track in videos if track.iframes)
    return Finding(
        seen=f"{count} I-frames in {len(videos)} playlists",
        advised=[f"{track.name} has none" for track in videos if track.iframes is None],
        broken=[
            f"{track.name}/iframes.m3u8 lacks EXT-X-I-FRAMES-ONLY"
            for track in videos
            if track.iframes and not track.iframes.iframes_only
        ],
    )


@rule("iframe-ranges", "Every byte range holds exactly one I-frame", f"{HLS} 4.3.3.6", "hls")
def iframe_ranges(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video"):
        if track.iframes is None:
            continue
        frames = dict(_frames(track))
        for item in track.iframes.items:
            count += 1
            size, offset = item.byte_range or (0, 0)
            if frames.get((item.uri, offset)) != size:
                broken.append(
                    f"{track.name}: bytes {offset} to {offset + size} of {item.uri} are not a "
                    "fragment's head and its first I-frame"
                )
    return Finding(seen=f"{count} ranges lead to an I-frame each", broken=broken)


@rule(
    "iframe-times",
    "I-frame playlists put each I-frame where the video has it",
    f"{HLS} 4.3.3.6",
    "hls",
)
def iframe_times(presentation: Presentation, _: Expectations) -> Finding:
    broken, longest_s = [], 0.0
    for track in presentation.of_kind("video"):
        if track.iframes is None:
            continue
        starts = dict(_starts(track))
        clock_s = 0.0
        for item in track.iframes.items:
            start_s = starts.get((item.uri, (item.byte_range or (0, 0))[1]), clock_s)
            if abs(start_s - clock_s) > 0.1:
                broken.append(
                    f"{track.name}: the I-frame in {item.uri} is listed at {clock_s:.3f} s "
                    f"and shown at {start_s:.3f} s"
                )
                break
            clock_s += float(item.duration_s)
        gaps = [float(item.duration_s) for item in track.iframes.items]
        longest_s = max([longest_s, *gaps])
    return Finding(seen=f"at most {longest_s:.3f} s from one I-frame to the next", broken=broken)


def _frames(track: Track) -> Iterator[tuple[tuple[str, int], int]]:
    """Yield ((file, offset of a fragment), bytes up to the end of its first sample, if sync)."""
    for media in track.media:
        for fragment in media.segment.fragments:
            if fragment.starts_with_sync:
                end = fragment.data_offset + fragment.sizes_bytes[0]
                yield (media.path.name, fragment.offset), end - fragment.offset


def _starts(track: Track) -> Iterator[tuple[tuple[str, int], float]]:
    assert track.header is not None
    for media in track.media:
        for fragment in media.segment.fragments:
            ticks = fragment.first_presented_ticks - track.header.edit_start_ticks
            yield (media.path.name, fragment.offset), ticks / track.header.timescale


RULES = (iframe_playlists, iframe_ranges, iframe_times)
