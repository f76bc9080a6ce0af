"""Settings from the environment (`REELFARM_*`): defaults suit one machine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from farm.devices import named_devices
from farm.errors import InvalidSpec
from farm.plan import Resource
from farm.prices import Prices
from farm.signing import check_secret

PRICES = ("price_core_hour", "price_gpu_hour", "price_gb_month")
DAY_S = 24 * 3600.0
LONGEST_S = 1e10  # some three hundred years: longer ago, PostgreSQL's calendar may end


def _default_state() -> Path:
    """Return the XDG state directory of ReelFarm (XDG Base Directory Specification 0.8)."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "reelfarm"


class Settings(BaseSettings):
    """Everything an operator can turn; each field is `REELFARM_` and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="REELFARM_", frozen=True, hide_input_in_errors=True
    )

    state_dir: Path = Field(default_factory=_default_state)
    url: str | None = Field(None, description="of a farm's API, for those who use one")
    key: SecretStr | None = Field(None, description="of that API")
    database_url: str | None = Field(None, description="given PostgreSQL instead of the embedded")
    broker_url: str | None = Field(None, description="given Redis instead of the embedded")
    scratch_dir: Path | None = Field(None, description="default: scratch/ in the state directory")
    cache_bytes: int = Field(20 << 30, ge=0, description="of sources and parts kept on this host")

    work_url: str | None = Field(None, description="where steps leave outputs: directory or s3://")
    s3_endpoint_url: str | None = Field(None, description="an S3 server other than Amazon's")
    s3_public_url: str | None = Field(
        None, description="the S3 server as browsers reach it, where that is another address"
    )
    s3_region: str = "us-east-1"
    s3_addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="how a bucket is named; auto: path where an endpoint is given"
    )
    s3_concurrency: int = Field(32, ge=1, le=256, description="requests at once of one process")

    sources: str | None = Field(
        None, description="locations of sources, with commas: file:///, s3://, https://; or any"
    )
    origins: str | None = Field(None, description="locations to publish to, likewise")
    origin: str | None = Field(None, description="where to publish what names no origin")
    locations_file: Path | None = Field(None, description="locations of single tenants, in YAML")

    ffmpeg: Path | None = None
    ffprobe: Path | None = None
    packager: Path | None = None
    postgres_bin: Path | None = Field(None, description="directory of initdb and postgres")
    redis_server: Path | None = None

    lease_s: float = Field(60.0, gt=0)
    heartbeat_s: float = Field(15.0, gt=0)
    reconcile_s: float = Field(5.0, gt=0)
    wake_again_s: float = Field(30.0, gt=0, description="age at which a wake-up counts as lost")
    max_attempts: int = Field(3, ge=1, le=20)
    backoff_s: float = Field(2.0, ge=0, description="before the first retry; doubles each time")
    queues: str = Field("io,cpu,qc", description="resource classes a worker serves")
    cores: int = Field(0, ge=0, le=1024, description="cores a worker may use; 0: the machine's")
    memory_bytes: int = Field(0, ge=0, description="memory a worker may use; 0: the machine's")
    devices: str = Field(
        "auto", description="that encode: auto, none, or nvenc:0,vaapi:renderD128 and so on"
    )
    device_sessions: int = Field(
        0, ge=0, le=64, description="encodes at once on one device; 0: as many as it takes"
    )
    device_pause_s: float = Field(
        30.0, gt=0, description="before a device that failed is tried again; doubles each time"
    )
    grace_s: float = Field(30.0, ge=0, description="time for steps to end when told to stop")
    encode_slots: int = Field(
        0, ge=0, le=4096, description="chunks of a title to encode at once; 0: as workers allow"
    )
    titles_in_progress: int = Field(
        200, ge=0, description="titles begun and not ended, of the whole farm; 0: any number"
    )
    titles_in_progress_per_tenant: int = Field(
        100, ge=0, description="the same, of one tenant; 0: as many as the farm's"
    )
    stall_s: float = Field(120.0, gt=0, description="longest time a tool may show no progress")
    wall_s: float = Field(12 * 3600.0, gt=0, description="longest run of one tool")

    keep_generations_s: float = Field(DAY_S, ge=0, description="playable, once superseded")
    keep_tests_s: float = Field(
        DAY_S, ge=0, le=LONGEST_S, description="how long what was published as a test stays"
    )
    abandoned_after_s: float = Field(
        DAY_S, ge=0, description="age at which an unfinished upload counts as abandoned"
    )
    keep_work_s: float = Field(
        30 * DAY_S, ge=0, le=LONGEST_S, description="how long an unused part of work stays"
    )
    keep_rejected_s: float = Field(
        14 * DAY_S, ge=0, le=LONGEST_S, description="how long what a rejected job made stays"
    )
    keep_jobs_s: float = Field(90 * DAY_S, ge=0, le=LONGEST_S, description="of records of jobs")
    keep_deliveries_s: float = Field(14 * DAY_S, ge=0, le=LONGEST_S, description="once they ended")
    hosts: str = Field(
        "", description="names the API goes by, with commas, beside this machine's; *: any"
    )
    requests_a_minute: int = Field(
        6000, ge=0, le=1_000_000, description="of one tenant to the API; 0: any number"
    )
    body_bytes: int = Field(1 << 20, ge=1024, description="the largest request that is no stream")
    upload_bytes: int = Field(256 << 30, ge=1, description="of the largest file to be uploaded")
    keep_uploads_s: float = Field(
        7 * DAY_S, ge=0, le=LONGEST_S, description="how long an uploaded source stays"
    )
    webhook_secret: SecretStr | None = Field(
        None, description="signs calls of jobs' own webhooks; several, with commas, all sign"
    )
    currency: str | None = Field(
        None, pattern="^[A-Z]{3}$", description="of the prices, by its code in ISO 4217"
    )
    price_core_hour: float = Field(0.0, ge=0, le=1e6, description="of one core")
    price_gpu_hour: float = Field(0.0, ge=0, le=1e6, description="of one GPU")
    price_gb_month: float = Field(0.0, ge=0, le=1e6, description="of 10^9 bytes published")
    private_hosts: str = Field("", description="hosts that may be fetched from though private")
    flower_auth: SecretStr | None = Field(None, description="user:password for Flower")

    @field_validator(
        *("state_dir", "scratch_dir", "postgres_bin", "redis_server"),
        *("ffmpeg", "ffprobe", "packager", "locations_file"),
    )
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        # Programs run in scratch directories, where a relative path would mean another file.
        return path.expanduser().absolute() if path is not None else None

    @field_validator("queues")
    @classmethod
    def _known(cls, queues: str) -> str:
        known = [resource.value for resource in Resource]
        names = [name.strip() for name in queues.split(",") if name.strip()]
        if not names or (unknown := [name for name in names if name not in known]):
            raise ValueError(f"{unknown[0] if names else ''!r}: give some of {', '.join(known)}")
        return queues

    @field_validator("devices")
    @classmethod
    def _named_devices(cls, devices: str) -> str:
        named_devices(devices)
        return devices

    @field_validator("webhook_secret")
    @classmethod
    def _signs(cls, secret: SecretStr | None) -> SecretStr | None:
        given = _listed(secret)
        for each in given:
            check_secret(each)
        return secret if given else None

    @model_validator(mode="after")
    def _beats_within_the_lease(self) -> Settings:
        if self.heartbeat_s >= self.lease_s:
            raise ValueError(
                f"REELFARM_HEARTBEAT_S ({self.heartbeat_s:g}) must be less than REELFARM_LEASE_S"
                f" ({self.lease_s:g})"
            )
        return self

    @model_validator(mode="after")
    def _currency_of_prices(self) -> Settings:
        given = [name for name in PRICES if getattr(self, name)]
        if given and self.currency is None:
            raise ValueError(f"REELFARM_{given[0].upper()} has no unit: give REELFARM_CURRENCY")
        return self

    @property
    def prices(self) -> Prices | None:
        """Return what work and storage cost, None where nobody said."""
        if self.currency is None:
            return None
        return Prices(self.currency, *(getattr(self, name) for name in PRICES))

    @property
    def scratch(self) -> Path:
        """Return the folder of running steps: our own, so that it may be cleared at a start."""
        if self.scratch_dir is None:
            return self.state_dir / "scratch"
        owner = hashlib.sha256(os.fsencode(self.state_dir.absolute())).hexdigest()[:12]
        return self.scratch_dir / f"reelfarm-{owner}"

    @property
    def cache(self) -> Path:
        """Return the folder of what was fetched: on the disk of the scratch, for hard links."""
        if self.scratch_dir is None:
            return self.state_dir / "cache"
        return self.scratch.with_name(f"{self.scratch.name}-cache")

    @property
    def work(self) -> str:
        """Return the location of the store that keeps the outputs of steps."""
        return self.work_url or str(self.state_dir / "work")

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Return the secrets that sign calls of jobs' own webhooks, none where none is set."""
        return _listed(self.webhook_secret)

    @property
    def device_names(self) -> tuple[str, ...] | None:
        """Return the devices that are named, None where those that are there are meant."""
        return named_devices(self.devices)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return the resource classes a worker serves."""
        return tuple(Resource(name.strip()) for name in self.queues.split(",") if name.strip())


def load_settings(state_dir: Path | None = None) -> Settings:
    """Return the settings of the environment, `state_dir` overriding its own.

    Raises InvalidSpec naming the variable at fault.
    """
    try:
        return Settings(state_dir=state_dir.absolute()) if state_dir else Settings()
    except ValidationError as error:
        mistakes = error.errors()
        raise InvalidSpec("; ".join(_mistake(m["loc"], m["msg"]) for m in mistakes)) from error


def _listed(secret: SecretStr | None) -> tuple[str, ...]:
    text = "" if secret is None else secret.get_secret_value()
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _mistake(location: tuple[int | str, ...], message: str) -> str:
    name = f"REELFARM_{str(location[0]).upper()}: " if location else ""
    return f"{name}{message.removeprefix('Value error, ')}"
