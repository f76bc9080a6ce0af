"""`reelfarm reproduce` of a published title: whole, tampered with, over HTTP, and made again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage.objects.store import Headers
from storage.objects.stores import open_store
from tests.browser.static_server import serve
from tests.conftest import S3
from tests.forked import Ran, run_reelfarm
from tests.service.command_line import Desk
from tests.service.commands import farm_environment, started
from tests.service.ports import free_port

SIDECAR = "1\n00:00:01,000 --> 00:00:03,000\nHello\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, title_clip: Path) -> Desk:
    """A title with subtitles, and its record beside it."""
    desk = Desk(tmp_path_factory.mktemp("reproduced"))
    (desk.folder / "title.en.srt").write_text(SIDECAR)
    shutil.copy(title_clip, desk.folder / "title.mp4")
    ran = desk.run(str(desk.folder / "title.mp4"), "--subtitles", f"en={desk.folder}/title.en.srt")
    assert ran.status == 0, ran.stderr
    (desk.folder / "record.json").write_text(ran.stdout)
    return desk


@pytest.fixture
def copy(published: Desk, tmp_path: Path) -> Path:
    """A copy of the generation, to do something to."""
    [generation] = (published.origin / "default" / "title").glob("g1-*")
    shutil.copytree(generation, tmp_path / generation.name)
    return tmp_path / generation.name


def reproduce(where: Path | str, *options: str) -> Ran:
    environment = farm_environment(REELFARM_STATE_DIR="/nonexistent/state")
    return run_reelfarm(["reproduce", str(where), "--json", *options], environment)


def outcomes(document: dict[str, Any]) -> dict[str, str]:
    """Return how each part of a reproduction came out; "steps" stands for those that differ."""
    named = ("source", "reelfarm", "qc", "content", "files")
    found = {name: document[name]["outcome"] for name in named}
    tools = {tool["outcome"] for tool in document["tools"].values()}
    steps = {step["outcome"] for step in document["steps"]}
    return {**found, "tools": "/".join(sorted(tools)), "steps": "/".join(sorted(steps))}


ALL_SAME = dict.fromkeys(("source", "reelfarm", "qc", "content", "files", "tools", "steps"), "same")


def test_a_title_is_what_it_was_published_as_and_all_of_it_would_be_reused(
    published: Desk,
) -> None:
    source = published.folder / "title.mp4"
    ran = reproduce(published.origin / "default" / "title", "--source", str(source))
    assert ran.status == 0, ran.stdout
    document = ran.record
    assert (document["outcome"], outcomes(document)) == ("same", ALL_SAME)
    assert {each["outcome"] for each in document["sidecars"].values()} == {"same"}
    assert document["files"]["extra"] == []
    # Of every step that runs programs, today's argv are known to be those that ran.
    assert {step["commands"]["outcome"] for step in document["steps"]} == {"same"}
    record = json.loads((published.folder / "record.json").read_text())
    steps = {step["key"] for step in record["steps"]} - {"verify", "publish"}
    assert {step["key"] for step in document["steps"]} == steps


def test_a_job_of_reelfarm_run_is_found_by_its_id_with_what_it_was_made_of(
    published: Desk,
) -> None:
    job = json.loads((published.folder / "record.json").read_text())["id"]
    ran = reproduce(job, "--state", str(published.state))
    assert (ran.status, outcomes(ran.record)) == (0, ALL_SAME)
    unknown = reproduce("0" * 32, "--state", str(published.state))
    assert (unknown.status, "there is no job" in unknown.stderr) == (2, True)


def test_a_job_of_a_farm_is_found_over_its_api(published: Desk, tmp_path: Path) -> None:
    job = json.loads((published.folder / "record.json").read_text())["id"]
    command = ("up", "--state", str(published.state), "--port", str(free_port()))
    with started(*command, environment=farm_environment(), log=tmp_path / "up.log") as farm:
        farm.wait_until(lambda: "The farm is up" in farm.output)
        ran = reproduce(job, "--state", str(published.state))
        assert (ran.status, outcomes(ran.record)) == (0, ALL_SAME), ran.stderr
        assert farm.stop() == 0


def test_each_file_that_was_tampered_with_is_named(copy: Path) -> None:
    (copy / "h264-90p-150k" / "00001.m4s").write_bytes(b"something else")
    (copy / "thumbnails" / "poster.jpg").unlink()
    (copy / "audio-0-stereo" / "more.m4s").write_text("more")
    ran = reproduce(copy)
    assert ran.status == 1
    document = ran.record
    assert {name: document["files"][name] for name in ("changed", "missing", "extra")} == {
        "changed": ["h264-90p-150k/00001.m4s"],
        "missing": ["thumbnails/poster.jpg"],
        "extra": ["audio-0-stereo/more.m4s"],
    }
    told = outcomes(document)
    assert (told["files"], told["content"], told["source"]) == ("differs", "differs", "unknown")
    assert (told["qc"], told["steps"]) == ("same", "same")
    shown = run_reelfarm(["reproduce", str(copy)]).stdout
    assert "changed: h264-90p-150k/00001.m4s\n" in shown
    assert "missing: thumbnails/poster.jpg\n" in shown
    assert "not listed: audio-0-stereo/more.m4s\n" in shown


def test_a_verdict_that_was_made_better_afterwards_shows(copy: Path) -> None:
    path = copy / "report" / "report.json"
    report = json.loads(path.read_text("utf-8"))
    report["checks"] = report["checks"][1:]
    path.write_text(json.dumps(report), "utf-8")
    told = outcomes(reproduce(copy).record)
    assert (told["qc"], told["files"], told["content"]) == ("differs",) * 3
    # With a list of files that fits, the name of the folder still does not.
    provenance = json.loads((copy / "provenance.json").read_text("utf-8"))
    content = path.read_bytes()
    provenance["files"]["report/report.json"] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }
    (copy / "provenance.json").write_text(json.dumps(provenance), "utf-8")
    ran = reproduce(copy)
    told = outcomes(ran.record)
    assert (ran.status, told["files"], told["content"]) == (1, "same", "differs")


def test_another_source_and_another_sidecar_are_told_with_what_would_be_made_anew(
    published: Desk, copy: Path, tmp_path: Path
) -> None:
    (tmp_path / "title.en.srt").write_text(SIDECAR.replace("Hello", "Goodbye"))
    shutil.copy(published.folder / "title.mp4", tmp_path / "title.mp4")
    ran = reproduce(copy, "--source", str(tmp_path / "title.mp4"))  # the sidecar lies beside it
    anew = {step["key"] for step in ran.record["steps"] if step["outcome"] == "differs"}
    assert (ran.status, ran.record["source"]["outcome"]) == (1, "same")
    assert {each["outcome"] for each in ran.record["sidecars"].values()} == {"differs"}
    assert {"ingest", "text:text-en", "package"} <= anew
    assert not {"analyze", "encode:0"} & anew

    with (tmp_path / "title.mp4").open("ab") as file:
        file.write(b"\0")
    ran = reproduce(copy, "--source", str(tmp_path / "title.mp4"))
    anew = {step["key"] for step in ran.record["steps"] if step["outcome"] == "differs"}
    assert ran.record["source"]["outcome"] == "differs"
    assert {"analyze", "encode:0", "package"} <= anew


def test_it_is_looked_at_over_http_by_its_pointer_its_folder_or_its_provenance(
    published: Desk,
) -> None:
    [generation] = (published.origin / "default" / "title").glob("g1-*")
    with serve({"origin": published.origin}) as server:
        base = f"{server.url}/origin/default/title"
        ways = (
            "master.m3u8",
            "manifest.mpd",
            generation.name,
            f"{generation.name}/provenance.json",
        )
        found = [reproduce(f"{base}/{way}") for way in ways]
        assert [ran.status for ran in found] == [0] * 4, [ran.stderr for ran in found]
        assert found[0].record["generation"] == f"{base}/{generation.name}"
        assert found[0].record["files"]["extra"] is None  # a web server lists nothing
        nothing = reproduce(f"{server.url}/origin/default/none/master.m3u8")
        assert (nothing.status, "there is no provenance.json" in nothing.stderr) == (2, True)
    gone = reproduce(f"{base}/master.m3u8")
    assert gone.status == 1
    assert gone.stderr.count("\n") == 1


def test_it_is_looked_at_in_a_bucket(published: Desk, s3: S3) -> None:
    location = s3.new_location()
    store = open_store(location, s3.settings)
    [generation] = (published.origin / "default" / "title").glob("g1-*")
    for path in generation.rglob("*"):
        if path.is_file():
            name = path.relative_to(generation).as_posix()
            store.put_file(f"{generation.name}/{name}", path, Headers())
    environment = farm_environment(
        REELFARM_S3_ENDPOINT_URL=s3.server.endpoint_url, REELFARM_STATE_DIR="/nonexistent"
    )
    look: Callable[[], Ran] = partial(
        run_reelfarm, ["reproduce", f"{location}/{generation.name}", "--json"], environment
    )
    ran = look()
    assert (ran.status, ran.record["files"]["extra"]) == (0, [])
    store.put_bytes(f"{generation.name}/more.txt", b"more", Headers())
    store.delete(f"{generation.name}/thumbnails/poster.jpg")
    ran = look()
    assert (ran.status, ran.record["files"]["extra"]) == (1, ["more.txt"])
    assert ran.record["files"]["missing"] == ["thumbnails/poster.jpg"]


def test_a_provenance_on_its_own_tells_of_steps_but_of_no_files(copy: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone" / "kept.json"
    alone.parent.mkdir()
    shutil.copy(copy / "provenance.json", alone)
    ran = reproduce(alone)
    told = outcomes(ran.record)
    assert (ran.status, told["files"], told["content"], told["qc"]) == (0, *["unknown"] * 3)
    assert told["steps"] == "same"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no JSON", "is no JSON"),
        ("[" * 20_000, "is no JSON"),
        ('{"schema": "reelfarm-report/2"}', "is no provenance that this version reads"),
        ('{"schema": "reelfarm-provenance/2", "steps": 7}', "is damaged at"),
    ],
)
def test_what_is_no_provenance_ends_with_one_line(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "provenance.json").write_text(text)
    ran = reproduce(tmp_path)
    assert (ran.status, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert why in ran.stderr
    assert reproduce(tmp_path / "absent").status == 2


def test_made_again_from_nothing_its_media_are_the_same_or_there_is_a_reason(
    published: Desk, tmp_path: Path
) -> None:
    where = published.origin / "default" / "title"
    needs = reproduce(where, "--encode", str(tmp_path / "again"))
    assert (needs.status, "--source" in needs.stderr) == (2, True)
    source = str(published.folder / "title.mp4")
    ran = reproduce(where, "--source", source, "--encode", str(tmp_path / "again"))
    again = ran.record["again"]
    assert (again["missing"], again["extra"], again["verdict"]) == ([], [], "pass")
    # Encoders may get on otherwise with several threads; all else is made to the same bytes.
    assert ran.status == (1 if again["differ"] else 0)
    assert {file["why"] for file in again["differ"]} <= {
        "encoders with several threads under a cap of their rate do not make the same twice",
        "it has rates and sizes that are measured of the media",
        "it shows scores and pictures of what was encoded, and the name of the source",
    }
    assert {"text-en/init.mp4", "audio-0-stereo/00001.m4s", "thumbnails/poster.jpg"} <= {
        *again["same"]
    }
    assert Path(again["folder"]).parent == tmp_path / "again" / "origin" / "default" / "title"
