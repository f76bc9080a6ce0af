"""ClipList of a title's worst stretches, as its step left them in the work store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from farm.access import Caller
from farm.clips import CLIPS, Clip, ClipList
from farm.errors import NotFound
from farm.facts import Verdict
from farm.parts import FileRef, Part
from farm.serial import from_json
from farm.settings import Settings
from storage.objects.stores import work_store
from storage.postgres import snapshots
from storage.postgres.artifacts import of_job
from storage.postgres.database import Database

STEP = "verify"
REFERENCE = f"{STEP}#{CLIPS}"
PIECE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of a title's clips; their files may be gone."""

    job_id: str
    asset: str
    part: Part

    def gone(self) -> NotFound:
        return NotFound(
            f"the clips of {self.asset} were kept for their time, and are gone: retry the title to"
            " have them made anew",
            input=self.job_id,
        )


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A file of a clip that is there."""

    file: FileRef
    of: _Kept

    def read(self, first: int, size_bytes: int, settings: Settings) -> Iterator[bytes]:
        """Give so many bytes from `first` on; raise NotFound where it has gone meanwhile."""
        store = work_store(settings)
        while size_bytes:
            try:
                piece = store.get_range(self.file.key, first, min(size_bytes, PIECE_BYTES))
            except KeyError as error:
                raise self.of.gone() from error
            if not piece:
                raise self.of.gone()
            yield piece
            first, size_bytes = first + len(piece), size_bytes - len(piece)


def clips_of(
    database: Database, caller: Caller, job_id: str, settings: Settings
) -> tuple[Clip, ...]:
    """Return the clips of a title, the worst stretch first.

    Raises NotFound where the caller has no such job, or it has none, or none any more: it says why.
    They are kept as all that steps leave is, so while their title waits for a person.
    """
    kept = _kept(database, caller, job_id)
    clips = from_json(ClipList, kept.part.facts).clips
    _check_there(kept, kept.part.files[clips[0].source], settings)
    return clips


def clip_file(
    database: Database, caller: Caller, job_id: str, name: str, settings: Settings
) -> ClipFile:
    """Return a file of a title's clips; raise NotFound as `clips_of` does, and for another name."""
    kept = _kept(database, caller, job_id)
    file = kept.part.files.get(name)
    if file is None:
        raise NotFound(f"no clip of {kept.asset} has a file {name!a}", input=name)
    _check_there(kept, file, settings)
    return ClipFile(file, kept)


def _check_there(kept: _Kept, file: FileRef, settings: Settings) -> None:
    if work_store(settings).head(file.key) is None:
        raise kept.gone()


def _kept(database: Database, caller: Caller, job_id: str) -> _Kept:
    with database.begin(caller.tenant) as session:
        job = snapshots.check_job(session, caller.tenant, job_id)
        asset, made = job.asset, of_job(session, job_id)
    part = made.get(REFERENCE)
    if part is None or not part.files:
        raise NotFound(f"{asset} has no clips: {_why_none(made)}", input=job_id)
    return _Kept(job_id, asset, part)


def _why_none(made: Mapping[str, Part]) -> str:
    if STEP not in made:
        return "it was not verified, or that is not remembered any more"
    if REFERENCE not in made:
        return "it was verified by a version of ReelFarm that made none"
    if from_json(Verdict, made[STEP].facts).verdict == "pass":
        return "it passed, and they are made where a person may have to look"
    return "none of its pictures has a score that would tell where to look"
