"""Results of runs that take long, kept below build/: what was cut short goes on where it was.

A result counts for the very sources and programs it was had with.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from bench.clips import BUILD
from bench.scoring import tools
from farm.serial import digest, from_json, to_json

KEPT = BUILD / "kept"
ROOT = Path(__file__).parent.parent
# What results hang on; how they are shown does not.
SOURCES = (
    *("farm", "ladders", "media", "planning", "workers"),
    *("bench/exhaustive.py", "bench/ladder_runs.py", "bench/scoring.py"),
)

T = TypeVar("T")


def kept(asked: object, kind: type[T], measure: Callable[[], T]) -> T:
    """Return what `measure` gives, or gave before to the same JSON-ready question."""
    path = KEPT / f"{digest([version(), asked])}.json"
    if path.exists():
        return from_json(kind, json.loads(path.read_text("utf-8")))
    found = measure()
    KEPT.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(to_json(found)), "utf-8")
    partial.replace(path)
    return found


def forget() -> None:
    """Let everything be measured anew."""
    shutil.rmtree(KEPT, ignore_errors=True)


@cache
def version() -> str:
    """Return a digest of what encodes and scores: our sources, and the build of FFmpeg."""
    summed = hashlib.sha256(str(tools().ffmpeg.stat().st_size).encode())
    for source in SOURCES:
        there = ROOT / source
        for path in sorted(there.rglob("*")) if there.is_dir() else [there]:
            if path.suffix in (".py", ".yaml"):
                summed.update(path.relative_to(ROOT).as_posix().encode())
                summed.update(path.read_bytes())
    return summed.hexdigest()
