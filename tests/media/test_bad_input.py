"""Every kind of bad input is refused in one sentence; every odd kind gets through, facts right."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from farm.errors import ReelFarmError
from farm.facts import Analysis
from farm.serial import from_json
from tests.conftest import MakeContext
from tests.media.media_factory import ACCEPTED, Clips, title
from tests.media.media_refused import REFUSED, REFUSED_WHEN_DECODED, ffconcat, hls_playlist
from tests.media.source_steps import analysis_of, analyzed, ingested, source_of

IN_OPEN = 0x20  # inotify(7)
IN_NONBLOCK = 0o4000


@pytest.mark.parametrize("kind", REFUSED)
def test_ingest_refuses(kind: str, clips: Clips, step_context: MakeContext) -> None:
    refusal = REFUSED[kind]
    path = refusal.make(clips)
    with pytest.raises(ReelFarmError) as refused:
        ingested(step_context, path)
    check_refusal(refused.value, refusal.error, refusal.words, path)


@pytest.mark.parametrize("kind", REFUSED_WHEN_DECODED)
def test_analyze_refuses(kind: str, clips: Clips, step_context: MakeContext) -> None:
    refusal = REFUSED_WHEN_DECODED[kind]
    path = refusal.make(clips)
    part = ingested(step_context, path)
    with pytest.raises(ReelFarmError) as refused:
        analyzed(step_context, path, part)
    check_refusal(refused.value, refusal.error, refusal.words, path)


def check_refusal(
    refused: ReelFarmError, error: type[ReelFarmError], words: str, path: Path
) -> None:
    assert type(refused) is error
    assert refused.exit_status == 2
    assert not refused.retryable
    assert refused.message.startswith(f"{str(path)!r} ")
    assert words in refused.message
    assert "\n" not in refused.message


@pytest.mark.parametrize("make", [hls_playlist, ffconcat])
def test_a_playlist_is_refused_without_opening_what_it_points_to(
    make: Callable[[Clips], Path], clips: Clips, step_context: MakeContext
) -> None:
    playlist, target = make(clips), title(clips)
    with Opens(target) as opens:
        with pytest.raises(ReelFarmError):
            ingested(step_context, playlist)
        assert opens.seen() == 0
        ingested(step_context, target)
        assert opens.seen() > 0  # the watch works


class Opens:
    """Counts how often a file is opened, by whatever process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self) -> Opens:
        self._queue = self._libc.inotify_init1(IN_NONBLOCK)
        watch = self._libc.inotify_add_watch(self._queue, os.fsencode(self._path), IN_OPEN)
        if self._queue < 0 or watch < 0:
            raise OSError(ctypes.get_errno(), "cannot watch files with inotify")
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._queue)

    def seen(self) -> int:
        try:
            return len(os.read(self._queue, 65536))
        except BlockingIOError:
            return 0


def test_a_truncated_title_is_published_as_far_as_it_goes_when_that_is_allowed(
    clips: Clips, step_context: MakeContext
) -> None:
    path = REFUSED_WHEN_DECODED["truncated"].make(clips)
    part = ingested(step_context, path)
    product = analyzed(step_context, path, part, allow_partial=True)
    analysis = from_json(Analysis, product.facts)
    assert 4 < analysis.duration_s < 8
    assert analysis.missing_s == pytest.approx(12 - float(analysis.duration_s), abs=0.1)
    assert product.evidence["decode_errors"] > 0


def test_a_refusal_for_truncation_tells_how_much_survived(
    clips: Clips, step_context: MakeContext
) -> None:
    path = REFUSED_WHEN_DECODED["truncated"].make(clips)
    with pytest.raises(
        ReelFarmError, match=r"6\.0 s of it can be read, 6\.0 s are missing"
    ) as refused:
        analyzed(step_context, path, ingested(step_context, path))
    assert refused.value.detail == {"survived_s": 6.0, "missing_s": pytest.approx(6, abs=0.1)}


@dataclass(frozen=True)
class Facts:
    """What ingest and analyze must find."""

    frames: int | None
    fps: Fraction | None
    shown: tuple[int, int] | None
    tracks: int
    interlaced: bool = False
    dynamic_range: str = "sdr"
    bit_depth: int = 8


FPS = Fraction(24)
PLAIN = (320, 180)
FOUND = {
    "title": Facts(72, FPS, PLAIN, 1),
    "without audio": Facts(72, FPS, PLAIN, 0),
    "audio only": Facts(None, None, None, 1),
    "audio with cover": Facts(None, None, None, 1),
    "rotated": Facts(72, FPS, (180, 320), 1),
    "odd size": Facts(72, FPS, (321, 179), 1),
    "non-square pixels": Facts(72, FPS, PLAIN, 0),
    "variable rate": Facts(72, FPS, PLAIN, 1),
    "start offset": Facts(84, FPS, PLAIN, 1),  # the picture stands for half a second first
    "edit list": Facts(36, FPS, PLAIN, 1),
    "interlaced": Facts(75, Fraction(25), PLAIN, 1, interlaced=True),
    "ten bits": Facts(72, FPS, PLAIN, 1, bit_depth=10),
    "hdr10": Facts(72, FPS, PLAIN, 1, dynamic_range="hdr10", bit_depth=10),
    "hlg": Facts(72, FPS, PLAIN, 1, dynamic_range="hlg", bit_depth=10),
    "clean aperture": Facts(72, FPS, (304, 160), 1),
    "scratched": Facts(72, FPS, PLAIN, 1),
    "hostile name": Facts(72, FPS, PLAIN, 1),
    "surround": Facts(97, FPS, PLAIN, 3),  # the last picture stands as long as there is sound
    "moving webp": Facts(72, FPS, PLAIN, 0),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_ingest_and_analyze_take(kind: str, clips: Clips, step_context: MakeContext) -> None:
    path = ACCEPTED[kind](clips)
    part = ingested(step_context, path)
    analysis = analysis_of(step_context, path, part)
    media = source_of(part).media
    picture, timeline = media.picture, analysis.timeline
    assert FOUND[kind] == Facts(
        frames=timeline.frames if timeline else None,
        fps=timeline.fps if timeline else None,
        shown=(picture.display_width, picture.display_height) if picture else None,
        tracks=len(media.audio),
        interlaced=analysis.interlaced,
        dynamic_range=picture.colour.dynamic_range if picture else "sdr",
        bit_depth=picture.bit_depth if picture else 8,
    )
    assert analysis.duration_s == (timeline.duration_s if timeline else Fraction(3))
    assert analysis.missing_s == 0
    assert [found.stream_index for found in analysis.loudness] == [a.index for a in media.audio]
