"""`make fuzz`: mutated files of every format through the first steps of a job.

Ends with status 1 when a step answered with anything but a fact or a refusal. Each finding is
shown with the `--only` that repeats it, and its file is kept in build/fuzz/.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.fuzz.campaign import Answer, Campaign, format_of
from tests.fuzz.seeds import FORMATS, make_seeds

KEPT = REPOSITORY / "build" / "fuzz"


def main() -> int:
    """Try the files the arguments ask for, print a table; return the exit status."""
    arguments = _arguments()
    seed, numbers = arguments.seed, list(range(arguments.files))
    if arguments.only:
        seed, number = map(int, arguments.only.split(":"))
        numbers = [number]
    if arguments.formats:
        wanted = arguments.formats.split(",")
        numbers = [number for number in numbers if format_of(number) in wanted]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        make_seeds(Path(folder))
        campaign = Campaign(Path(folder), seed, arguments.limit, KEPT)
        answers = list(_shown(campaign.run(numbers, arguments.jobs), len(numbers)))
    found = [answer for answer in answers if answer.finding]
    print(table(answers))
    slowest = max(answers, key=lambda answer: answer.wall_s)
    print(f"the slowest: --only {seed}:{slowest.number} ({slowest.format}: {slowest.changes})")
    print(
        f"{len(answers)} files, seed {seed}, {time.monotonic() - started:.0f} s;"
        f" {len(found)} findings"
    )
    return 1 if found else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="chooses what is done to them")
    parser.add_argument("--only", metavar="SEED:N", help="one of them, as a finding names it")
    parser.add_argument("--formats", default="", help=f"only those of {','.join(FORMATS)}")
    parser.add_argument("--limit", type=float, default=60, help="seconds a file may take")
    parser.add_argument("--jobs", type=int, default=2, help="how many to try at once")
    return parser.parse_args()


def _shown(answers: Iterable[Answer], count: int) -> Iterator[Answer]:
    """Show findings as they are made, and how far it has got."""
    for number, answer in enumerate(answers, 1):
        if answer.finding:
            print(f"{answer.told}\n", flush=True)
        if number % 100 == 0 or number == count:
            print(f"{number} of {count}", file=sys.stderr)
        yield answer


def table(answers: Sequence[Answer]) -> str:
    """Return a line for each format: how many were read and refused, and what they cost."""
    head = f"{'format':10}{'files':>7}{'read':>7}{'refused':>9}{'found':>7}"
    rows = [f"{head}{'slowest':>10}{'most memory':>13}  refused with"]
    for name in dict.fromkeys(answer.format for answer in answers):
        of_it = [answer for answer in answers if answer.format == name]
        refused = [answer.code for answer in of_it if answer.code and not answer.finding]
        codes = ", ".join(f"{code} {refused.count(code)}" for code in sorted(set(refused)))
        found = sum(bool(answer.finding) for answer in of_it)
        rows.append(
            f"{name:10}{len(of_it):7}{len(of_it) - len(refused) - found:7}{len(refused):9}{found:7}"
            f"{max(answer.wall_s for answer in of_it):8.1f} s"
            f"{max(answer.peak_rss_bytes for answer in of_it) >> 20:9} MiB  {codes}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
