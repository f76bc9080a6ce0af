"""What settings derive, limits default to, and constants that programs are given."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from farm.command import MAX_CHANNELS, MAX_PIXELS, MAX_STREAMS, Finished, Limits
from farm.errors import InvalidSpec
from farm.mediainfo import Colour, Disposition, VideoStream
from farm.plan import Resource
from farm.settings import Settings, load_settings
from tests.unit.titles import VIDEO, media


def test_a_program_may_take_half_a_day_and_half_a_tebibyte_unless_told_otherwise() -> None:
    limits = Limits()
    assert (limits.wall_s, limits.stall_s, limits.cpu_s, limits.memory_bytes) == (
        *(43_200, None),
        *(None, None),
    )
    assert (limits.file_bytes, limits.open_files) == (1 << 39, 1024)


def test_a_source_may_have_so_many_streams_and_pixels() -> None:
    assert (MAX_STREAMS, MAX_CHANNELS, MAX_PIXELS) == (64, 64, 1 << 26)


def picture(index: int, width: int, height: int, **disposition: bool) -> VideoStream:
    shown = Disposition(**disposition)
    return replace(VIDEO, index=index, width=width, height=height, disposition=shown)


@pytest.mark.parametrize(
    ("streams", "chosen"),
    [
        ((picture(0, 640, 360), picture(1, 1280, 720)), 1),  # the largest
        ((picture(0, 640, 360, default=True), picture(1, 1280, 720)), 0),  # before it the default
        ((picture(0, 640, 360), picture(1, 360, 640)), 0),  # of equal ones the first
        ((picture(0, 3000, 3000, attached_pic=True, default=True), picture(1, 640, 360)), 1),
        ((picture(0, 600, 10), picture(1, 100, 100)), 1),  # by pixels, not by a side
        ((picture(0, 3000, 3000, attached_pic=True),), None),  # cover art is no picture
    ],
)
def test_the_picture_of_a_source_is_its_default_or_largest_and_never_cover_art(
    streams: tuple[VideoStream, ...], chosen: int | None
) -> None:
    found = media(video=streams).picture
    assert (found.index if found else None) == chosen


def test_dynamic_range_goes_by_the_transfer_function() -> None:
    ranges = {name: Colour(transfer=name).dynamic_range for name in ("smpte2084", "arib-std-b67")}
    assert ranges == {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
    assert [Colour(transfer=name).dynamic_range for name in ("bt709", None)] == ["sdr", "sdr"]


def test_what_a_program_cost_is_remembered() -> None:
    finished = Finished("out", "err", 1.5, 2.5, 4096)
    assert (finished.stdout, finished.stderr, finished.wall_s) == ("out", "err", 1.5)
    assert (finished.cpu_s, finished.peak_rss_bytes) == (2.5, 4096)


def test_folders_lie_in_the_state_directory_unless_a_scratch_disk_is_given(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    assert (settings.scratch, settings.cache) == (tmp_path / "scratch", tmp_path / "cache")
    assert settings.work == str(tmp_path / "work")
    owner = hashlib.sha256(os.fsencode(tmp_path)).hexdigest()[:12]
    fast = Settings(state_dir=tmp_path, scratch_dir=Path("/fast"), work_url="s3://b/parts")
    assert fast.scratch == Path(f"/fast/reelfarm-{owner}")
    assert fast.cache == Path(f"/fast/reelfarm-{owner}-cache")
    assert fast.work == "s3://b/parts"


def test_the_state_directory_follows_the_xdg_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELFARM_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert load_settings().state_dir == Path("/var/state/reelfarm")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", "/home/ops")
    assert load_settings().state_dir == Path("/home/ops/.local/state/reelfarm")


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("FFMPEG", "~/ffmpeg", Path("/home/ops/ffmpeg")),
        ("POSTGRES_BIN", "bin", Path.cwd() / "bin"),
        ("SCRATCH_DIR", "/fast", Path("/fast")),
    ],
)
def test_paths_are_absolute_wherever_they_are_used(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, path: Path
) -> None:
    monkeypatch.setenv("HOME", "/home/ops")
    monkeypatch.setenv(f"REELFARM_{name}", value)
    assert getattr(load_settings(), name.lower()) == path


def test_a_worker_serves_the_classes_it_is_told() -> None:
    assert Settings().resources == (Resource.IO, Resource.CPU, Resource.QC)
    assert Settings(queues=" cpu ,, io").resources == (Resource.CPU, Resource.IO)


@pytest.mark.parametrize(
    ("queues", "wrong"), [("cpu,disk", "'disk'"), ("", "''"), (" , ", "''"), ("x,y", "'x'")]
)
def test_a_class_nobody_knows_is_named_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, queues: str, wrong: str
) -> None:
    monkeypatch.setenv("REELFARM_QUEUES", queues)
    known = ", ".join(Resource)
    with pytest.raises(InvalidSpec, match=rf"^REELFARM_QUEUES: {wrong}: give some of {known}$"):
        load_settings()


def test_a_heartbeat_is_shorter_than_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELFARM_HEARTBEAT_S", "60")
    said = r"^REELFARM_HEARTBEAT_S \(60\) must be less than REELFARM_LEASE_S \(60\)$"
    with pytest.raises(InvalidSpec, match=said):
        load_settings()
    monkeypatch.setenv("REELFARM_HEARTBEAT_S", "59.5")
    assert load_settings().heartbeat_s == 59.5


def test_two_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELFARM_CORES", "-1")
    monkeypatch.setenv("REELFARM_GRACE_S", "soon")
    with pytest.raises(InvalidSpec, match=r"REELFARM_CORES: .*; REELFARM_GRACE_S: "):
        load_settings()
