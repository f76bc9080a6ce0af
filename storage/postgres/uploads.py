"""Folders of the work store that steps write to: noted before the first byte, settled at the end.

A folder is `.../<fingerprint>/<attempt>` and belongs to one attempt at one step. What is noted of
an attempt that is over, and holds no remembered part, nobody will ever read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, cast, delete, exists, func, select
from sqlalchemy.dialects.postgresql import JSONPATH, insert
from sqlalchemy.orm import Session

from farm.parts import Part
from farm.states import StepState
from storage.postgres.models import Artifact, Step, Upload

_FINGERPRINT = "([^/]+)/[^/]+$"
_FILE_BELOW = "$.files.* ? (@.key starts with $folder)"


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A folder nobody will ever read; `settled` when nobody can be writing to it any more."""

    folder: str
    settled: bool


def begin(session: Session, folder: str, step_id: int, epoch: int) -> None:
    """Note that a step is about to write below `folder` under this epoch."""
    row = {"folder": folder, "step_id": step_id, "epoch": epoch}
    session.execute(insert(Upload).values(row).on_conflict_do_nothing())


def give_up(session: Session, folder: str, written_at: datetime) -> None:
    """Note a folder that was written whole long ago, and that nobody is to read any more."""
    row = {"folder": folder, "step_id": 0, "epoch": 0, "created_at": written_at}  # of no step
    session.execute(insert(Upload).values(row).on_conflict_do_nothing())


def folders_of(parts: Iterable[Part]) -> set[str]:
    """Return the folders that hold the files of parts."""
    keys = (file.key for part in parts for file in part.files.values())
    return {"/".join(key.split("/")[:4]) for key in keys}  # work/ab/abcd.../attempt


def settle(session: Session, step_id: int, epoch: int) -> None:
    """Let what a completing step wrote stay, where it was remembered.

    Call it after that. A folder whose part another job remembered first is left to be cleared.
    """
    session.execute(
        delete(Upload)
        .where(Upload.step_id == step_id, Upload.epoch == epoch, _remembered())
        .execution_options(synchronize_session=False)
    )


def abandoned(
    session: Session, settled_after_s: float, limit: int, after: str = ""
) -> list[Abandoned]:
    """Return folders of attempts that are over, in order, locked until the transaction ends.

    Those another transaction has locked are left out, and those up to `after`.
    """
    going_on = exists().where(
        Step.id == Upload.step_id, Step.epoch == Upload.epoch, Step.state == StepState.RUNNING
    )
    rows = session.execute(
        select(Upload.folder, Upload.created_at < func.now() - timedelta(seconds=settled_after_s))
        .where(Upload.folder > after, ~going_on, ~_remembered())
        .order_by(Upload.folder)
        .limit(limit)
        .with_for_update(of=Upload, skip_locked=True)
    )
    return [Abandoned(folder, settled) for folder, settled in rows]


def forget(session: Session, folder: str) -> None:
    """Forget a folder in which there is nothing any more."""
    session.execute(delete(Upload).where(Upload.folder == folder))


def _remembered() -> ColumnElement[bool]:
    """Return whether a part is known by the folder's fingerprint, and its files lie in there.

    One that is being removed is not.
    """
    below = func.jsonb_build_object("folder", Upload.folder + "/")
    return exists().where(
        Artifact.fingerprint == func.substring(Upload.folder, _FINGERPRINT),
        Artifact.removing_at.is_(None),
        func.jsonb_path_exists(Artifact.part, cast(_FILE_BELOW, JSONPATH), below),
    )
