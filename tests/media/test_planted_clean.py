"""Clean originals: nothing that is planted elsewhere is found in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MakeContext
from tests.drifting import drifting
from tests.media.media_factory import Clips
from tests.media.planted import RATE, SIZE, found, judged, sources, talking

LENGTH_S = 8

Original = Callable[[Clips, pytest.FixtureRequest], Path]


def real(name: str, start_s: int) -> Original:
    """Return a stretch of a shared clip, its media copied as it is."""

    def cut(clips: Clips, request: pytest.FixtureRequest) -> Path:
        given = request.getfixturevalue("shared") / "media" / name
        taken = ("-ss", str(start_s), "-i", f"file:{given}", "-t", str(LENGTH_S), "-c", "copy")
        return clips.make(f"clean-{start_s}-{name}", *taken)

    return cut


def drawn(name: str, graph: str) -> Original:
    def make(clips: Clips, _: pytest.FixtureRequest) -> Path:
        return clips.make(f"clean-{name}.mkv", *sources(graph, talking(LENGTH_S)))

    return make


IN_SIZE = f"size={SIZE}:rate={RATE}"
ORIGINALS = {
    "film": real("bbb-480p-30s.mp4", 0),
    "the same film later": real("bbb-480p-30s.mp4", 16),
    "camera": real("bottle-360p.mp4", 4),
    "test picture": drawn("test", f"testsrc2={IN_SIZE}:duration={LENGTH_S}"),
    "drifting colours": drawn("colours", drifting(SIZE, LENGTH_S)),
    "colours that hardly change": drawn(
        "slow", drifting(SIZE, LENGTH_S, speed=0.005, colours=(0x1CF44D, 0x2EE433))
    ),
    "noise": drawn("noise", f"testsrc2={IN_SIZE}:duration={LENGTH_S},noise=alls=12:allf=t"),
    "cells": drawn("cells", f"life={IN_SIZE}:seed=1:mold=10:ratio=0.3,trim=duration={LENGTH_S}"),
}


@pytest.mark.parametrize("original", ORIGINALS)
def test_nothing_is_found_in_a_clean_original(
    original: str, clips: Clips, step_context: MakeContext, request: pytest.FixtureRequest
) -> None:
    checks = judged(step_context, ORIGINALS[original](clips, request))
    assert {rule: checks[rule].evidence for rule in found(checks)} == {}
