"""The files of parts: brought from the work store, and stored there under keys of their own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from farm.errors import StorageUnavailable
from farm.failpoint import reached
from farm.parts import FileRef, Part, Product
from storage.objects.parallel import Transfers
from storage.objects.store import LARGE_BYTES, Headers, ObjectStore
from storage.postgres import uploads
from storage.postgres.claims import Claim
from storage.postgres.database import Database
from workers.sources.cache import Cache

R = TypeVar("R")
T = TypeVar("T")

CheckWanted = Callable[[], None]  # raises Cancelled when the step must end
Report = Callable[[float], None]  # is told the share of files that have been moved


@dataclass(frozen=True, slots=True)
class Outputs:
    """The work store as steps use it: with this host's cache where the store is far away."""

    database: Database
    work: ObjectStore
    cache: Cache
    transfers: Transfers

    def fetch(self, file: FileRef, target: Path, check_wanted: CheckWanted) -> None:
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

    def fetch_all(
        self, files: Mapping[Path, FileRef], check_wanted: CheckWanted, report: Report
    ) -> None:
        """Bring stored files to their targets, as many at once as pays."""
        sized = [(file.size_bytes, (file, target)) for target, file in files.items()]
        self._move(lambda each: self.fetch(*each, check_wanted), sized, check_wanted, report)

    def intact(self, known: Mapping[str, Part], check_wanted: CheckWanted) -> set[str]:
        """Return the fingerprints of those known parts whose files all lie in the work store."""
        parts = list(known.values())
        found = self.transfers.each(self._is_intact, parts, self.work.parallel, check_wanted)
        return {print_ for print_, intact in zip(known, found, strict=True) if intact}

    def store(
        self,
        claimed: Claim,
        prints: Mapping[str, str],
        products: Mapping[str, Product],
        check_wanted: CheckWanted,
        report: Report,
    ) -> dict[str, tuple[str, Part]]:
        """Store products under keys nobody else writes; the database makes them true later.

        Returns the parts by name, each with its fingerprint. What an error leaves behind lies in
        folders that housekeeping knows.
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
        stored = self._store(folders, products, check_wanted, report)
        if folders:
            reached("store.after-upload")
        return {
            name: (
                prints[name],
                Part(
                    product.facts,
                    {file: stored[name, file] for file in product.files},
                    product.evidence,
                ),
            )
            for name, product in products.items()
        }

    def _store(
        self,
        folders: Mapping[str, str],
        products: Mapping[str, Product],
        check_wanted: CheckWanted,
        report: Report,
    ) -> dict[tuple[str, str], FileRef]:
        """Return what became of every product's files, by the names of both."""
        sized = [
            (path.stat().st_size, (name, file))
            for name, product in products.items()
            for file, path in product.files.items()
        ]

        def put(named: tuple[str, str]) -> tuple[tuple[str, str], FileRef]:
            name, file = named
            path = products[name].files[file]
            info = self.work.put_file(f"{folders[name]}/{file}", path, Headers(), create_only=True)
            if not self.work.local:
                self.cache.keep(info.sha256, path)
            return named, FileRef(info.key, info.sha256, info.size_bytes)

        return dict(self._move(put, sized, check_wanted, report))

    def _move(
        self,
        move: Callable[[T], R],
        sized: Sequence[tuple[int, T]],
        check_wanted: CheckWanted,
        report: Report,
    ) -> list[R]:
        """Return what `move` made of each item, large ones last and few at once.

        Each of those makes several requests at a time by itself, and takes memory for all of them.
        """
        moved = 0

        def count() -> None:
            nonlocal moved
            moved += 1
            report(moved / len(sized))

        small = [item for size_bytes, item in sized if size_bytes <= LARGE_BYTES]
        large = [item for size_bytes, item in sized if size_bytes > LARGE_BYTES]
        each, work = self.transfers.each, self.work
        done = each(move, small, work.parallel, check_wanted, count)
        return done + each(move, large, work.parallel_large, check_wanted, count)

    def _is_intact(self, part: Part) -> bool:
        files = list(part.files.values())
        if len(files) > 1:
            # One listing tells of a thousand files what a head tells of one. It may lag behind,
            # so that a head has the last word on what it lacks.
            below = os.path.commonpath([file.key for file in files])
            listed = {found.key: found.size_bytes for found in self.work.listed(f"{below}/")}
            files = [file for file in files if listed.get(file.key) != file.size_bytes]
        return all(self._is_there(file) for file in files)

    def _is_there(self, file: FileRef) -> bool:
        head = self.work.head(file.key)
        return head is not None and head.size_bytes == file.size_bytes
