"""A device where there is none: an `ffmpeg` of ours that plays one, for tests of what we do then.

It runs the real FFmpeg with the processor's encoder, counts the sessions that are open at once, and
fails in each known way when told to. Nothing else in the tests pretends to be FFmpeg.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class StandIn:
    """One such device, all of whose state is in its folder."""

    folder: Path

    @property
    def ffmpeg(self) -> Path:
        return self.folder / "ffmpeg"

    @property
    def settings(self) -> dict[str, str]:
        """Return the environment of a worker that has this device."""
        return {"REELFARM_FFMPEG": str(self.ffmpeg), "REELFARM_DEVICES": "nvenc:0"}

    def fail(self, how: str = "") -> None:
        """Have the device fail so from now on: "" for not at all; see play.py."""
        (self.folder / "fault.new").write_text(how)
        (self.folder / "fault.new").rename(self.folder / "fault")

    @property
    def peak(self) -> int:
        """Return how many sessions were open at once at most."""
        return int((self.folder / "peak").read_text()) if (self.folder / "peak").exists() else 0

    @property
    def refused(self) -> int:
        """Return how many encodes found no session free."""
        return self._count("refused")

    @property
    def encodes(self) -> int:
        """Return how many encodes began on the device."""
        return self._count("begun")

    def forget(self) -> None:
        """Count from here on."""
        for name in ("peak", "begun", "refused"):
            (self.folder / name).unlink(missing_ok=True)

    def _count(self, name: str) -> int:
        path = self.folder / name
        return len(path.read_bytes()) if path.exists() else 0


def stand_in(
    folder: Path,
    capacity: int = 2,
    encoders: Sequence[str] = ("h264_nvenc",),
    hold_s: float = 0.0,
    decodes: Sequence[str] = ("h264", "hevc", "av1"),
) -> StandIn:
    """Make a device that takes so many sessions; each lasts `hold_s` longer than its encode.

    Without any of the `encoders` it decodes alone, and sessions are decodes. The fewer codecs it
    `decodes`, the sooner a worker that tries it is ready: of each, clips are made.
    """
    folder.mkdir(parents=True)
    orders = {
        "real": imageio_ffmpeg.get_ffmpeg_exe(),
        "capacity": capacity,
        "encoders": list(encoders),
        "hold_s": hold_s,
        "decodes": list(decodes),
    }
    (folder / "orders.json").write_text(json.dumps(orders))
    device = StandIn(folder)
    play = (HERE / "play.py").read_text("utf-8")
    device.ffmpeg.write_text(f"#!{sys.executable} -IS\n{play}", "utf-8")
    device.ffmpeg.chmod(0o755)
    device.fail()
    return device
