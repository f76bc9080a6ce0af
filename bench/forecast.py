"""How often what a plan says of a title's end comes true.

A fresh farm, `reelfarm up` with one worker, that knows nothing but the figures it comes with, and
titles of different sizes and lengths. For each a plan is asked for, read and submitted at once,
often while others are under way. It held when the job ended between the plan's two times.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.clips import BUILD
from bench.forecast_clips import clips_of_all_kinds
from bench.up import a_farm
from farm.settings import Settings
from workers.programs.tools import find_tools

LEAST_HITS = 0.7
WIDEST = 3.0  # times what the title took: the middle one of all
AT_ONCE = (1, 3, 2, 1, 4, 2, 1, 3, 2, 1)  # titles under way together, in turn
WITHIN_S = 1800.0
LOOK_EVERY_S = 0.3
# Noise does not come out well, and shall come out all the same.
QC = {"name": "any", "top_harmonic_mean": 0, "top_p5": 0, "top_p1": 0, "rung_floor": 0}


@dataclass(slots=True)
class Forecast:
    """What was said of one title when it was submitted, and what came."""

    clip: str
    said_at: datetime
    earliest_s: float
    latest_s: float
    cpu_s: float
    size_bytes: dict[str, int]
    others: int  # titles under way then
    job_id: str = ""
    took_s: float = 0.0
    took_cpu_s: float = 0.0
    came_to_bytes: int = 0

    @property
    def held(self) -> bool:
        return self.earliest_s <= self.took_s <= self.latest_s

    @property
    def width(self) -> float:
        return (self.latest_s - self.earliest_s) / self.took_s


def forecasts(client: httpx.Client, clips: list[Path], origin: Path) -> list[Forecast]:
    """Return what was said and what came of every clip."""
    found: list[Forecast] = []
    groups = iter(AT_ONCE * len(clips))
    while len(found) < len(clips):
        for clip in clips[len(found) : len(found) + next(groups)]:
            others = sum(not each.took_s and not _ended(client, each) for each in found)
            found.append(_forecast(client, clip, origin, others))
        for each in [each for each in found if not each.took_s]:
            _wait(client, f"/v1/jobs/{each.job_id}")
            _note_end(client, each)
    return found


def _forecast(client: httpx.Client, clip: Path, origin: Path, others: int) -> Forecast:
    title = {"source": str(clip), "origin": str(origin), "qc": QC}
    asked = _post(client, "/v1/plans", title)
    plan = _wait(client, asked["links"]["self"])
    if plan["state"] != "PLANNED":
        sys.exit(f"{clip.name}: the plan ended as {plan['state']}: {plan['error']}")
    said_at = datetime.now(UTC)
    predicted = plan["predicted"]
    earliest, latest = (
        (datetime.fromisoformat(predicted["eta"][end]) - said_at).total_seconds()
        for end in ("earliest", "latest")
    )
    forecast = Forecast(
        clip.stem,
        said_at,
        earliest,
        latest,
        predicted["cpu_s"],
        predicted["size_bytes"],
        others,
    )
    forecast.job_id = _post(client, asked["links"]["submit"])["id"]
    return forecast


def _note_end(client: httpx.Client, forecast: Forecast) -> None:
    record = client.get(f"/v1/jobs/{forecast.job_id}").json()
    if record["state"] != "PUBLISHED":
        sys.exit(f"{forecast.clip} ended as {record['state']}: {record['error']}")
    ended = datetime.fromisoformat(record["finished_at"])
    forecast.took_s = (ended - forecast.said_at).total_seconds()
    forecast.took_cpu_s = record["cost"]["cpu_s"]
    forecast.came_to_bytes = record["outputs"]["size_bytes"]
    print(_row(forecast), file=sys.stderr)  # for whoever waits


def _post(client: httpx.Client, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    document: dict[str, Any] = client.post(url, json=body).raise_for_status().json()
    return document


def _ended(client: httpx.Client, forecast: Forecast) -> bool:
    return client.get(f"/v1/jobs/{forecast.job_id}").json()["finished_at"] is not None


def _wait(client: httpx.Client, url: str) -> dict[str, Any]:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        document: dict[str, Any] = client.get(url).raise_for_status().json()
        if document["finished_at"] is not None:
            return document
        time.sleep(LOOK_EVERY_S)
    raise TimeoutError(f"{url} had not ended after {WITHIN_S} s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.forecast", description=__doc__)
    parser.add_argument("--jobs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="decides the clips and their order")
    parser.add_argument("--port", type=int, default=18_431)
    options = parser.parse_args()
    shared = Path(os.environ.get("REELFARM_SHARED", Path(__file__).parents[2] / "shared"))
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD, prefix="forecast-") as folder:
        state = Path(folder) / "state"
        state.mkdir()
        ffmpeg = find_tools(Settings(state_dir=state)).ffmpeg
        chance = random.Random(options.seed)
        clips = clips_of_all_kinds(ffmpeg, Path(folder), shared / "media", options.jobs, chance)
        with a_farm(state, options.port) as client:
            found = forecasts(client, clips, Path(folder) / "origin")
    _print(found)
    hits = sum(each.held for each in found) / len(found)
    width = median(each.width for each in found)
    kept = hits >= LEAST_HITS and width <= WIDEST
    print(f"\n{'held':<36}{hits:>12.0%}{f'>= {LEAST_HITS:.0%}':>14}")
    print(f"{'width by what it took, median':<36}{width:>11.2f}x{f'<= {WIDEST:.2f}x':>14}")
    print(f"\n{'kept' if kept else 'MISSED'}")
    sys.exit(0 if kept else 1)


def _print(found: list[Forecast]) -> None:
    heads = f"{'title':<28}{'others':>7}{'said':>16}{'took':>9}{'':>7}{'CPU said':>11}{'took':>8}"
    print(f"{heads}{'MB said':>18}{'came':>7}")
    for each in found:
        print(_row(each))


def _row(forecast: Forecast) -> str:
    said = f"{forecast.earliest_s:.0f} to {forecast.latest_s:.0f} s"
    low, high = (forecast.size_bytes[end] / 1e6 for end in ("low", "high"))
    missed = "" if forecast.held else "missed"
    return (
        f"{forecast.clip:<28}{forecast.others:>7}{said:>16}{forecast.took_s:>7.1f} s"
        f"{missed:>7}{forecast.cpu_s:>9.1f} s{forecast.took_cpu_s:>6.1f} s"
        f"{f'{low:.1f} to {high:.1f}':>18}{forecast.came_to_bytes / 1e6:>7.1f}"
    )


if __name__ == "__main__":
    main()
