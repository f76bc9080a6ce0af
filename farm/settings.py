"""Settings from the environment (`REELFARM_*`): defaults suit one machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from farm.errors import InvalidSpec


def _default_state() -> Path:
    """Return the XDG state directory of ReelFarm (XDG Base Directory Specification 0.8)."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "reelfarm"


class Settings(BaseSettings):
    """Everything an operator can turn; each field is `REELFARM_` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REELFARM_", frozen=True)

    state_dir: Path = Field(default_factory=_default_state)
    database_url: str | None = Field(None, description="given PostgreSQL instead of the embedded")
    broker_url: str | None = Field(None, description="given Redis instead of the embedded")
    scratch_dir: Path | None = Field(None, description="default: scratch/ in the state directory")

    ffmpeg: Path | None = None
    ffprobe: Path | None = None
    packager: Path | None = None
    postgres_bin: Path | None = Field(None, description="directory of initdb and postgres")
    redis_server: Path | None = None

    lease_s: float = Field(60.0, gt=0)
    heartbeat_s: float = Field(15.0, gt=0)
    reconcile_s: float = Field(5.0, gt=0)
    max_attempts: int = Field(3, ge=1, le=20)
    backoff_s: float = Field(2.0, ge=0, description="before the first retry; doubles each time")
    worker_threads: int = Field(0, ge=0, le=256, description="steps at once; 0: cores, at least 2")
    encode_slots: int = Field(1, ge=1, le=1024, description="how many chunks to encode at once")
    stall_s: float = Field(120.0, gt=0, description="longest time a tool may show no progress")
    wall_s: float = Field(12 * 3600.0, gt=0, description="longest run of one tool")

    @field_validator(
        *("state_dir", "scratch_dir", "postgres_bin", "redis_server"),
        *("ffmpeg", "ffprobe", "packager"),
    )
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        # Programs run in scratch directories, where a relative path would mean another file.
        return path.expanduser().absolute() if path is not None else None

    @model_validator(mode="after")
    def _beats_within_the_lease(self) -> Settings:
        if self.heartbeat_s >= self.lease_s:
            raise ValueError(
                f"REELFARM_HEARTBEAT_S ({self.heartbeat_s:g}) must be less than REELFARM_LEASE_S"
                f" ({self.lease_s:g})"
            )
        return self

    @property
    def scratch(self) -> Path:
        """Return the folder of running steps: our own, so that it may be cleared at a start."""
        if self.scratch_dir is None:
            return self.state_dir / "scratch"
        owner = hashlib.sha256(os.fsencode(self.state_dir.absolute())).hexdigest()[:12]
        return self.scratch_dir / f"reelfarm-{owner}"

    @property
    def work(self) -> Path:
        """Return where the outputs of steps are kept."""
        return self.state_dir / "work"

    @property
    def threads(self) -> int:
        return self.worker_threads or max(2, os.cpu_count() or 2)


def load_settings(state_dir: Path | None = None) -> Settings:
    """Return the settings of the environment, `state_dir` overriding its own.

    Raises InvalidSpec naming the variable at fault.
    """
    try:
        return Settings(state_dir=state_dir.absolute()) if state_dir else Settings()
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_context=False)
        raise InvalidSpec("; ".join(_mistake(m["loc"], m["msg"]) for m in mistakes)) from error


def _mistake(location: tuple[int | str, ...], message: str) -> str:
    name = f"REELFARM_{str(location[0]).upper()}: " if location else ""
    return f"{name}{message.removeprefix('Value error, ')}"
