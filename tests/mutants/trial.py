"""Trying a change: the unit tests that see its module run over a copy of the repository."""

from __future__ import annotations

import difflib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType

from tests.mutants.sites import Change, Site, mutate

RUNNER = Path(__file__).with_name("runner.py")
OPTIONS = (
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # libraries are imported before it
    "--timeout=60",  # the slowest unit test takes 3 s
    "--hypothesis-profile=ci",  # the same examples every time
)
NOT_COPIED = (".venv", ".git", "build", ".hypothesis", ".*_cache", "__pycache__", "*.egg-info")
PASSED = 0  # pytest's exit status


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change at a site, and what becomes of the module's source by it."""

    site: Site
    change: Change
    source: str
    mutated: str

    @property
    def diff(self) -> str:
        """Return the change as a unified diff."""
        name = self.site.module.as_posix()
        lines = (self.source.splitlines(), self.mutated.splitlines())
        return "\n".join(difflib.unified_diff(*lines, f"a/{name}", f"b/{name}", "", "", 2, ""))


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a mutant: whether a test failed, and how many files of tests could."""

    mutant: Mutant
    killed: bool
    test_files: int


def sample(sites: Sequence[Site], count: int, seed: int, repository: Path) -> list[Mutant]:
    """Return mutants of `count` sites; equal seeds give equal mutants of equal code."""
    rng = random.Random(seed)
    mutants = (_mutant(site, rng, repository) for site in rng.sample(sites, len(sites)))
    return list(islice((mutant for mutant in mutants if mutant is not None), count))


def _mutant(site: Site, rng: random.Random, repository: Path) -> Mutant | None:
    source = (repository / site.module).read_text("utf-8")
    change = rng.choice(site.changes)
    mutated = mutate(source, change)
    return Mutant(site, change, source, mutated) if mutated is not None else None


class Copy:
    """A copy of the repository in which mutants are tried, one at a time, while a `with` lasts."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self._folder = folder
        shutil.copytree(repository, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        # Bytecode is known by its source's time and size, which a mutant may share with another:
        # so by its hash, and none is written afterwards.
        by_hash = ("compileall", "-q", "--invalidation-mode", "checked-hash", ".")
        subprocess.run([sys.executable, "-m", *by_hash], cwd=folder, check=True)
        self._runner = subprocess.Popen(
            [sys.executable, "-P", str(RUNNER)],
            cwd=folder,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Copy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.kill()
        self._runner.communicate()

    def try_out(self, mutant: Mutant, test_files: Sequence[str]) -> Tried:
        """Run the tests until one fails."""
        module = self._folder / mutant.site.module
        module.write_text(mutant.mutated, "utf-8")
        try:
            killed = bool(test_files) and not self.passes(test_files)
        finally:
            module.write_text(mutant.source, "utf-8")
        return Tried(mutant, killed, len(test_files))

    def passes(self, test_files: Sequence[str]) -> bool:
        """Return whether every test passes, in time and in memory."""
        assert self._runner.stdin is not None
        assert self._runner.stdout is not None
        self._runner.stdin.write(json.dumps([*OPTIONS, *test_files]) + "\n")
        self._runner.stdin.flush()
        return int(self._runner.stdout.readline()) == PASSED
