"""How fast the farm turns steps over when the steps themselves take no time.

Real PostgreSQL, Redis and Celery, two worker processes; jobs are submitted straight to
PostgreSQL. Throughput is over jobs of a fan of steps each, from the first submission to the last
completion. Latency is of single steps on an idle farm, from being queued to being started, both by
PostgreSQL's clock. Bare Celery tasks on the same machine stand beside, for scale.
"""

from __future__ import annotations

import argparse
import sys
import time
from statistics import quantiles

from bench.bare_celery import tasks_per_s
from bench.farm import BenchFarm, bench_farm
from farm.plan import Resource, StepPlan, StepSize

MIN_STEPS_PER_S = 250.0
MAX_P99_S = 0.050
WORKERS = (1, 1)  # two processes of one core each
LIGHT = StepSize(Resource.IO, 0.5, 1 << 20)


def fan(width: int) -> list[StepPlan]:
    """Return a job of `width` steps: one first, one last, the others between them at once."""
    middle = [
        StepPlan(f"step:{n}", "noop", inputs=("first",), size=LIGHT) for n in range(width - 2)
    ]
    last = StepPlan("last", "noop", inputs=tuple(step.key for step in middle), size=LIGHT)
    return [StepPlan("first", "noop", size=LIGHT), *middle, last]


def throughput(farm: BenchFarm, jobs: int, width: int) -> float:
    """Return steps per second over `jobs` fans."""
    began = time.monotonic()
    farm.wait([farm.submit(fan(width)) for _ in range(jobs)], within_s=300)
    return jobs * width / (time.monotonic() - began)


def latencies_s(farm: BenchFarm, count: int) -> list[float]:
    """Return how long single steps on an idle farm waited to be started, in seconds."""
    farm.query("UPDATE step SET kind = 'old' RETURNING 0.0")
    for _ in range(count):
        farm.wait([farm.submit([StepPlan("only", "noop", size=LIGHT)])], within_s=60)
        time.sleep(0.05)
    rows = farm.query(
        "SELECT extract(epoch FROM started_at - queued_at) FROM step WHERE kind = 'noop'"
    )
    return sorted(float(row[0]) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.orchestration", description=__doc__)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--width", type=int, default=50, help="steps in a job")
    parser.add_argument("--samples", type=int, default=200, help="single steps for the latency")
    options = parser.parse_args()
    with bench_farm(WORKERS) as farm:
        steps_per_s = throughput(farm, options.jobs, options.width)
        waits_s = latencies_s(farm, options.samples)
        bare = tasks_per_s(farm.urls["broker"], tasks=2000)
    hundredths = quantiles(waits_s, n=100)
    p50_s, p99_s = hundredths[49], hundredths[98]
    kept = steps_per_s >= MIN_STEPS_PER_S and p99_s <= MAX_P99_S
    steps = options.jobs * options.width
    print(f"{steps} no-op steps of {options.jobs} jobs, {len(WORKERS)} worker processes\n")
    print(f"{'':<36}{'measured':>12}{'limit':>14}")
    print(f"{'steps per second':<36}{steps_per_s:>12.0f}{f'>= {MIN_STEPS_PER_S:.0f}':>14}")
    print(f"{'  bare Celery tasks per second':<36}{bare:>12.0f}")
    print(f"{'wake to start, p50':<36}{p50_s * 1000:>9.1f} ms")
    print(f"{'wake to start, p99':<36}{p99_s * 1000:>9.1f} ms{f'<= {MAX_P99_S * 1000:.0f} ms':>14}")
    print(f"\n{'kept' if kept else 'MISSED'}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
