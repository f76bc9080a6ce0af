"""What names a tool's build: what it prints of itself, wherever and whenever it was installed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from farm.command import Tool
from farm.errors import ToolFailed
from tests.media.images import rebuilt, relocated
from workers.programs.builds import ASK_FOR_VERSION, Builds
from workers.programs.tools import Tools


def test_the_same_builds_have_the_same_names_on_every_host(tools: Tools, tmp_path: Path) -> None:
    here, there = Builds(tools), Builds(relocated(tools, tmp_path / "image"))
    names = [here.of(tool) for tool in ASK_FOR_VERSION]
    assert [there.of(tool) for tool in ASK_FOR_VERSION] == names
    assert len(set(names)) == len(ASK_FOR_VERSION)


def test_another_build_has_another_name(tools: Tools, tmp_path: Path) -> None:
    other = rebuilt(tools.ffprobe, tmp_path, b"n8.1.2", b"n8.1.3")
    changed = Builds(replace(tools, ffprobe=other))
    assert changed.of(Tool.FFPROBE) != Builds(tools).of(Tool.FFPROBE)
    assert changed.of(Tool.PACKAGER) == Builds(tools).of(Tool.PACKAGER)


def test_a_tool_is_asked_once_and_again_when_it_was_replaced(tools: Tools, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script = tmp_path / "packager"
    script.write_text(f'#!/bin/sh\necho x >> {asked}\nexec {tools.packager} "$@"\n')
    script.chmod(0o755)
    builds = Builds(replace(tools, packager=script))
    names = {builds.of(Tool.PACKAGER) for _ in range(3)}
    assert names == {Builds(tools).of(Tool.PACKAGER)}
    assert asked.read_text() == "x\n"
    os.utime(script, (1, 1))
    assert {builds.of(Tool.PACKAGER)} == names
    assert asked.read_text() == "x\nx\n"


def test_a_tool_that_does_not_tell_is_named_with_its_setting(tools: Tools, tmp_path: Path) -> None:
    silent = tmp_path / "packager"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    builds = Builds(replace(tools, packager=silent))
    with pytest.raises(ToolFailed, match=rf"^{silent} says nothing .*: check REELFARM_PACKAGER$"):
        builds.of(Tool.PACKAGER)
    builds.learn()  # says so in the log, and leaves it to the step that needs it


@pytest.mark.skipif(shutil.which("fc-match") is None, reason="fontconfig is not installed")
def test_the_same_fonts_have_the_same_name_and_no_fontconfig_is_an_error(tools: Tools) -> None:
    assert Builds(tools).of_fonts() == Builds(tools).of_fonts()
    without = Builds(replace(tools, fc_match=Path("/nowhere/fc-match")))
    with pytest.raises(ToolFailed, match="find the fonts: fc_match ended with exit code 126"):
        without.of_fonts()
