"""What work and storage cost, as operators say it."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_S = 3600
GB = 10**9  # as object stores bill


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices in one currency: of an hour of a core or a GPU, and of a gigabyte for a month."""

    currency: str
    core_hour: float
    gpu_hour: float
    gb_month: float

    def compute(self, cpu_s: float, gpu_s: float) -> float:
        """Return what processor time costs."""
        return round((cpu_s * self.core_hour + gpu_s * self.gpu_hour) / HOUR_S, 6)

    def of(self, cpu_s: float, gpu_s: float, size_bytes: float) -> dict[str, object]:
        """Return what making a title costs, and what keeping it costs each month."""
        return {
            "currency": self.currency,
            "compute": self.compute(cpu_s, gpu_s),
            "storage_month": round(size_bytes / GB * self.gb_month, 6),
        }


def gpu_s_of(device: str | None, wall_s: float | None) -> float:
    """Return how long a step kept a GPU: it has it for as long as it runs."""
    return (wall_s or 0.0) if device not in (None, "cpu") else 0.0
