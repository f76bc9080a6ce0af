"""Titles that were verified, as rows: scored as a test wants them, without encoding anything."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from farm.scored import Maker
from storage.postgres.models import Job, StoredCatalog, TitleScore
from storage.postgres.scores import MAKER

NOW = datetime.now(UTC)
BEFORE = Maker("n9.0.2-17-g2a571b6068-20260930", "a" * 64, "0.1.0", "medium", 3, "d" * 12)
NEWER = replace(BEFORE, tool="n9.1-3-g6f1d0b7c9a-20261102", build="b" * 64)
SLOWER = replace(NEWER, preset="slow", policy_version=4, policy_digest="e" * 12)


@dataclass(frozen=True, slots=True)
class ScoredTitle:
    """A title with one rung in one codec."""

    asset: str
    score: float
    days_ago: float
    maker: Maker = BEFORE
    codec: str = "h264"
    lines: int = 1080
    tenant: str = "default"
    catalog: str = "autumn"
    source: str = ""  # none: one of its own
    verdict: str = "pass"

    @property
    def job_id(self) -> str:
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.tenant} {self.asset} {self.days_ago}").hex


def write_titles(session: Session, titles: Iterable[ScoredTitle]) -> None:
    """Write titles as their jobs left them."""
    found = list(titles)
    jobs: dict[str, dict[str, object]] = {
        title.job_id: {
            "id": title.job_id,
            "tenant": title.tenant,
            "asset": title.asset,
            "catalog": title.catalog,
            "request": title.asset,
            "state": "PUBLISHED" if title.verdict == "pass" else "REJECTED",
            "spec": {},
            "finished_at": NOW - timedelta(days=title.days_ago),
        }
        for title in found
    }
    session.execute(insert(Job), list(jobs.values()))
    session.execute(insert(TitleScore), [_row(title) for title in found])


def open_catalog(session: Session, name: str = "autumn", tenant: str = "default") -> None:
    """Let a tenant have a catalog of that name."""
    session.add(StoredCatalog(id=uuid.uuid4().hex, tenant=tenant, name=name))


def write_many(session: Session, titles: int, tenant: str = "default") -> None:
    """Write titles with six rungs each, one a minute until now, by the database itself."""
    maker = {name: getattr(BEFORE, name) for name in MAKER}
    session.execute(text(_JOBS), {"titles": titles, "tenant": tenant})
    session.execute(text(_SCORES), {"titles": titles, "tenant": tenant, **maker})
    session.execute(text("ANALYZE title_score"))


def skewed(rng: random.Random) -> float:
    """Return a score as titles have them: most near 95, some far below."""
    return 100 - rng.gammavariate(4, 1.3)


def _row(title: ScoredTitle) -> dict[str, object]:
    return {
        "job_id": title.job_id,
        "tenant": title.tenant,
        "catalog": title.catalog,
        "asset": title.asset,
        "at": NOW - timedelta(days=title.days_ago),
        "codec": title.codec,
        "lines": title.lines,
        "policy": "house",
        "device": "cpu",
        "model": "vmaf_v0.6.1",
        "scored_lines": 1080,
        **{name: getattr(title.maker, name) for name in MAKER},
        "source_sha256": title.source or title.asset,
        "width": round(title.lines * 16 / 9),
        "height": title.lines,
        "is_top": title.lines == 1080,
        "harmonic_mean": title.score,
        "p5": title.score - 4 - (100 - title.score) * 0.3,
        "p1": title.score - 7 - (100 - title.score) * 0.6,
        "min": title.score - 15,
        "verdict": title.verdict,
    }


_JOBS = """
INSERT INTO job (id, tenant, asset, catalog, request, state, priority, spec, finished_at)
SELECT md5(:tenant || n), :tenant, 'title-' || n, 'many', 'r', 'PUBLISHED', 0, '{}', now()
  FROM generate_series(1, :titles) AS n
"""
_SCORES = """
INSERT INTO title_score
       (job_id, codec, lines, tenant, catalog, asset, at, policy, device, model, scored_lines,
        tool, build, reelfarm, preset, policy_version, policy_digest, source_sha256, width, height,
        is_top, harmonic_mean, p5, p1, min, verdict)
SELECT md5(:tenant || n), 'h264', lines, :tenant, 'many', 'title-' || n,
       now() - make_interval(mins => :titles - n), 'house', 'cpu', 'vmaf_v0.6.1', 1080, :tool,
       :build, :reelfarm, :preset, :policy_version, :policy_digest, md5('source' || n),
       lines * 16 / 9, lines, lines = 1080, 100 - 10 * random(), 80, 70, 60, 'pass'
  FROM generate_series(1, :titles) AS n,
       unnest(ARRAY[1080, 720, 540, 432, 360, 234]) AS lines
"""
