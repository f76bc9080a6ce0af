"""The tables. PostgreSQL decides: whatever is not in here has not happened."""

from storage.postgres.models.access import (
    ApiKey,
    AuditEntry,
    BrowserSession,
    Document,
    KeptAnswer,
    TenantRow,
)
from storage.postgres.models.around import Chore, Worker
from storage.postgres.models.base import Base
from storage.postgres.models.catalogs import (
    CatalogCount,
    CatalogTitle,
    StoredCatalog,
    StoredUpload,
    UploadRow,
)
from storage.postgres.models.devices import DeviceRow
from storage.postgres.models.ingest import IngestObject
from storage.postgres.models.jobs import BlockedSteps, Job, Need, Step
from storage.postgres.models.made import Artifact, Decision, Generation, Upload
from storage.postgres.models.news import Delivery, Endpoint, EventRow
from storage.postgres.models.reviews import Review, ReviewNote
from storage.postgres.models.scores import TitleScore
from storage.postgres.models.sources import SourceUpload, TitleUploadUse, UploadUse

__all__ = [
    "ApiKey",
    "Artifact",
    "AuditEntry",
    "Base",
    "BlockedSteps",
    "BrowserSession",
    "CatalogCount",
    "CatalogTitle",
    "Chore",
    "Decision",
    "Delivery",
    "DeviceRow",
    "Document",
    "Endpoint",
    "EventRow",
    "Generation",
    "IngestObject",
    "Job",
    "KeptAnswer",
    "Need",
    "Review",
    "ReviewNote",
    "SourceUpload",
    "Step",
    "StoredCatalog",
    "StoredUpload",
    "TenantRow",
    "TitleScore",
    "TitleUploadUse",
    "Upload",
    "UploadRow",
    "UploadUse",
    "Worker",
]
