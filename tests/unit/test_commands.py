"""Every word of the commands over a source, against what was recorded."""

from __future__ import annotations

import json

import pytest

from tests.unit.commands import RECORDED, as_recorded, commands

COMMANDS = commands()
RECORDS = json.loads(RECORDED.read_text("utf-8"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_word_for_word_what_was_recorded(name: str) -> None:
    assert as_recorded(COMMANDS[name]) == RECORDS[name]


def test_every_recorded_command_is_made() -> None:
    assert sorted(RECORDS) == sorted(COMMANDS)
