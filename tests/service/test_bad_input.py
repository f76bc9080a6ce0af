"""Bad and odd sources at the command line: refused in one line, or published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media.media_factory import ACCEPTED, Clips, Make, title
from tests.media.media_refused import REFUSED, REFUSED_WHEN_DECODED, Refusal, truncated
from tests.service.command_line import Desk, path_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("bad"))


@pytest.mark.parametrize(
    "refusal", [pytest.param(r, id=n) for n, r in {**REFUSED, **REFUSED_WHEN_DECODED}.items()]
)
def test_a_bad_source_is_refused_in_one_line(desk: Desk, clips: Clips, refusal: Refusal) -> None:
    source = refusal.make(clips)
    ran = desk.run(str(source))
    assert ran.status == 2
    said = [line for line in ran.stderr.splitlines() if line.startswith("reelfarm: ")]
    assert len(said) == 1
    assert ran.stderr.splitlines()[-1] == said[0]
    assert refusal.words in said[0]
    assert source.name in said[0]
    assert "Traceback" not in ran.stderr
    assert (ran.record["state"], ran.record["error"]["code"]) == ("FAILED", refusal.error.code)
    assert desk.origin_files() == []
    assert desk.wait_until_gone(within_s=10) == []


def test_a_failed_record_is_complete(desk: Desk, clips: Clips, tmp_path: Path) -> None:
    (tmp_path / "no.srt").write_text("Dear all, see attached.")
    ran = desk.run(str(title(clips)), "--subtitles", f"en={tmp_path}/no.srt", "--asset", "no")
    assert ran.status == 2
    assert ran.record["error"]["step"] == "text:text-en"
    states = {step["key"]: step["state"] for step in ran.record["steps"]}
    assert states["text:text-en"] == "FAILED"
    assert set(states.values()) <= {"DONE", "FAILED", "CANCELLED"}
    assert all(step["finished_at"] for step in ran.record["steps"])


def test_an_origin_that_cannot_be_used_is_refused_before_any_work(
    desk: Desk, clips: Clips, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for origin, status, words in (
        ("gopher://hole", 2, "is not a kind of storage"),
        (str(tmp_path / "file" / "origin"), 1, "is a file"),
    ):
        ran = desk.run(str(title(clips)), "--origin", origin)
        assert (ran.status, ran.record["id"]) == (status, None)
        assert words in ran.stderr


@pytest.mark.parametrize("make", [pytest.param(m, id=n) for n, m in ACCEPTED.items()])
def test_an_odd_source_is_published(desk: Desk, clips: Clips, make: Make, tmp_path: Path) -> None:
    ran = desk.run(str(make(clips)), "--origin", str(tmp_path / "origin"))
    assert ran.status == 0, ran.stderr
    record = ran.record
    assert record["state"] == "PUBLISHED"
    assert not [check for check in record["qc"]["checks"] if check["outcome"] == "fail"]
    assert path_of(record["outputs"]["hls"]).is_file()
    assert {(r["width"] % 2, r["height"] % 2) for r in record["renditions"]} <= {(0, 0)}


def test_what_survives_of_a_truncated_source_is_published_on_request(
    desk: Desk, clips: Clips, tmp_path: Path
) -> None:
    source = str(truncated(clips))
    ran = desk.run(source, "--allow-partial", "--origin", str(tmp_path / "origin"))
    assert ran.status == 0, ran.stderr
    durations = {check["outcome"] for check in ran.record["qc"]["checks"]}
    assert "fail" not in durations
    assert ran.record["source"]["duration_s"] == 6.0
