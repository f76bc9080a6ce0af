"""Where a client finds the farm, and there a job: named by the environment, or run here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from farm.errors import InvalidSpec, NotFound, NotSignedIn, StorageUnavailable
from farm.files import replaced
from farm.settings import Settings

UP = "up.json"  # in the state directory: where `reelfarm up` says how to reach it
KEY_FILE = "admin.key"  # beside it: the first operator's key


@dataclass(frozen=True, slots=True)
class RunningFarm:
    """A farm that `reelfarm up` runs here."""

    url: str  # of its API
    database: str


@contextmanager
def announced(settings: Settings, farm: RunningFarm) -> Iterator[None]:
    """Let commands with the same state directory find this farm, until the block ends."""
    path = settings.state_dir / UP
    try:
        with replaced(path, mode=0o600) as temporary:  # URLs may hold passwords
            temporary.write_text(json.dumps(asdict(farm)))
    except OSError as error:
        raise StorageUnavailable(f"cannot write {path}: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_farm(settings: Settings) -> RunningFarm | None:
    """Return the farm that runs on the state directory, None where there is none."""
    try:
        return RunningFarm(**json.loads((settings.state_dir / UP).read_bytes()))
    except (OSError, ValueError, TypeError):  # TypeError: of another version
        return None


def find_farm(
    settings: Settings, url: str | None = None, key: str | None = None
) -> tuple[str, str]:
    """Return the URL and the key of a farm: given, or of the settings, or of one that runs here.

    The key of the one that runs here goes nowhere else. Raises InvalidSpec or NotSignedIn saying
    what to set.
    """
    here = running_farm(settings)
    found = url or settings.url or (here.url if here is not None else None)
    if found is None:
        raise InvalidSpec(
            "there is no farm to talk to: start one with reelfarm up, or set REELFARM_URL to a"
            " farm's API, and REELFARM_KEY to a key of it"
        )
    if not re.match(r"https?://[^/]", found):
        raise InvalidSpec(
            f"REELFARM_URL {found!r}: give a URL that begins with http:// or https://"
        )
    found = found.rstrip("/")
    given = key or (settings.key.get_secret_value() if settings.key is not None else None)
    if given is None and here is not None and found == here.url:
        given = _key_of(settings)
    if given is None:
        raise NotSignedIn(
            f"there is no key for the farm at {found}: set REELFARM_KEY to one of its keys; on a"
            " machine of the farm, reelfarm key make makes one"
        )
    if not re.fullmatch(r"[\x21-\x7e]+", given):
        raise NotSignedIn("REELFARM_KEY is no key: keys look like rf_..._...")
    return found, given


def job_path(job_id: str) -> str:
    """Return the path of a job; raise NotFound for what can be no job's id."""
    if not re.fullmatch(r"[0-9a-f]{32}", job_id):
        raise NotFound(f"there is no job {job_id}: check the id", input=job_id)
    return f"/v1/jobs/{job_id}"


def _key_of(settings: Settings) -> str | None:
    try:
        return (settings.state_dir / KEY_FILE).read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None
