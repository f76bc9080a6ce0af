"""The client of the API, for Python and the command line: `from api.client import ReelFarm`."""

from api.client.documents import (
    AcceptedTitle,
    CatalogReceipt,
    FarmEvent,
    JobLine,
    JobStanding,
    WantedJobs,
)
from api.client.reelfarm import ReelFarm

__all__ = [
    "AcceptedTitle",
    "CatalogReceipt",
    "FarmEvent",
    "JobLine",
    "JobStanding",
    "ReelFarm",
    "WantedJobs",
]
