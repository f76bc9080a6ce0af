"""One real title in chunks on two workers of one core, against one worker of two cores."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.clips import BUILD
from bench.farm import bench_farm
from farm.spec import JobSpec, QcPolicy
from ladders.load import load_policy
from services.submit import submit
from workers.sources.access import open_sources

WITHIN_S = 1200.0
ENCODED = """
SELECT extract(epoch FROM max(finished_at) - min(started_at)), count(*), count(DISTINCT worker)
  FROM step WHERE kind IN ('encode', 'stitch') AND state = 'DONE'
"""


def encode_wall_s(clip: Path, ladder: str, worker_cores: tuple[int, ...]) -> float:
    """Return the seconds from the first encode's start to the last rendition's completion.

    Raises RuntimeError where not every worker took part.
    """
    with (
        TemporaryDirectory(dir=BUILD, prefix="origin-") as origin,
        bench_farm(worker_cores, "workers.engine.main") as farm,
    ):
        spec = JobSpec(
            asset="clip",
            source=str(clip),
            origin=origin,
            ladder=load_policy(ladder),
            qc=QcPolicy(subsample=49),  # not what is timed
        )
        files = open_sources(farm.settings, spec.tenant).identities(spec)
        farm.wait([submit(farm.database, farm.wakeups, spec, farm.settings, files)], WITHIN_S)
        [(wall_s, steps, workers)] = farm.query(ENCODED)
    if not steps or workers != len(worker_cores):
        raise RuntimeError(
            f"{workers:.0f} of {len(worker_cores)} workers encoded {steps:.0f} steps"
        )
    return float(wall_s)
