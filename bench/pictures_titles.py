"""Twenty titles in all states there are, of a real clip and of what can be wrong with one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import httpx

from farm.states import ENDED_JOB, JobState

LENGTH_S = 5
STARTS_S = (1, 4, 8, 11, 14, 17, 20, 23, 25)
CHAPTERS = ("Titles", "Dawn", "Morning", "Day")
QUICK: dict[str, Any] = {
    "name": "quick",
    "preset": "veryfast",
    "rungs": [
        {"width": 416, "height": 234, "max_bps": 145_000, "crf": 25},
        {"width": 640, "height": 360, "max_bps": 365_000, "crf": 25},
        {"width": 960, "height": 540, "max_bps": 2_000_000, "crf": 24},
    ],
}
FOLLOWING = {
    **QUICK,
    "name": "following",
    "policy": "per-title",
    "preset": "faster",
    "adaptive": {"min_windows": 2, "max_windows": 2, "most_miss": 1.0},
}
STARVED = {
    **QUICK,
    "name": "starved",
    "rungs": [*QUICK["rungs"][:2], QUICK["rungs"][2] | {"crf": 37}],
}
ASKING = {"top_harmonic_mean": 5, "top_p5": 2, "top_p1": 1, "review": {"top_p5": 90}}
SAID = ((6.5, "Soft in the grass: the source has every blade."), (2.1, "Banding in the sky?"))
UNREACHABLE = {"top_harmonic_mean": 100, "top_p5": 100}
SEASON = [
    *("rabbit-wakes", "three-bullies", "butterfly", "apple-falls", "into-the-hole", "the-plan"),
    *("vines", "sharpened-sticks", "the-bridge", "big-stretch"),
]
AUTUMN = [f"teaser-{place}" for place in ("one", "two", "three", "four")]
WITHIN_S = 1500.0


class Titles:
    """What is handed in to a farm so that its pages have something to show."""

    def __init__(self, client: httpx.Client, folder: Path, clip: Path) -> None:
        self._client = client
        self._folder = folder
        self._clip = folder / "big-buck-bunny.mp4"
        shutil.copy(clip, self._clip)

    def prepare(self) -> None:
        """Hand in what is to have ended, each in its own way, and wait for it."""
        client = self._client
        for ladder in (QUICK, FOLLOWING, STARVED):
            client.put(f"/v1/ladders/{ladder['name']}", json=ladder).raise_for_status()
        client.put("/v1/qc-policies/unreachable", json=UNREACHABLE).raise_for_status()
        client.put("/v1/qc-policies/asking", json=ASKING).raise_for_status()
        (self._folder / "notes.mov").write_text("This is no film.")
        english = self._folder / "film.en.vtt"
        english.write_text(cues((each, each + 2, f"Second {each}.") for each in range(0, 30, 3)))
        chapters = self._folder / "film.chapters.vtt"
        chapters.write_text(cues(zip((0, 6, 8, 18), (6, 8, 18, 30), CHAPTERS, strict=True)))
        beside = {
            "subtitles": [{"language": "en", "uri": str(english)}],
            "chapters": str(chapters),
        }
        self.submit("big-buck-bunny", **beside)
        older = self.submit("trailer", priority=-5)
        self.act(older, "pause")
        self.wait(self.submit("trailer"))
        self.act(older, "resume")
        self.catalog("season-1", SEASON[:6], "three-bullies")
        self.act(self.submit("withdrawn"), "cancel")
        self.rejected = self.submit("too-good-to-be-true", qc="unreachable")
        self.wait_for_all()
        self.shown = self.submit("big-buck-bunny", ladder="apple-h264", **beside)
        plan = client.post("/v1/plans", json=self._title("a-plan") | {"ladder": "following"})
        self.plan = str(plan.raise_for_status().json()["id"])
        hook = {"url": "https://cms.example/reelfarm", "events": ["job.published", "job.failed"]}
        client.post("/v1/endpoints", json=hook).raise_for_status()
        self.wait(self.plan)
        self.wait_for_all()
        self.to_decide = self.submit(
            "big-buck-bunny-web",
            ladder="starved",
            qc="asking",
            **beside,
            excerpt={"start_s": 8, "duration_s": 12},
        )
        self.wait(self.to_decide, (JobState.WAITING,))
        for time_s, words in SAID:
            note = {"words": words, "time_s": time_s}
            client.post(f"/v1/jobs/{self.to_decide}/review/notes", json=note).raise_for_status()

    def keep_busy(self) -> None:
        """Hand in what runs and waits while the pages are looked at."""
        self.catalog("season-1", SEASON, "three-bullies")
        self.catalog("autumn", AUTUMN, "")
        self.act(self.submit("for-later"), "pause")
        self.running = self.submit("tonight", ladder="apple-h264", priority=9)

    def submit(self, asset: str, **given: Any) -> str:
        """Hand in the next part of the clip, and return its job's id."""
        answer = self._client.post("/v1/jobs", json=self._title(asset) | given)
        return str(answer.raise_for_status().json()["id"])

    def catalog(self, name: str, assets: list[str], broken: str) -> None:
        """Hand in a catalog; of `broken` the file is no film."""
        titles = [{**self._title(asset), "external_id": f"{name}/{asset}"} for asset in assets]
        for title in titles:
            if title["asset"] == broken:
                title["source"] = str(self._folder / "notes.mov")
        answer = self._client.post("/v1/catalogs", params={"name": name}, json=titles)
        answer.raise_for_status()

    def act(self, job: str, action: str) -> None:
        """Do something with a job."""
        self._client.post(f"/v1/jobs/{job}/{action}").raise_for_status()

    def wait(self, job: str, until: Collection[str] = ENDED_JOB) -> None:
        """Return when a job is in one of these states, unless told when it has ended."""
        deadline = time.monotonic() + WITHIN_S
        while self._client.get(f"/v1/jobs/{job}").json()["state"] not in until:
            if time.monotonic() > deadline:
                raise TimeoutError(f"job {job} was not so far after {WITHIN_S} s")
            time.sleep(0.5)

    def wait_for_all(self) -> None:
        """Return when all have ended that were handed in."""
        for each in self._client.get("/v1/jobs", params={"limit": 200}).json()["items"]:
            self.wait(each["id"])

    def _title(self, asset: str) -> dict[str, Any]:
        start_s = STARTS_S[sum(asset.encode()) % len(STARTS_S)]
        return {
            "asset": asset,
            "source": str(self._clip),
            "ladder": "quick",
            "excerpt": {"start_s": start_s, "duration_s": LENGTH_S},
        }


def cues(parts: Iterable[tuple[int, int, str]]) -> str:
    """Return WebVTT of parts from one second to another."""
    blocks = (f"00:{start:02}.000 --> 00:{end:02}.000\n{text}\n" for start, end, text in parts)
    return "WEBVTT\n\n" + "\n".join(blocks)
