"""`make mutants`: changes sampled over the pure rooms, and whether the unit tests notice them.

Ends with status 1 when fewer than 90 in 100 are noticed. A survivor is a rule that can be turned
round unnoticed: it wants a test, or a line in `equivalent.py` that says why it changes nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

from tests.conftest import REPOSITORY
from tests.mutants.equivalent import reason_of
from tests.mutants.sight import Sight
from tests.mutants.sites import ROOMS, find_sites
from tests.mutants.trial import Copy, Mutant, Tried, sample

LEAST_KILLED = 0.90


def main() -> int:
    """Try a sample of mutants, print the survivors and a table; return the exit status."""
    arguments = _arguments()
    started = time.monotonic()
    sites = [
        site for site in find_sites(REPOSITORY) if str(site.module).startswith(arguments.within)
    ]
    mutants = sample(sites, arguments.sample, arguments.seed, REPOSITORY)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tried = _try_all(mutants, Path(folder), arguments.jobs)
    survivors = [each for each in tried if not each.killed]
    equivalent = [each for each in survivors if reason_of(each.mutant)]
    print(_table(tried, equivalent))
    killed, counted = len(tried) - len(survivors), len(tried) - len(equivalent)
    print(
        f"{killed} of {counted} mutants killed ({len(sites)} sites, seed {arguments.seed},"
        f" {time.monotonic() - started:.0f} s); {len(equivalent)} more change nothing"
    )
    return 0 if killed >= LEAST_KILLED * counted else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=100, help="how many sites to change")
    parser.add_argument("--seed", type=int, default=1, help="chooses them")
    parser.add_argument("--within", default="", help="a path: only what lies there, e.g. qc/")
    parser.add_argument("--jobs", type=int, default=2, help="how many to try at once")
    return parser.parse_args()


def _try_all(mutants: Sequence[Mutant], folder: Path, jobs: int) -> list[Tried]:
    """Return what became of the mutants, in their order."""
    sight = Sight(REPOSITORY)
    with ExitStack() as closing:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(jobs):
            copy = closing.enter_context(Copy(REPOSITORY, folder / str(number)))
            if not copy.passes(["tests/unit/test_states.py"]):
                raise SystemExit("a unit test fails without any change: run `make quick`")
            copies.put(copy)

        def try_one(mutant: Mutant) -> Tried:
            copy = copies.get()
            try:
                return copy.try_out(mutant, sight.tests_of(mutant.site.module))
            finally:
                copies.put(copy)

        pool = closing.enter_context(ThreadPoolExecutor(jobs))
        return list(_shown(pool.map(try_one, mutants), len(mutants)))


def _shown(tried: Iterable[Tried], count: int) -> Iterable[Tried]:
    """Show survivors as they are found, and how far it has got."""
    for number, each in enumerate(tried, 1):
        if not each.killed:
            _show(each)
        print(f"{number} of {count}: {'killed' if each.killed else 'alive'}", file=sys.stderr)
        yield each


def _show(survivor: Tried) -> None:
    reason = reason_of(survivor.mutant)
    said = f"changes nothing: {reason}" if reason else f"{survivor.test_files} files of tests saw"
    print(f"{survivor.mutant.diff}\n# {survivor.mutant.change.operator}: {said}\n", flush=True)


def _table(tried: Sequence[Tried], equivalent: Sequence[Tried]) -> str:
    counted = [each for each in tried if each not in equivalent]
    all_of = Counter(each.mutant.site.module.parts[0] for each in counted)
    killed = Counter(each.mutant.site.module.parts[0] for each in counted if each.killed)
    rows = [f"{room:10}{killed[room]:8}{all_of[room]:8}" for room in ROOMS]
    return "\n".join([f"{'room':10}{'killed':>8}{'of':>8}", *rows])


if __name__ == "__main__":
    sys.exit(main())
