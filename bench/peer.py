"""ReelFarm beside shaka-streamer and a script of one FFmpeg a rung: bits, VMAF and CPU.

The same clip, without sound, to the same sizes; every encode is scored by the same code. Ends with
status 1 where ReelFarm is behind on any rung.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bdrate_clips import ClipSource, make
from bench.clips import BUILD, bunny_1080p
from bench.ladder_runs import Candidate, known
from bench.peer_runs import by_reelfarm, by_script, by_streamer
from bench.peer_table import table
from bench.scoring import size_of, tools

LADDER = Path(__file__).with_name("peer_ladder.yaml")
PER_TITLE = Candidate("per-title", "h264")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.peer", description=__doc__)
    parser.add_argument("--clip", type=Path, help="default: Big Buck Bunny, 1080p24")
    parser.add_argument("--seconds", type=float, default=30.0, help="of the clip")
    options = parser.parse_args()
    original = (options.clip or bunny_1080p()).absolute()
    BUILD.mkdir(parents=True, exist_ok=True)
    source = ClipSource(f"peer-{original.stem}", "", lambda: original, (0, options.seconds))
    made = make(tools().ffmpeg, source)
    assert made is not None
    clip, size = made.path, size_of(made.path)
    with TemporaryDirectory(dir=BUILD, prefix="peer-") as name:
        folder = Path(name)
        fixed, rungs = by_reelfarm(
            "ReelFarm, fixed", clip, str(LADDER), _room(folder, "fixed"), size
        )
        ours = [fixed]
        if known(PER_TITLE):
            room = _room(folder, "per-title")
            ours += [by_reelfarm("ReelFarm, per-title", clip, PER_TITLE.policy, room, size)[0]]
        else:
            print("left out: this version has no per-title", file=sys.stderr)
        others = [
            by_streamer(clip, rungs, _room(folder, "shaka-streamer"), size),
            by_script(clip, rungs, _room(folder, "script"), size),
        ]
    print(
        f"{original.name}, {options.seconds:g} s, {len(rungs)} sizes, scored at {size[1]} lines\n"
    )
    lines, kept = table(ours, others)
    print("\n".join(lines))
    sys.exit(0 if kept else 1)


def _room(folder: Path, name: str) -> Path:
    print(name, file=sys.stderr, flush=True)
    room = folder / name
    room.mkdir()
    return room


if __name__ == "__main__":
    main()
