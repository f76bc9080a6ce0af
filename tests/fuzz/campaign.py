"""Many files tried side by side, each by itself, and what the steps made of them."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

from farm.parts import Part
from tests.fuzz.attempt import attempt, prepare
from tests.fuzz.mutation import Whole, mutated
from tests.fuzz.seeds import FILM_NAME, FORMATS
from tests.fuzz.trial import Trial

KNOWN: dict[str, Part] = {}  # of this process: parts of the film


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one file; `finding` says what a step should not have done."""

    number: int
    seed: int
    format: str
    changes: str  # what was done to the file
    code: str | None  # of the refusal
    finding: str | None
    wall_s: float
    peak_rss_bytes: int

    @property
    def told(self) -> str:
        """Return a finding with the line that repeats it."""
        again = f"make fuzz ARGS='--only {self.seed}:{self.number}'"
        return f"{again}\n# {self.format}: {self.changes}\n{self.finding}"


@dataclass(frozen=True, slots=True)
class Campaign:
    """Files by number, each of them told by the seed; the formats take turns.

    `folder` holds what `make_seeds` made.
    """

    folder: Path
    seed: int
    limit_s: float
    kept: Path  # where the files of findings are left

    def run(self, numbers: Iterable[int], jobs: int) -> Iterator[Answer]:
        """Give the answers to files in their order, `jobs` of them being tried at once."""
        context = multiprocessing.get_context("spawn")  # nothing of this process's in the others
        with ProcessPoolExecutor(jobs, context, _begin, (self.folder,)) as pool:
            for number, answer in [(each, pool.submit(_try, self, each)) for each in numbers]:
                try:
                    yield answer.result()
                except BrokenProcessPool as error:
                    raise SystemExit(f"a process died at file {number} or one before it") from error

    def file(self, number: int) -> File:
        """Return a file; equal numbers of equal seeds give equal files."""
        rng = Random(f"{self.seed}:{number}")
        kind = format_of(number)
        paths = sorted((self.folder / kind).iterdir())
        path = rng.choice(paths)
        data = path.read_bytes()
        others = [other.read_bytes() for other in paths]
        whole = Whole(data, tuple(FORMATS[kind].anatomy(data)), others)
        return File(kind, path.name, *mutated(whole, rng), allow_partial=rng.random() < 0.5)


def format_of(number: int) -> str:
    """Return the format of the file with this number, whatever the seed."""
    return tuple(FORMATS)[number % len(FORMATS)]


@dataclass(frozen=True, slots=True)
class File:
    """A file to try; `changes` says what was done to it."""

    format: str
    name: str
    data: bytes
    changes: str
    allow_partial: bool


def _begin(folder: Path) -> None:
    """Prepare a process that tries files: the film beside which sidecars lie is known to it."""
    prepare()
    film = Trial(folder / f"film-{os.getpid()}")
    film.folder.mkdir()
    film.begin("source", folder / FILM_NAME, folder / FILM_NAME, allow_partial=False)
    KNOWN["analyze"] = film.parts["analyze"]


def _try(campaign: Campaign, number: int) -> Answer:
    file = campaign.file(number)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=campaign.folder) as folder:
        path = Path(folder, file.name)
        path.write_bytes(file.data)
        use = FORMATS[file.format].use
        trial = Trial(Path(folder), {} if use == "source" else dict(KNOWN))
        film = campaign.folder / FILM_NAME
        begin = partial(trial.begin, use, path, film, allow_partial=file.allow_partial)
        code, finding = attempt(begin, campaign.limit_s)
    wall_s = time.monotonic() - started
    if finding:
        campaign.kept.mkdir(parents=True, exist_ok=True)
        (campaign.kept / f"{campaign.seed}-{number}-{file.name}").write_bytes(file.data)
    return Answer(
        *(number, campaign.seed, file.format, file.changes, code, finding),
        *(wall_s, trial.peak_rss_bytes),
    )
