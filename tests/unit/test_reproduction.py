"""A generation held against its provenance: its files, its name, its QC, and made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from farm.errors import InvalidSource, InvalidSpec
from farm.serial import digest
from farm.settings import Settings
from qc.reproduction.again import OF_MANIFESTS, OF_PICTURES, OF_REPORT, OF_SOUND, hold_again
from qc.reproduction.document import (
    FIRST_SCHEMA,
    MOST_BYTES,
    FileTold,
    ProvenanceTold,
    read_provenance,
)
from qc.reproduction.files import hold_content, hold_files, hold_qc
from qc.reproduction.outcome import FilesHeld, Reproduction, ThenAndNow, worst
from tests.unit.provenances import FILES, QC_DIGEST, SOURCE, WISH, planned_steps, recorded, report
from workers.programs.tools import Tools
from workers.steps.expected import ExpectedCommands

THERE = {name: FileTold(sha256, size_bytes) for name, (sha256, size_bytes) in FILES.items()}
SAME = ThenAndNow("same", "a", "a")


@pytest.fixture(scope="session")
def document(settings: Settings, tools: Tools) -> dict[str, Any]:
    return recorded(ExpectedCommands(SOURCE.media, settings, tools, planned_steps()))


@pytest.fixture(scope="session")
def told(document: dict[str, Any]) -> ProvenanceTold:
    return read_provenance(json.dumps(document).encode(), "here")


def held(**changes: Any) -> Reproduction:
    files = FilesHeld("same", 2)
    given = Reproduction(
        *("reelfarm-reproduction/1", "here", "default", "title", "same", SAME, {}, SAME),
        *({"ffmpeg": SAME}, SAME, SAME, files, ()),
    )
    return replace(given, **changes)


def test_what_was_written_down_is_read_again(told: ProvenanceTold) -> None:
    assert (told.tenant, told.asset, told.source.sha256) == ("default", "title", SOURCE.sha256)
    assert told.files == THERE
    assert told.digests.keys() >= {"ingest", "ingest#sidecar-0", "encode:0#h264-180p-300k"}
    assert told.request["subtitles"][0]["uri"] == "en.srt"


def test_what_version_0_1_wrote_is_read_too(document: dict[str, Any]) -> None:
    [step] = [step for step in document["steps"] if step["key"] == "chapters"]
    parts = {name: part["digest"] for name, part in step["parts"].items()}
    first = {"key": "chapters", "parts": parts, "tools": {}, "devices": [], "commands": []}
    old = {**document, "schema": FIRST_SCHEMA, "steps": [first]}
    [read] = read_provenance(json.dumps(old).encode(), "here").steps
    assert (read.kind, read.params, read.made_as) == ("chapters", None, None)
    assert read.parts[""].digest == parts[""]
    assert read.parts[""].fingerprint is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is no JSON"),
        (b"\xff\xfe{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no provenance that this version reads (None)"),
        (b'{"schema": "reelfarm-report/2"}', "('reelfarm-report/2')"),
        (b'{"schema": ["reelfarm-provenance/2"]}', "is no provenance"),
        (b'{"schema": "reelfarm-provenance/2"}', "is damaged at reelfarm: Field required"),
        (b" " * (MOST_BYTES + 1), "is larger than 64 MiB"),
    ],
)
def test_what_is_no_provenance_is_told_so(content: bytes, why: str) -> None:
    with pytest.raises(InvalidSource) as raised:
        read_provenance(content, "https://cdn.example/provenance.json")
    assert raised.value.message.startswith("https://cdn.example/provenance.json ")
    assert why in raised.value.message


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../b", "C:/x", "a//b", "a\\b", "", "x\0y", "./a"]
)
def test_files_outside_a_generation_are_none_of_it(document: dict[str, Any], name: str) -> None:
    changed = {**document, "files": {name: {"sha256": "5" * 64, "size_bytes": 5}}}
    with pytest.raises(InvalidSource, match="is no file of a generation"):
        read_provenance(json.dumps(changed).encode(), "here")


def test_each_file_that_is_changed_missing_or_new_is_named(told: ProvenanceTold) -> None:
    names = [*FILES, "provenance.json"]
    assert hold_files(told, THERE, names) == FilesHeld("same", 2)
    other = {"master.m3u8": FileTold("7" * 64, 5)}
    assert hold_files(told, other, [*names, "new.txt"]) == FilesHeld(
        "differs", 0, ("master.m3u8",), ("h264-180p-300k/00001.m4s",), ("new.txt",)
    )
    longer = {**THERE, "master.m3u8": FileTold("5" * 64, 6)}
    assert hold_files(told, longer, names).changed == ("master.m3u8",)
    assert hold_files(told, THERE, None) == FilesHeld("same", 2, extra=None)


def test_the_name_of_a_generation_tells_whether_its_provenance_was_changed() -> None:
    content = {"master.m3u8": "5" * 64, "provenance.json": "1" * 64}
    name = f"g12-{digest(content)[:8]}"
    same, changed = FilesHeld("same", 1), FilesHeld("differs", 0, ("master.m3u8",))
    assert hold_content(name, content, same).outcome == "same"
    forged = hold_content(name, {**content, "provenance.json": "2" * 64}, same)
    assert (forged.outcome, forged.why) == (
        "differs",
        "provenance.json was changed, or the folder was renamed",
    )
    assert "not those it is named after" in hold_content("g1-00000000", content, changed).why
    assert hold_content("copy", content, same).outcome == "unknown"
    assert hold_content(name, content, FilesHeld("unknown", 0, why="alone")).why == "alone"


def test_the_report_has_the_verdict_and_the_checks_that_the_provenance_vouches_for(
    told: ProvenanceTold,
) -> None:
    assert hold_qc(told, json.dumps(report()).encode()) == ThenAndNow("same", QC_DIGEST, QC_DIGEST)
    prettier = json.dumps({**report(), "verdict": "rejected"}).encode()
    assert hold_qc(told, prettier).why == "report/report.json has other checks, or another verdict"
    assert hold_qc(told, None).outcome == "unknown"
    assert [hold_qc(told, damaged).outcome for damaged in (b"{", b"[]", b"7", b"{}")] == (
        ["differs"] * 4
    )


def test_files_that_came_out_otherwise_have_the_reason_there_may_be(told: ProvenanceTold) -> None:
    names = (
        *("h264-180p-300k/00001.m4s", "audio-0-stereo/00001.m4s", "audio-0-stereo/playlist.m3u8"),
        *("report/report.json", "thumbnails/poster.jpg"),
    )
    then = replace(told, files={name: FileTold("5" * 64, 5) for name in (*names, "same", "gone")})
    now = {name: FileTold("6" * 64, 5) for name in (*names, "new")} | {"same": then.files["same"]}
    again = hold_again(then, now, held(), job="j", folder="f", verdict="pass")
    assert (again.outcome, again.same, again.missing, again.extra) == (
        *("differs", ("same",), ("gone",), ("new",)),
    )
    assert {file.name: file.why for file in again.differ} == {
        "h264-180p-300k/00001.m4s": OF_PICTURES,
        "audio-0-stereo/00001.m4s": OF_SOUND,
        "audio-0-stereo/playlist.m3u8": OF_MANIFESTS,
        "report/report.json": OF_REPORT,
        "thumbnails/poster.jpg": "no reason is known",
    }
    other = held(
        tools={"ffmpeg": ThenAndNow("differs", "n9", "n10")},
        reelfarm=ThenAndNow("differs", "0.1", "0.2"),
    )
    [first, *_] = hold_again(then, now, other, job="j", folder="f", verdict="pass").differ
    assert first.why == "it was made otherwise: ReelFarm 0.1 -> 0.2; another build of ffmpeg"


def test_what_nobody_could_look_at_is_no_difference() -> None:
    assert worst("same", "unknown") == "same"
    assert worst("same", "unknown", "differs") == "differs"


def test_it_is_made_again_from_the_request_with_the_files_that_are_given(
    told: ProvenanceTold, tmp_path: Any
) -> None:
    from cli.remade import spec_again
    from workers.local.reproduction import Given

    sidecars = {"sidecar-0": "/here/en.srt", "chapters": "/here/chapters.vtt"}
    given = Given("/here/film.mkv", sidecars)
    facts = held(sidecars=dict.fromkeys(sidecars, SAME))
    spec = spec_again(told, facts, given, tmp_path)
    assert spec == WISH.model_copy(
        update={
            "source": "/here/film.mkv",
            "origin": str(tmp_path / "origin"),
            "subtitles": (WISH.subtitles[0].model_copy(update={"uri": "/here/en.srt"}),),
            "chapters": "/here/chapters.vtt",
        }
    )
    let_out = replace(told, qc=replace(told.qc, verdict="review"))
    assert spec_again(let_out, facts, given, tmp_path).qc.publish == "ungated"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: held(source=ThenAndNow("unknown", "a", None)), "the source is needed: say with"),
        (lambda: held(source=ThenAndNow("differs", "a", "b")), "the source is not the one that"),
        (
            lambda: held(sidecars={"sidecar-0": ThenAndNow("unknown", "a", None)}),
            "en.srt is needed: say with --sidecar",
        ),
    ],
)
def test_it_is_not_made_again_of_other_files(
    told: ProvenanceTold, tmp_path: Any, change: Callable[[], Reproduction], said: str
) -> None:
    from cli.remade import spec_again
    from workers.local.reproduction import Given

    with pytest.raises(InvalidSpec) as raised:
        spec_again(told, change(), Given("/here/film.mkv", {}), tmp_path)
    assert said in raised.value.message
