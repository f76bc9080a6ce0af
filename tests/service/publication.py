"""Publishing small made-up titles for real: jobs in PostgreSQL, objects at an origin."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from farm.facts import Packaged, Published, Verdict
from farm.parts import Part, Product
from farm.plan import Resource, StepPlan, StepSize
from farm.serial import from_json, to_json
from farm.settings import Settings
from farm.spec import JobSpec
from farm.states import JobState
from planning.params import PublishParams
from services.origin import pointer_keys
from services.publications import AssetGenerations
from storage.objects.store import ObjectStore
from storage.objects.stores import open_store
from storage.postgres import claims, jobs
from storage.postgres.admission import Turn
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from storage.postgres.generations import Asset
from storage.postgres.models import Generation, Job, Step
from tests.conftest import MakeContext, a_spec, stored
from workers.steps import publish
from workers.steps.contract import StepContext

PUBLISH = StepPlan("publish", "publish", size=StepSize(Resource.IO))
MPD = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period id="{mark}"/></MPD>'


@dataclass(frozen=True, slots=True)
class Desk:
    """Where titles are published from: one asset at one origin."""

    database: Database
    make_context: MakeContext
    settings: Settings
    folder: Path
    location: str  # of the origin

    @property
    def origin(self) -> ObjectStore:
        return open_store(self.location, self.settings)

    @property
    def asset(self) -> Asset:
        return Asset(self.location, "default", "title")

    def spec(self, asset: str = "title") -> JobSpec:
        spec = a_spec(self.folder / "absent.mp4", self.folder, asset=asset)
        return spec.model_copy(update={"origin": self.location})

    def claim(self, asset: str = "title") -> Claim:
        """Submit a job whose publish step is all that is left, and claim that."""
        with self.database.begin() as session:
            spec = self.spec(asset)
            job_id, [wakeup] = jobs.submit(session, spec, [PUBLISH], "request")
            turn = Turn(wakeup.step_id, job_id, Resource.IO, job_waits=True)
            claimed = claims.claim_first(session, turn, "here:1", 60.0)
        assert claimed is not None
        return claimed

    def context(self, claimed: Claim, mark: str, segments: int = 3) -> StepContext[PublishParams]:
        """Return the context of a publish step of a title whose every file bears `mark`."""
        spec = JobSpec.model_validate(claimed.spec)
        context = self.make_context(
            spec=spec, inputs=title(self.folder / f"made-{mark}", mark, segments)
        )
        book = AssetGenerations(self.database, spec, claimed)
        return replace(context, settings=self.settings, generations=book)

    def publish(self, mark: str, asset: str = "title") -> Published:
        """Publish a title in a job of its own, to the end."""
        claimed = self.claim(asset)
        published = run(self.context(claimed, mark))
        self.end(claimed, JobState.PUBLISHED)
        return published

    def end(self, claimed: Claim, state: JobState) -> None:
        """End a job, its publish step with it."""
        with self.database.begin() as session:
            job = jobs.lock(session, claimed.job_id)
            jobs.finish(session, job, state, None)
            step = {JobState.PUBLISHED: "DONE", JobState.FAILED: "FAILED"}.get(state, "CANCELLED")
            session.execute(
                update(Step)
                .where(Step.id == claimed.step_id)
                .values(state=step, lease_until=None, finished_at=func.now())
            )

    def age(self, number: int, hours: float) -> None:
        """Let a generation, and the job that made it, be older by so many hours."""
        passed = timedelta(hours=hours)
        with self.database.begin() as session:
            job_id = session.scalar(select(Generation.job_id).where(Generation.number == number))
            session.execute(
                update(Generation)
                .where(Generation.number == number)
                .values(
                    superseded_at=Generation.superseded_at - passed,
                    published_at=Generation.published_at - passed,
                    removing_at=Generation.removing_at - passed,
                )
            )
            session.execute(
                update(Job).where(Job.id == job_id).values(finished_at=Job.finished_at - passed)
            )

    def rows(self) -> dict[int, str]:
        """Return the generations by number, in words."""
        with self.database.begin() as session:
            rows = session.scalars(select(Generation).order_by(Generation.number))
            return {row.number: _in_words(row) for row in rows}

    def objects(self, prefix: str = "") -> list[str]:
        """Return the keys of what lies at the origin."""
        return [found.key for found in self.origin.listed(prefix)]


def run(context: StepContext[PublishParams]) -> Published:
    return from_json(Published, publish.run(context).products[""].facts)


def title(folder: Path, mark: str, segments: int = 3) -> dict[str, Part]:
    """Return the parts of a title that can be published."""
    names = [f"video/{number}.m4s" for number in range(segments)]
    files = {
        "master.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nvideo/playlist.m3u8\n# {mark}\n",
        "manifest.mpd": MPD.format(mark=mark),
        "video/playlist.m3u8": "#EXTM3U\n"
        + "".join(f"#EXTINF:4,\n{Path(name).name}\n" for name in names),
        **{name: f"{name} of {mark}" for name in names},
    }
    packaged = Packaged("master.m3u8", "manifest.mpd", ())
    report = {"report/index.html": f"<p>{mark}</p>"}
    return {
        "package": stored(Product(to_json(packaged), _written(folder, files))),
        "verify": stored(Product(to_json(Verdict("pass", ())), _written(folder, report))),
    }


def _written(folder: Path, files: dict[str, str]) -> dict[str, Path]:
    paths = {name: folder / name for name in files}
    for name, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name])
    return paths


def led_to_in_full(origin: ObjectStore, asset: Asset) -> str:
    """Return the one generation (its mark) that both pointers lead to, every object being there."""
    hls, dash = pointer_keys(asset)
    [playlist] = re.findall("^[^#].*$", origin.get_bytes(hls).decode(), re.MULTILINE)
    playlist_key = f"{asset.folder}/{playlist}"
    segments = re.findall("^[^#].*$", origin.get_bytes(playlist_key).decode(), re.MULTILINE)
    found = {
        origin.get_bytes(f"{playlist_key.rpartition('/')[0]}/{name}").decode().rpartition(" ")[2]
        for name in segments
    }
    [base] = re.findall("<BaseURL>(.*)/</BaseURL>", origin.get_bytes(dash).decode())
    found |= set(re.findall('id="(.*)"', origin.get_bytes(dash).decode()))
    assert playlist.startswith(f"{base}/")
    [mark] = found
    return mark


def _in_words(row: Generation) -> str:
    words = {
        "published": row.published_at,
        "superseded": row.superseded_at,
        "removing": row.removing_at,
        "gone": not row.digest,
    }
    return " ".join(word for word, true in words.items() if true) or "reserved"
