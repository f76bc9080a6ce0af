"""The lint as a whole: sound generations pass it, and no rule is without a case against it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qc.conformance.lint import RULES, lint
from tests.media.packaged import Made, RunCommand, full_title, make
from tests.media.spoiled import MASTER
from tests.media.test_conformance_media import CASES as MEDIA_CASES
from tests.media.test_conformance_playlists import CASES as PLAYLIST_CASES
from tests.unit.test_conformance_coded import OBJECTING


@pytest.fixture(scope="module")
def sound(run_command: RunCommand, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(run_command, tmp_path_factory.mktemp("sound"), full_title())


def test_a_sound_generation_passes_every_rule(sound: Made) -> None:
    checks = lint(sound.generation, sound.expected)
    assert [check.rule for check in checks] == [rule.rule_id for rule in RULES]
    assert [(check.rule, check.evidence) for check in checks if check.outcome != "pass"] == []
    assert [check.rule for check in checks if not check.evidence or not check.source] == []


def test_every_rule_has_a_case_that_shows_it_objecting() -> None:
    spoiled = {case.rule for case in (*PLAYLIST_CASES, *MEDIA_CASES)}
    assert {rule.rule_id for rule in RULES} == spoiled | {rule.rule_id for rule in OBJECTING}


def test_every_rule_is_explained_to_delivery_people() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text("utf-8")
    assert [rule.rule_id for rule in RULES if f"`{rule.rule_id}`" not in guide] == []


@pytest.mark.parametrize(
    ("spoiled", "evidence"),
    [
        ("#EXTM3U\n", "it names no variant stream"),
        ("WEBVTT\n", "it does not start with #EXTM3U"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1 CODECS=2\na\n", "line 2 has a malformed"),
        ("#EXTM3U\nvideo.m3u8\n", "line 2 is a URI without EXT-X-STREAM-INF"),
    ],
)
def test_a_generation_without_a_readable_manifest_fails_one_rule(
    spoiled: str, evidence: str, sound: Made, tmp_path: Path
) -> None:
    generation = tmp_path / "generation"
    shutil.copytree(sound.generation, generation)
    (generation / MASTER).write_text(spoiled, "utf-8")
    (check,) = lint(generation, sound.expected)
    assert (check.rule, check.outcome) == ("readable", "fail")
    assert evidence in check.evidence
