"""The provenance that lies beside a published title, held against what is really there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.service.command_line import Desk


def test_it_holds_every_other_file_and_the_programs_that_made_them(
    tmp_path: Path, title_clip: Path
) -> None:
    desk = Desk(tmp_path)
    ran = desk.run(str(title_clip), "--asset", "title")
    assert ran.status == 0, ran.stderr
    [generation] = (desk.origin / "default" / "title").glob("g1-*")
    text = (generation / "provenance.json").read_text("utf-8")
    document = json.loads(text)
    there = {
        path.relative_to(generation).as_posix(): path.read_bytes()
        for path in generation.rglob("*")
        if path.is_file() and path.name != "provenance.json"
    }
    assert document["files"] == {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
        for name, data in there.items()
    }
    assert document["source"]["sha256"] == hashlib.sha256(title_clip.read_bytes()).hexdigest()
    steps = {step["key"]: step for step in document["steps"]}
    assert set(steps) == {step["key"] for step in ran.record["steps"]} - {"verify", "publish"}
    [encode] = [step for step in steps.values() if step["key"].startswith("encode:")]
    assert encode["devices"] == ["cpu"]
    assert encode["tools"]["ffmpeg"]["version"].startswith("ffmpeg version")
    [argv] = encode["commands"]
    assert argv[0].startswith("ffmpeg")
    assert "libx264" in argv
    assert str(tmp_path) not in text
    assert str(title_clip.parent) not in text

    again = desk.run(str(title_clip), "--asset", "title")
    assert again.record["outputs"]["generation"] == 1  # the very same: nothing in it is of the run
    assert (generation / "provenance.json").read_text("utf-8") == text
