"""What a rejected title is made of, and a waiting one: kept, and cleared away in its time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import update

from farm.access import LOCAL, Caller, Scope
from farm.clips import CLIPS, Clip, ClipList
from farm.errors import NotFound
from farm.facts import Verdict, VerdictWord
from farm.parts import FileRef, Part
from farm.plan import StepPlan
from farm.serial import to_json
from farm.states import JobState
from services.clips import clip_file, clips_of
from storage.objects.store import Headers
from storage.postgres import leases, uploads
from storage.postgres.models import Job
from tests.service.retained import COST, NOTHING, OldFarm, farm

__all__ = ["farm"]  # a fixture

MOVIE = bytes(range(256)) * 40
CLIP = Clip(
    *(
        "0",
        "h264-1080p",
        Fraction(24),
        288,
        48,
        301,
        41.2,
        "0-source.mp4",
        "0-encode.mp4",
        0,
        12,
        True,
    )
)
OTHER = Caller("another", "other", frozenset(Scope))
HOUR_S = 3600.0


def verified(farm: OldFarm, word: VerdictWord = "review", *clips: Clip, old: bool = False) -> str:
    """Submit a title that was verified, with these clips; `old`: by a version that made none."""
    job_id = farm.submit(StepPlan("verify", "verify"), StepPlan("publish", "publish"))
    claimed = farm.claim(job_id, "verify")
    whole = Part(to_json(Verdict(word, ())))
    made = {"": (f"{job_id}-whole", whole)}
    if not old:
        folder = f"work/{job_id[:2]}/{job_id}-clips/{claimed.step_id}-{claimed.epoch}"
        files = {}
        with farm.database.begin() as session:
            uploads.begin(session, folder, claimed.step_id, claimed.epoch)
        for name in [name for clip in clips for name in (clip.source, clip.encode)]:
            info = farm.work.put_bytes(f"{folder}/{name}", MOVIE, Headers())
            files[name] = FileRef(info.key, info.sha256, len(MOVIE))
        part = Part(to_json(ClipList(clips)), files)
        made[CLIPS] = (f"{job_id}-clips", part)
    with farm.database.begin() as session:
        prints = {name: fingerprint for name, (fingerprint, _) in made.items()}
        leases.complete(session, claimed, made, prints, (), COST)
    return job_id


def ended(farm: OldFarm, job_id: str, state: JobState) -> None:
    with farm.database.begin() as session:
        session.execute(update(Job).where(Job.id == job_id).values(state=JobState.RUNNING))
    farm.end(job_id, state)


def read(farm: OldFarm, job_id: str, name: str = "0-source.mp4", caller: Caller = LOCAL) -> bytes:
    clip = clip_file(farm.database, caller, job_id, name, farm.settings)
    return b"".join(clip.read(0, clip.file.size_bytes, farm.settings))


def test_clips_stay_while_their_title_waits_however_long(farm: OldFarm) -> None:
    job_id = verified(farm, "review", CLIP)
    with farm.database.begin() as session:
        session.execute(update(Job).values(state=JobState.WAITING))
    farm.age(1000)
    assert farm.let_go(keep_work_s=HOUR_S) == NOTHING
    farm.keep_house()
    assert clips_of(farm.database, LOCAL, job_id, farm.settings) == (CLIP,)
    assert read(farm, job_id) == MOVIE


def test_what_a_rejected_title_made_stays_for_its_time_and_goes_then(farm: OldFarm) -> None:
    rejected, failed = verified(farm, "rejected", CLIP), verified(farm, "rejected", CLIP)
    ended(farm, rejected, JobState.REJECTED)
    ended(farm, failed, JobState.FAILED)
    farm.age(13)
    assert farm.let_go(keep_work_s=HOUR_S).marked == 2  # those of what failed otherwise
    farm.keep_house()
    assert read(farm, rejected) == MOVIE
    with pytest.raises(NotFound, match="kept for their time, and are gone: retry the title"):
        read(farm, failed)
    farm.age(2)
    assert farm.let_go(keep_work_s=HOUR_S).marked == 2
    farm.keep_house()
    with pytest.raises(NotFound, match="kept for their time, and are gone: retry the title"):
        read(farm, rejected)
    with pytest.raises(NotFound, match="kept for their time, and are gone: retry the title"):
        clips_of(farm.database, LOCAL, rejected, farm.settings)
    assert list(farm.work.listed("")) == []


def test_a_rejected_title_keeps_for_as_long_as_is_set(farm: OldFarm) -> None:
    job_id = verified(farm, "rejected", CLIP)
    ended(farm, job_id, JobState.REJECTED)
    farm.age(13)
    assert farm.let_go(keep_work_s=HOUR_S, keep_rejected_s=0.0).marked == 2


def test_who_has_none_is_told_why(farm: OldFarm) -> None:
    waits = verified(farm, "review", CLIP)
    for job_id, why in (
        (farm.submit(), "it was not verified, or"),
        (
            verified(farm, "review", old=True),
            "it was verified by a version of ReelFarm that made none",
        ),
        (verified(farm, "pass"), "it passed, and they are made where a person may have to look"),
        (verified(farm, "review"), "none of its pictures has a score"),
    ):
        with pytest.raises(NotFound, match=f"has no clips: {why}"):
            clips_of(farm.database, LOCAL, job_id, farm.settings)
        with pytest.raises(NotFound, match=f"has no clips: {why}"):
            read(farm, job_id)
    with pytest.raises(NotFound, match=r"no clip of .* has a file '\.\./x'"):
        read(farm, waits, "../x")
    with pytest.raises(NotFound, match="there is no job"):
        read(farm, waits, caller=OTHER)
