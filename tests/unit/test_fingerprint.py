"""What a part is known by: only what decides its content enters its fingerprint."""

from __future__ import annotations

from typing import Any

import pytest

from farm.command import Tool
from farm.parts import Part
from storage.postgres.claims import Claim
from workers.engine.fingerprint import fingerprints
from workers.programs.builds import Builds
from workers.steps.registry import KINDS, step_kind

ALL = {Tool.FFMPEG: "n9", Tool.FFPROBE: "n8", Tool.PACKAGER: "v3"}
USES = {
    "ingest": {"ffprobe"},
    "analyze": {"ffmpeg"},
    "cut": set(),
    "ladder": set(),
    "encode": {"ffmpeg"},
    "stitch": {"ffmpeg", "ffprobe"},
    "audio": {"ffmpeg", "ffprobe"},
    "text": {"ffmpeg"},
    "chapters": set(),
    "thumbnails": {"ffmpeg"},
    "package": {"packager"},
    "measure": {"ffmpeg"},
    "verify": {"ffmpeg"},
    "publish": set(),
}
PARAMS: dict[str, Any] = {
    "rungs": [{"name": "720p"}],
    "policy": {"gop_s": 2, "segment_gops": 2},
    "sidecars": 0,
    "chapters": False,
}


class Host(Builds):
    """A host with these builds and fonts."""

    def __init__(self, builds: dict[Tool, str] = ALL, fonts: str = "DejaVu") -> None:
        self._builds = builds
        self._fonts = fonts

    def of(self, tool: Tool) -> str:
        return self._builds[tool]

    def of_fonts(self) -> str:
        return self._fonts


def prints(kind: str, host: Host, **params: Any) -> dict[str, str]:
    """Return the fingerprints of a step of this kind, made on a host."""
    claimed = Claim(
        1, "job", "step", kind, "", {**PARAMS, **params}, ("ingest",), {}, 1, 1.0, 1, False
    )
    return fingerprints(step_kind(kind), claimed, {"ingest": Part({"sha256": "abc"})}, host)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_tools_a_kind_uses_decide_its_fingerprint(kind: str) -> None:
    here = prints(kind, Host())
    decide = {tool for tool in ALL if prints(kind, Host({**ALL, tool: "another"})) != here}
    assert decide == USES[kind]
    assert prints(kind, Host()) == here


@pytest.mark.parametrize("kind", KINDS)
def test_only_where_text_is_drawn_do_fonts_decide(kind: str) -> None:
    draws = kind in {"encode", "measure", "verify"}
    other = Host(fonts="Liberation")
    assert (prints(kind, Host(), burn_in="en") != prints(kind, other, burn_in="en")) == draws
    for plain in (False, None):
        assert prints(kind, Host(), burn_in=plain) == prints(kind, other, burn_in=plain)
