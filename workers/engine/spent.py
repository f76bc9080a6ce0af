"""What a step's programs were and cost, as they end one after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from farm.command import Finished
from farm.parts import COMMANDS, Product
from storage.postgres.leases import Cost

# Of a step's argv, as they are kept: every look at a title reads those of all its steps.
MOST_ARGV_BYTES = 16 << 10


@dataclass(slots=True)
class Spent:
    """The programs a step ran so far, with what they cost."""

    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    started: float = field(default_factory=time.monotonic)
    commands: list[list[str]] = field(default_factory=list)

    def add(self, argv: Sequence[str], finished: Finished) -> None:
        """Note a program that has ended well."""
        self.cpu_s += finished.cpu_s
        self.peak_rss_bytes = max(self.peak_rss_bytes, finished.peak_rss_bytes)
        self.commands.append(list(argv))

    def cost(self, device: str | None, work: float | None, decoded_on: str | None = None) -> Cost:
        """Return what all of it cost until now, and on which devices it was done."""
        wall_s = time.monotonic() - self.started
        return Cost(wall_s, self.cpu_s, self.peak_rss_bytes, device, work, decoded_on)

    def noted_in(
        self, products: Mapping[str, Product], told: Mapping[str, Any]
    ) -> dict[str, Product]:
        """Return what was made, the first product with the programs that ran as evidence.

        One is enough, as those of a step are made by the same programs. The longest argv are left
        out where all are too long to be kept. `told` is what else is noted there, where it says
        anything: what they were made with.
        """
        kept, room = list(self.commands), MOST_ARGV_BYTES
        while sum(len(word) + 1 for argv in kept for word in argv) > room:
            kept.remove(max(kept, key=lambda argv: sum(map(len, argv))))
        noted = dict(products)
        ran = {name: what for name, what in {COMMANDS: kept, **told}.items() if what}
        if ran and noted:
            name, product = next(iter(noted.items()))
            noted[name] = replace(product, evidence={**product.evidence, **ran})
        return noted
