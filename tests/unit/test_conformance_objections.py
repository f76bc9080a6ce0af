"""What every conformance rule says, word for word, of a recorded generation and of it spoiled."""

from __future__ import annotations

import json

import pytest

from qc.conformance.lint import lint
from tests.media.packaged import Made
from tests.media.recorded import OBJECTIONS, in_words, objections, unpack
from tests.media.spoiled import Case
from tests.unit.slips import CASES

SAID: dict[str, list[str]] = json.loads(OBJECTIONS.read_text("utf-8"))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return unpack(tmp_path_factory.mktemp("recorded"))


def test_of_a_sound_generation_every_rule_says_what_it_saw(recorded: Made) -> None:
    checks = lint(recorded.generation, recorded.expected)
    assert in_words(checks) == SAID["nothing is spoiled"]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_objects_in_these_words_and_no_other_rule_does_but_those_recorded(
    case: Case, recorded: Made
) -> None:
    assert objections(case, recorded) == SAID[str(case)]


def test_every_case_is_recorded() -> None:
    assert sorted(SAID) == sorted(["nothing is spoiled", *map(str, CASES)])
