"""From a notification to a published title, its sidecars with it: a real bucket, a real farm."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from storage.objects.s3_client import s3_client
from storage.objects.stores import open_store
from tests.conftest import S3
from tests.service.api_server import api_server
from tests.unit.notifications import ceph, sns
from tests.waiting import HANGS_AFTER_S
from workers.local.stack import Stack

ENGLISH = "1\n00:00:01,000 --> 00:00:02,500\nGood morning.\n"
SIGNS = "WEBVTT\n\n00:00:03.000 --> 00:00:04.000\nAUSGANG\n"
CHAPTERS = "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nOne\n\n00:00:04.000 --> 00:00:08.000\nTwo\n"
LADDER = {
    "name": "fast",
    "preset": "ultrafast",
    "rungs": [{"width": 320, "height": 180, "max_bps": 600_000, "crf": 26}],
}


def test_a_film_that_is_put_into_a_bucket_is_published(
    s3: S3, title_clip: Path, tmp_path: Path
) -> None:
    settings = s3.settings.model_copy(update={"state_dir": tmp_path / "state", "reconcile_s": 0.5})
    folder, origin = f"{uuid4().hex}/in/", s3.new_location()
    put = s3_client(settings).put_object
    beside = {"en.srt": ENGLISH, "de.forced.vtt": SIGNS, "chapters.vtt": CHAPTERS}
    for suffix, content in beside.items():
        put(Bucket=s3.bucket, Key=f"{folder}My film.{suffix}", Body=content.encode())
    put(Bucket=s3.bucket, Key=f"{folder}My film.mp4", Body=title_clip.read_bytes())
    rule = {
        "bucket": s3.bucket,
        "prefix": folder,
        "settle_s": 1,
        "template": {"origin": origin, "asset": "{stem}", "ladder": LADDER},
    }
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as server,
        server.client() as client,
    ):
        assert client.put("/v1/ingest/rules/films", json=rule).status_code == 200
        for _ in range(3):
            told = client.post("/v1/ingest/s3", json=sns(ceph(f"{folder}My film.mp4", s3.bucket)))
            assert told.status_code == 200, told.text
        job = ended(stack, client)
        record = client.get(f"/v1/jobs/{job['id']}").json()
    assert (record["state"], record["asset"]) == ("PUBLISHED", "My-film"), record["error"]
    assert [(track["lang"], track["forced"], track["cues"]) for track in record["text"]] == [
        ("de", True, 1),
        ("en", False, 1),
    ]
    assert [chapter["titles"]["und"] for chapter in record["chapters"]] == ["One", "Two"]
    published = open_store(origin, settings)
    assert published.head("default/My-film/master.m3u8") is not None


def ended(stack: Stack, client: Any) -> dict[str, Any]:
    """Return the only job there is, once it has ended."""
    ends_at = time.monotonic() + HANGS_AFTER_S
    while time.monotonic() < ends_at:
        stack.tend()
        jobs: list[dict[str, Any]] = client.get("/v1/jobs").json()["items"]
        assert len(jobs) <= 1
        if jobs and jobs[0]["state"] not in ("QUEUED", "RUNNING"):
            return jobs[0]
        time.sleep(0.2)
    raise AssertionError("the job did not end in time")
