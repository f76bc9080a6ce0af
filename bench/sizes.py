"""What steps declare to need of a worker's memory, beside what their programs took.

A title is published by `reelfarm run`, then the rows of its steps are read from its database. Ends
with status 1 where a step took more than it declared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text

from bench.clips import BUILD, bunny_1080p
from bench.farm import wait_for
from bench.overhead import run_reelfarm
from farm.settings import Settings
from storage.postgres.database import Database
from workers.programs.servers import start_postgres

STEPS = "SELECT kind, memory_bytes, peak_rss_bytes FROM step WHERE peak_rss_bytes > 0 ORDER BY id"


@dataclass(frozen=True, slots=True)
class Used:
    """A step that ran programs: what it declared, and what the largest of them took."""

    kind: str
    declared_bytes: int
    peak_bytes: int

    @property
    def share(self) -> float:
        return self.peak_bytes / self.declared_bytes


def table(steps: Sequence[Used]) -> tuple[list[str], bool]:
    """Return a line for the worst step of each kind, and whether all kept what they declared."""
    lines = [f"{'kind':<12}{'steps':>6}{'declared':>12}{'recorded':>12}{'share':>8}"]
    for kind in dict.fromkeys(step.kind for step in steps):
        of_it = [step for step in steps if step.kind == kind]
        worst = max(of_it, key=lambda step: step.share)
        declared, peak = worst.declared_bytes >> 20, worst.peak_bytes >> 20
        verdict = "kept" if worst.share <= 1 else "MISSED"
        lines.append(
            f"{kind:<12}{len(of_it):>6}{declared:>8} MiB{peak:>8} MiB{worst.share:>8.2f}  {verdict}"
        )
    return lines, all(step.share <= 1 for step in steps)


def read_steps(state: Path) -> list[Used]:
    """Return the steps of every job in a state directory that nobody uses now."""
    server, url = start_postgres(Settings(state_dir=state))
    try:
        database = Database(url)
        wait_for(database)
        with database.begin() as session:
            rows = session.execute(text(STEPS)).all()
        database.close()
    finally:
        server.stop()
    return [Used(*row) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.sizes", description=__doc__)
    parser.add_argument("--clip", type=Path, help="default: Big Buck Bunny, 1080p24, 30 s")
    parser.add_argument("--ladder", default="apple-h264")
    options = parser.parse_args()
    clip = (options.clip or bunny_1080p()).absolute()
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=BUILD, prefix="sizes-") as folder:
        run_reelfarm(clip, options.ladder, Path(folder))
        steps = read_steps(Path(folder, "state"))
    lines, kept = table(steps)
    print("\n".join(lines))
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
