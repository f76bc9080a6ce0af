"""Publishing made-up titles for real: PostgreSQL decides, an origin holds the objects."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from farm.access import EVERY_TENANT
from farm.errors import Cancelled, StorageUnavailable
from farm.facts import Published
from farm.settings import Settings
from farm.states import JobState
from services.publications import AssetGenerations
from storage.objects.store import Headers
from storage.postgres import control
from storage.postgres.database import Database
from tests.conftest import S3, MakeContext
from tests.service.publication import Desk, led_to_in_full, run

IMMUTABLE = "public, max-age=31536000, immutable"
NAMES = [
    *("manifest.mpd", "master.m3u8", "report/index.html"),
    *("video/0.m4s", "video/1.m4s", "video/2.m4s", "video/playlist.m3u8"),
]


@pytest.fixture(params=["directory", "s3"])
def desk(
    request: pytest.FixtureRequest,
    database: Database,
    step_context: MakeContext,
    settings: Settings,
    tmp_path: Path,
) -> Desk:
    if request.param == "directory":
        return Desk(database, step_context, settings, tmp_path, str(tmp_path / "origin"))
    s3: S3 = request.getfixturevalue("s3")
    return Desk(database, step_context, s3.settings, tmp_path, s3.new_location())


def stopped_after(calls: int) -> Callable[[], None]:
    """Return a `check_wanted` that passes so many times."""
    left = iter(range(calls))

    def check() -> None:
        if next(left, None) is None:
            raise Cancelled("the lease was lost")

    return check


def test_a_title_is_published_as_an_immutable_generation_and_two_pointers(desk: Desk) -> None:
    published = desk.publish("one")
    prefix, size_bytes = published.origin_prefix, published.size_bytes
    assert prefix.startswith("default/title/g1-")
    assert published == Published(
        hls=desk.origin.url("default/title/master.m3u8"),
        dash=desk.origin.url("default/title/manifest.mpd"),
        report=desk.origin.url(f"{prefix}/report/index.html"),
        origin_prefix=prefix,
        generation=1,
        objects=len(NAMES) + 2,
        size_bytes=size_bytes,
    )
    pointers = ["default/title/manifest.mpd", "default/title/master.m3u8"]
    objects = [f"{prefix}/{name}" for name in NAMES]
    assert desk.objects() == sorted(objects + pointers)
    assert size_bytes == sum(found.size_bytes for found in desk.origin.listed(f"{prefix}/"))
    heads = [desk.origin.head(key) for key in (*objects, *pointers)]
    served = [(head.content_type, head.cache_control, head.metadata) for head in heads if head]
    hls, dash, segment = (
        "application/vnd.apple.mpegurl",
        "application/dash+xml",
        "video/iso.segment",
    )
    assert served == [
        (dash, IMMUTABLE, {}),
        (hls, IMMUTABLE, {}),
        ("text/html; charset=utf-8", IMMUTABLE, {}),
        *[(segment, IMMUTABLE, {})] * 3,
        (hls, IMMUTABLE, {}),
        (dash, "max-age=10", {"generation": "1"}),
        (hls, "max-age=10", {"generation": "1"}),
    ]
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published"}


def test_new_content_is_a_new_generation_and_the_old_one_stays(desk: Desk) -> None:
    numbers = [desk.publish(mark).generation for mark in ("one", "two", "one")]
    assert numbers == [1, 2, 1]
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published", 2: "published superseded"}


def test_publishers_that_race_leave_pointers_to_the_one_that_is_current(desk: Desk) -> None:
    contexts = {mark: desk.context(desk.claim(), mark, segments=20) for mark in ("old", "new")}
    generations: dict[int, str] = {}

    def publish(mark: str) -> None:
        generations[run(contexts[mark]).generation] = mark

    threads = [threading.Thread(target=publish, args=(mark,)) for mark in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = {generations[number]: state for number, state in desk.rows().items()}
    assert led_to_in_full(desk.origin, desk.asset) == "new"
    assert rows in (
        {"new": "published", "old": "published superseded"},
        {"new": "published", "old": "superseded"},  # it came too late
    )


def test_a_worker_that_lost_its_lease_stops_uploading(desk: Desk) -> None:
    context = desk.context(desk.claim(), "one", segments=20)
    with pytest.raises(Cancelled, match="the lease was lost"):
        run(replace(context, check_wanted=stopped_after(5)))
    assert [key.rpartition(".")[2] for key in desk.objects()] in (
        ["html", "m4s", "m4s", "m4s", "m4s"],
        ["m4s"] * 5,
    )
    assert desk.rows() == {1: "reserved"}


def test_an_interrupted_publication_goes_on_where_it_was(desk: Desk) -> None:
    claimed = desk.claim()
    with pytest.raises(Cancelled):
        run(replace(desk.context(claimed, "one", 20), check_wanted=stopped_after(5)))
    left = desk.objects()
    fetched = []
    context = desk.context(claimed, "one", 20)

    def fetch(file: object, target: Path) -> None:
        fetched.append(target)
        context.fetch(file, target)  # type: ignore[arg-type]

    published = run(replace(context, fetch=fetch))
    assert (len(left), len(fetched)) == (5, published.objects - 2 - 5)
    assert (published.generation, led_to_in_full(desk.origin, desk.asset)) == (1, "one")


def test_what_lies_there_damaged_is_put_again(desk: Desk) -> None:
    claimed = desk.claim()
    with pytest.raises(Cancelled):
        run(replace(desk.context(claimed, "one"), check_wanted=stopped_after(3)))
    [*_, damaged] = desk.objects()
    good = desk.origin.get_bytes(damaged)
    desk.origin.put_bytes(damaged, good.swapcase(), Headers("video/iso.segment"))
    run(desk.context(claimed, "one"))
    assert desk.origin.get_bytes(damaged) == good


def test_a_job_that_was_cancelled_meanwhile_moves_no_pointer(desk: Desk) -> None:
    desk.publish("one")
    claimed = desk.claim()
    context = desk.context(claimed, "two")
    with desk.database.begin() as session:
        control.request_cancel(session, EVERY_TENANT, claimed.job_id)
    with pytest.raises(Cancelled, match="its job or lease ended"):
        run(context)
    assert led_to_in_full(desk.origin, desk.asset) == "one"
    assert desk.rows() == {1: "published"}


def test_a_publisher_whose_transaction_was_cut_has_not_published(desk: Desk) -> None:
    claimed = desk.claim()
    book = AssetGenerations(desk.database, desk.spec(), claimed)
    number = book.reserve("content")
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    )
    with pytest.raises(StorageUnavailable), book.publishing(number):
        other = Database(desk.database.url)
        with other.begin() as session:
            session.execute(text(cut))
        other.close()
    assert desk.rows() == {1: "reserved"}
    desk.end(claimed, JobState.FAILED)
