"""The tables. PostgreSQL decides: whatever is not in here has not happened."""

from storage.postgres.models.around import Chore, Delivery, Worker
from storage.postgres.models.base import Base
from storage.postgres.models.jobs import BlockedSteps, Job, Need, Step
from storage.postgres.models.made import Artifact, Generation, Upload

__all__ = [
    "Artifact",
    "Base",
    "BlockedSteps",
    "Chore",
    "Delivery",
    "Generation",
    "Job",
    "Need",
    "Step",
    "Upload",
    "Worker",
]
