"""The files of parts: brought from the work store, and stored there under keys of their own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.parts import FileRef, Part, Product
from storage.objects.store import Headers, ObjectStore
from storage.postgres import uploads
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from workers.sources.cache import Cache


@dataclass(frozen=True, slots=True)
class Outputs:
    """The work store as steps use it: with this host's cache where the store is far away."""

    database: Database
    work: ObjectStore
    cache: Cache

    def fetch(self, file: FileRef, target: Path, check_wanted: Callable[[], None]) -> None:
        """Bring a stored file to `target`; `check_wanted` is called while waiting for others."""
        try:
            if self.work.local:
                self.work.fetch(file.key, target)
            else:
                self.cache.fetch(
                    file.sha256,
                    file.size_bytes,
                    target,
                    lambda path: self.work.fetch(file.key, path),
                    check_wanted,
                )
        except KeyError as error:
            raise StorageUnavailable(
                f"{file.key} is gone from the work store: submit the title again to make it anew"
            ) from error

    def are_intact(self, part: Part | None) -> bool:
        """Return whether a known part's files still lie in the work store."""
        return part is not None and all(self.work.head(file.key) for file in part.files.values())

    def store(
        self,
        claimed: Claim,
        prints: Mapping[str, str],
        products: Mapping[str, Product],
        report: Callable[[float], None],
    ) -> dict[str, tuple[str, Part]]:
        """Store products under keys nobody else writes; the database makes them true later.

        `report` is told the share of files that are stored. Returns the parts by name, each with
        its fingerprint.
        """
        attempt = f"{claimed.epoch}-{uuid.uuid4().hex[:8]}"
        folders = {
            name: f"work/{prints[name][:2]}/{prints[name]}/{attempt}"
            for name, product in products.items()
            if product.files
        }
        if folders:
            with self.database.begin() as session:  # noted first: no byte can be forgotten
                for folder in folders.values():
                    uploads.begin(session, folder, claimed.step_id, claimed.epoch)
            reached("store.before-upload")
        files, stored = sum(len(product.files) for product in products.values()), 0

        def count() -> None:
            nonlocal stored
            stored += 1
            report(stored / files)

        made = {
            name: (prints[name], self._store(folders.get(name, ""), product, count))
            for name, product in products.items()
        }
        if folders:
            reached("store.after-upload")
        return made

    def _store(self, folder: str, product: Product, count: Callable[[], None]) -> Part:
        files = {}
        for name, path in product.files.items():
            info = self.work.put_file(f"{folder}/{name}", path, Headers(), create_only=True)
            files[name] = FileRef(info.key, info.sha256, info.size_bytes)
            count()
            if not self.work.local:
                self.cache.keep(info.sha256, path)
        return Part(product.facts, files, product.evidence)
