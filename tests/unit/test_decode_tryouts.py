"""How many decodes a device is given at once, where short ones began too late to tell."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from farm.command import Command, Finished
from farm.devices import DeviceReport
from farm.errors import ToolFailed
from workers.devices import decoding
from workers.devices.clips import LONG, Bench
from workers.devices.nodes import DeviceNode
from workers.programs.tools import Tools

NO_ROOM = "OpenEncodeSessionEx failed: out of memory (10): (no details)"
REPORT = DeviceReport("m/GPU-9", "nvenc:0", "nvenc", "NVIDIA", 0, (), ("h264",))


class Pretended(Bench):
    """A device with room for so many long decodes, and for any number too short to meet."""

    room = 2
    held = 0
    lock = threading.Lock()

    def run(self, _clip: str, command: Command) -> Finished:
        on_device = any("cuda" in arg or "nv12" in arg for arg in command.args)
        if on_device and str(LONG) in command.args:
            self._hold()
        return Finished("", "", 0.1, 0.1, 0)

    def _hold(self) -> None:
        with self.lock:
            type(self).held += 1
            refused = self.held > self.room
        time.sleep(0.1)
        with self.lock:
            type(self).held -= 1
        if refused:
            raise ToolFailed("decode failed", stderr=[NO_ROOM])


@pytest.mark.parametrize(("room", "found"), [(3, 3), (2, 2), (1, 1), (0, 0)])
def test_what_long_decodes_refuse_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, room: int, found: int
) -> None:
    monkeypatch.setattr(decoding, "prepare_decodes", lambda *_: None)
    monkeypatch.setattr(Pretended, "room", room)
    tools = Tools(*(tmp_path / name for name in ("ffmpeg", "ffprobe", "packager", "fc-match")))
    bench = Pretended(DeviceNode("nvenc", "0", "m/GPU-9", "NVIDIA"), tools, tmp_path)
    report = decoding.try_decoding(bench, REPORT, most_sessions=3)
    assert report.decode_sessions == found
    assert [gain.codec for gain in report.gains] == (["h264"] if found else [])
