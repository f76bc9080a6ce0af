"""Settings from the environment, and what is said of wrong ones."""

from pathlib import Path

import pytest

from farm.errors import InvalidSpec
from farm.settings import load_settings
from workers.programs.tools import find_tools


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("LEASE_S", "abc", "^REELFARM_LEASE_S: Input should be a valid number"),
        ("MAX_ATTEMPTS", "0", "^REELFARM_MAX_ATTEMPTS: Input should be greater"),
        ("TITLES_IN_PROGRESS", "-1", "^REELFARM_TITLES_IN_PROGRESS: Input should be greater"),
        ("HEARTBEAT_S", "90", r"^REELFARM_HEARTBEAT_S \(90\) must be less than REELFARM_LEASE_S"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(f"REELFARM_{name}", value)
    with pytest.raises(InvalidSpec, match=complaint):
        load_settings()


def test_a_given_state_directory_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELFARM_STATE_DIR", "/elsewhere")
    assert load_settings(tmp_path).state_dir == tmp_path
    assert load_settings().state_dir == Path("/elsewhere")


def test_a_relative_state_directory_means_the_one_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELFARM_STATE_DIR", "state")
    assert load_settings().state_dir == Path.cwd() / "state"


def test_a_shared_scratch_disk_is_shared_by_folders_of_our_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELFARM_SCRATCH_DIR", str(tmp_path))
    one, other = load_settings(tmp_path / "one"), load_settings(tmp_path / "other")
    assert one.scratch.parent == other.scratch.parent == tmp_path
    assert one.scratch != other.scratch


def test_a_tool_that_is_not_there_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELFARM_FFPROBE", "/nope")
    with pytest.raises(InvalidSpec, match=r"^REELFARM_FFPROBE=/nope: there is no such program"):
        find_tools(load_settings())
