"""What a provenance says, and what it keeps to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from farm.facts import Source, Verdict
from farm.parts import COMMANDS, MADE_AS, TOOLS, FileRef, Part, StepMade
from farm.serial import digest, to_json
from farm.spec import JobSpec, SubtitleSpec
from qc.provenance import last_name, provenance, references
from tests.unit.titles import media, spec

SOURCE = Source("ab" * 32, media())
FFMPEG = {"ffmpeg": {"version": "ffmpeg version n9.0.2", "build": "f" * 64}}
VERDICT = Verdict("pass", ())
RECIPE = {"reelfarm": "0.1.0", "revision": 2, "fonts": None}
CHUNK = Part({"device": "cpu", "driver": ""}, evidence={COMMANDS: [["ffmpeg", "-an"]]})
MADE = {
    "ingest": Part({"sha256": "a"}),
    "encode:0#h264-1": Part(
        {"device": "nvenc:0", "driver": "580.1"},
        evidence={COMMANDS: [["/opt/venv/bin/ffmpeg", "-y"]], TOOLS: FFMPEG, MADE_AS: RECIPE},
    ),
    "encode:0#h264-2": Part({"device": "nvenc:0", "driver": "580.1"}),
    "encode:1#h264-1": CHUNK,
    "stitch:h264-1": Part({"device": "cpu", "driver": ""}),
}
STEPS = (
    StepMade("ingest", "ingest", {"sidecars": 0}, (), {}),
    StepMade("encode:0", "encode", {"chunk": 0}, ("ingest",), {"h264-1": "1", "h264-2": "2"}),
    StepMade("encode:1", "encode", {"chunk": 1}, ("ingest",), {"h264-1": "3"}),
    StepMade("stitch:h264-1", "stitch", {}, ("encode:0#h264-1", "encode:1#h264-1"), {"": "4"}),
)


def made(wish: JobSpec | None = None) -> dict[str, Any]:
    files = references({"master.m3u8": FileRef("k", "5" * 64, 5)})
    return provenance(wish or spec(), MADE, STEPS, SOURCE, VERDICT, files)


def test_each_step_has_its_parts_programs_builds_and_devices() -> None:
    steps = {step["key"]: step for step in made()["steps"]}
    assert list(steps) == [step.key for step in STEPS]
    assert steps["encode:0"] == {
        "key": "encode:0",
        "kind": "encode",
        "params": {"chunk": 0},
        "inputs": ["ingest"],
        "made_as": RECIPE,
        "parts": {
            "h264-1": {"digest": MADE["encode:0#h264-1"].digest, "fingerprint": "1"},
            "h264-2": {"digest": MADE["encode:0#h264-2"].digest, "fingerprint": "2"},
        },
        "tools": FFMPEG,
        "devices": ["nvenc:0 580.1"],
        "commands": [["ffmpeg", "-y"]],  # where it lies is the host's affair
    }
    # What is made in every job is known by nothing that another would find.
    assert steps["ingest"]["parts"] == {"": {"digest": MADE["ingest"].digest, "fingerprint": None}}
    assert steps["stitch:h264-1"]["inputs"] == ["encode:0#h264-1", "encode:1#h264-1"]
    assert steps["stitch:h264-1"]["devices"] == ["cpu"]
    assert steps["encode:1"]["parts"] == {"h264-1": {"digest": CHUNK.digest, "fingerprint": "3"}}
    assert steps["encode:1"]["made_as"] is None  # of a part that an older version made
    assert steps["encode:1"]["commands"] == [["ffmpeg", "-an"]]


def test_files_and_verdict_are_held_by_their_digests() -> None:
    document = made()
    assert document["files"] == {"master.m3u8": {"sha256": "5" * 64, "size_bytes": 5}}
    assert document["qc"] == {"verdict": "pass", "sha256": digest(to_json(VERDICT))}
    assert document["source"] == {
        "sha256": SOURCE.sha256,
        "size_bytes": SOURCE.media.size_bytes,
    }


def test_it_says_what_was_asked_for_and_not_where_anything_lies() -> None:
    sidecar = SubtitleSpec(language="en", uri="https://cdn.example/subs/en.srt?signature=secret")
    wish = spec(subtitles=(sidecar,), chapters="/vault/chapters.json").model_copy(
        update={"source": "s3://masters/vault/film.mov", "origin": "s3://origin/here"}
    )
    document = made(wish)
    assert document["request"]["subtitles"][0]["uri"] == "en.srt"
    assert document["request"]["chapters"] == "chapters.json"
    assert document["request"]["ladder"]["name"] == wish.ladder.name
    text = json.dumps(document)
    assert not [word for word in ("secret", "vault", "masters", "here", "cdn.") if word in text]


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("/a/b c.mov", "b c.mov"),
        ("s3://bucket/a/film.mov", "film.mov"),
        ("https://h.example/a%20b.mov?X-Amz-Signature=1", "a b.mov"),
    ],
)
def test_a_name_is_the_last_part_of_where_a_file_is(uri: str, name: str) -> None:
    assert last_name(uri) == name
