"""Uploading a generation: what a store hides, loses or was given damaged is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from farm.errors import StorageUnavailable
from farm.parts import FileRef
from storage.objects.directory import DirectoryStore
from storage.objects.store import Listed, ObjectInfo, ObjectStore
from tests.conftest import MakeContext
from tests.service.publication import title
from workers.publishing.upload import upload
from workers.steps.contract import StepContext


class Hiding(DirectoryStore):
    """A store whose listings lack an object, as those of some stores do for a while."""

    hidden = ""
    looked: tuple[str, ...] = ()

    def listed(self, prefix: str) -> Iterator[Listed]:
        return (found for found in super().listed(prefix) if not found.key.endswith(self.hidden))

    def head(self, key: str) -> ObjectInfo | None:
        self.looked += (key,)
        return super().head(key)


class Losing(Hiding):
    """A store that has lost an object it took."""

    def head(self, key: str) -> ObjectInfo | None:
        return None if key.endswith(self.hidden) else super().head(key)


def uploaded(context: StepContext[Any], store: ObjectStore, files: Mapping[str, FileRef]) -> None:
    """Upload files to a store as the step of this context would."""
    upload(
        store,
        "t/a/g1",
        files,
        fetch=context.fetch,
        staging=context.scratch / "objects",
        transfers=context.transfers,
        check_wanted=context.check_wanted,
        report=context.progress.report,
    )


@pytest.mark.parametrize("hidden", ["/video/1.m4s", "/master.m3u8"])
def test_what_a_listing_lacks_is_looked_for(
    step_context: MakeContext, tmp_path: Path, hidden: str
) -> None:
    store = Hiding(tmp_path / "origin")
    store.hidden = hidden
    files = title(tmp_path / "made", "one")["package"].files
    uploaded(step_context(), store, files)
    assert store.looked == (f"t/a/g1{hidden}",)


def test_an_object_that_did_not_arrive_is_named(step_context: MakeContext, tmp_path: Path) -> None:
    store = Losing(tmp_path / "origin")
    store.hidden = "/video/1.m4s"
    files = title(tmp_path / "made", "one")["package"].files
    with pytest.raises(StorageUnavailable, match=r"t/a/g1/video/1\.m4s did not arrive whole: noth"):
        uploaded(step_context(), store, files)


def test_a_file_damaged_in_the_work_store_is_named(
    step_context: MakeContext, tmp_path: Path
) -> None:
    files = title(tmp_path / "made", "one")["package"].files
    (tmp_path / "made" / "video" / "1.m4s").write_text("something else")
    with pytest.raises(StorageUnavailable, match=r"video/1\.m4s in the work store is damaged"):
        uploaded(step_context(), DirectoryStore(tmp_path / "origin"), files)
