"""Uploads that break off, meet, or are sent twice: what is there is whole, and goes on."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from farm.uploads import part_sizes
from services import appending
from storage.objects.stores import receiver, work_store
from storage.postgres.models import SourceUpload
from tests.service.handing_in import TUS, Hall, a_file, folder_hall, part_of, put, s3_hall
from tests.waiting import HANGS_AFTER_S

__all__ = ["folder_hall", "s3_hall"]  # fixtures

LARGE = (16 << 20) + 12_345


def send(client: httpx.Client, upload: dict[str, Any], offset: int, content: Any) -> httpx.Response:
    headers = {**TUS, "Upload-Offset": str(offset)}
    return client.patch(f"/v1/uploads/{upload['id']}", content=content, headers=headers)


def stands_at(client: httpx.Client, upload: dict[str, Any]) -> int:
    answer = client.head(f"/v1/uploads/{upload['id']}")
    assert answer.status_code == 200
    assert (answer.headers["Tus-Resumable"], answer.headers["Cache-Control"]) == (
        "1.0.0",
        "no-store",
    )
    assert int(answer.headers["Upload-Length"]) == upload["size_bytes"]
    return int(answer.headers["Upload-Offset"])


def wait_until_at(client: httpx.Client, upload: dict[str, Any], offset: int) -> None:
    for _ in range(round(HANGS_AFTER_S / 0.05)):
        if stands_at(client, upload) == offset:
            return
        time.sleep(0.05)
    raise AssertionError(f"the upload stands at {stands_at(client, upload)}, not at {offset}")


def test_a_file_is_sent_bit_by_bit_from_where_it_stands(folder_hall: Hall, tmp_path: Path) -> None:
    content = a_file(3_000_000)
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, content)
        assert (upload["send"]["way"], stands_at(client, upload)) == ("append", 0)
        first = send(client, upload, 0, content[:1_200_000])
        assert (first.status_code, first.headers["Upload-Offset"]) == (204, "1200000")
        assert stands_at(client, upload) == 1_200_000
        assert client.get(f"/v1/uploads/{upload['id']}").json()["received_bytes"] == 1_200_000
        early = client.post(f"/v1/uploads/{upload['id']}/complete")
        assert (early.status_code, early.json()["offset"]) == (409, 1_200_000)
        again = send(client, upload, 0, content[:10])
        assert (again.status_code, again.json()["offset"]) == (409, 1_200_000)
        last = send(client, upload, 1_200_000, content[1_200_000:])
        assert last.headers["Upload-Offset"] == "3000000"
        done = client.get(f"/v1/uploads/{upload['id']}").json()
        assert (done["complete"], done["send"]) == (True, None)  # with its last byte
        assert send(client, upload, 3_000_000, b"").status_code == 204
        assert send(client, upload, 3_000_000, b"x").status_code == 413
    assert folder_hall.read(done["source"], tmp_path / "scratch") == content


def test_a_connection_that_breaks_costs_nothing_that_had_arrived(
    folder_hall: Hall, tmp_path: Path
) -> None:
    content = a_file(3_000_000)
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, content)
        break_off(folder_hall, client, upload, content, 1_500_000)
        wait_until_at(client, upload, 1_500_000)
        assert send(client, upload, 1_500_000, content[1_500_000:]).status_code == 204
        source = client.post(f"/v1/uploads/{upload['id']}/complete").json()["source"]
    assert folder_hall.read(source, tmp_path / "scratch") == content


def break_off(
    hall: Hall, client: httpx.Client, upload: dict[str, Any], content: bytes, after: int
) -> None:
    """Send the beginning of a file that was to be sent whole, and hang up."""
    where = urlsplit(hall.server.url)
    assert where.hostname is not None
    lines = (
        f"PATCH /v1/uploads/{upload['id']} HTTP/1.1",
        f"Host: {where.netloc}",
        f"Authorization: {client.headers['Authorization']}",
        f"Content-Type: {TUS['Content-Type']}",
        "Upload-Offset: 0",
        f"Content-Length: {len(content)}",
    )
    with socket.create_connection((where.hostname, where.port or 80)) as line:
        line.sendall("\r\n".join((*lines, "", "")).encode())
        line.sendall(content[:after])


def test_what_a_crash_left_behind_what_was_safe_is_sent_again(
    folder_hall: Hall, tmp_path: Path
) -> None:
    content = a_file(2_000_000)
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, content)
        send(client, upload, 0, content[:1_000_000])
        taker = receiver(folder_hall.settings)
        path = taker.path(f"uploads/default/{upload['id']}")  # type: ignore[union-attr]
        with path.open("ab") as file:  # as a process that died before it noted this
            file.write(bytes(1_500_000))
        assert stands_at(client, upload) == 1_000_000
        assert send(client, upload, 1_000_000, content[1_000_000:]).status_code == 204
        source = client.get(f"/v1/uploads/{upload['id']}").json()["source"]
    assert path.stat().st_size == 2_000_000
    assert folder_hall.read(source, tmp_path / "scratch") == content


def test_a_file_that_was_lost_is_not_filled_up_with_nothing(folder_hall: Hall) -> None:
    content = a_file(2_000_000)
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, content)
        send(client, upload, 0, content[:1_000_000])
        work_store(folder_hall.settings).delete(f"uploads/default/{upload['id']}")
        refused = send(client, upload, 1_000_000, content[1_000_000:])
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "has 0 bytes of the 1000000 that had arrived" in refused.json()["detail"]


def test_of_two_who_send_at_once_one_is_told_to_wait(folder_hall: Hall, tmp_path: Path) -> None:
    content = a_file(3_000_000)
    begun, over = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield content[:2_000_000]
        begun.set()
        assert over.wait(HANGS_AFTER_S)
        yield content[2_000_000:]

    with folder_hall.server.client() as client, ThreadPoolExecutor(1) as threads:
        upload = folder_hall.begin(client, content)
        first = threads.submit(send, client, upload, 0, slowly())
        assert begun.wait(HANGS_AFTER_S)
        wait_for_file(folder_hall, upload)
        second = send(client, upload, 0, content)
        assert (second.status_code, second.json()["code"]) == (409, "conflict")
        over.set()
        assert first.result().status_code == 204
        source = client.get(f"/v1/uploads/{upload['id']}").json()["source"]
    assert folder_hall.read(source, tmp_path / "scratch") == content


def wait_for_file(hall: Hall, upload: dict[str, Any]) -> None:
    for _ in range(round(HANGS_AFTER_S / 0.05)):
        if hall.keys():
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing of {upload['id']} has arrived")


def test_many_who_begin_at_once_leave_one_whole_file(folder_hall: Hall, tmp_path: Path) -> None:
    content = a_file(2_000_000)
    with folder_hall.server.client() as client, ThreadPoolExecutor(6) as threads:
        upload = folder_hall.begin(client, content)
        sent = [threads.submit(send, client, upload, 0, content) for _ in range(6)]
        statuses = sorted(each.result().status_code for each in sent)
        assert statuses == [204, *[409] * 5]
        source = client.get(f"/v1/uploads/{upload['id']}").json()["source"]
    assert folder_hall.read(source, tmp_path / "scratch") == content


def test_more_than_was_announced_does_not_go_in(folder_hall: Hall) -> None:
    content = a_file(1_000)
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, content)
        refused = send(client, upload, 0, content + b"x")
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
        unsized = send(client, upload, 0, iter([content, b"x" * 2_000_000]))
        assert (unsized.status_code, unsized.json()["code"]) == (413, "too_large")
        assert stands_at(client, upload) == 0
        assert send(client, upload, 0, content).status_code == 204


def test_what_is_sent_in_another_form_is_refused(folder_hall: Hall) -> None:
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, b"abc")
        place = f"/v1/uploads/{upload['id']}"
        offset = {"Upload-Offset": "0"}
        refused = client.patch(place, content=b"abc", headers=offset)
        assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_content")
        for wrong in ({}, {"Upload-Offset": "-1"}, {"Upload-Offset": "x"}):
            answer = client.patch(place, content=b"abc", headers={**TUS, **wrong})
            assert answer.status_code == 422
        parts = client.post(f"{place}/parts", json={"numbers": [1]})
        assert (parts.status_code, parts.json()["code"]) == (409, "conflict")


def test_who_sends_nothing_more_lets_the_next_one_in(
    folder_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.v1.uploads.IDLE_S", 0.2)
    content, over = a_file(2_000_000), threading.Event()

    def stuck() -> Iterator[bytes]:
        yield content[:1_000_000]
        over.wait(HANGS_AFTER_S)

    with folder_hall.server.client() as client, ThreadPoolExecutor(1) as threads:
        upload = folder_hall.begin(client, content)
        threads.submit(send, client, upload, 0, stuck())
        wait_until_at(client, upload, 1_000_000)
        assert send(client, upload, 1_000_000, content[1_000_000:]).status_code == 204
        over.set()


def test_a_large_file_is_never_held_and_is_made_safe_on_its_way(
    folder_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "SAFE_EVERY_BYTES", 8 << 20)
    block, seen = a_file(1 << 20), []
    size_bytes = 64 << 20
    with folder_hall.server.client() as client:
        upload = folder_hall.begin(client, bytes(1), size_bytes=size_bytes)

        def blocks() -> Iterator[bytes]:
            for _ in range(64):
                yield block
                with folder_hall.database.begin() as session:
                    seen.append(session.get_one(SourceUpload, upload["id"]).received_bytes)

        tracemalloc.start()
        answer = send(client, upload, 0, blocks())
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answer.headers["Upload-Offset"] == str(size_bytes)
    assert peak_bytes < 16 << 20
    assert len(set(seen)) >= 4


def test_parts_that_were_lost_are_sent_again_and_no_others(s3_hall: Hall, tmp_path: Path) -> None:
    content = a_file(LARGE)
    with s3_hall.server.client() as client:
        upload = s3_hall.begin(client, content)
        place, send = f"/v1/uploads/{upload['id']}", upload["send"]
        assert (send["way"], send["part_bytes"], send["parts"]) == ("parts", 16 << 20, 2)
        urls = s3_hall.urls(client, upload)
        assert put(urls[2], part_of(content, upload, 2)) == 200
        # And here the page was closed. Whoever opens it again asks what is missing.
        found = client.get(place).json()
        assert found["received"] == [{"number": 2, "size_bytes": 12_345}]
        early = client.post(f"{place}/complete")
        assert (early.status_code, early.json()["missing"]) == (409, [1])
        [url] = s3_hall.urls(client, upload, 1).values()
        for _ in range(2):  # twice does no harm
            assert put(url, part_of(content, upload, 1)) == 200
        done = client.post(f"{place}/complete").json()
        assert done["complete"] is True
        refused = client.post(f"{place}/parts", json={"numbers": [1]})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert s3_hall.read(done["source"], tmp_path / "scratch") == content


def test_a_url_takes_as_many_bytes_as_it_was_made_for(s3_hall: Hall) -> None:
    content = a_file(LARGE)
    with s3_hall.server.client() as client:
        small, large = s3_hall.begin(client, content[:1000]), s3_hall.begin(client, content)
        assert put(small["send"]["url"], content[:1001]) == 403
        [url] = s3_hall.urls(client, large, 2).values()
        assert put(url, content) == 403
        refused = client.post(f"/v1/uploads/{small['id']}/complete")
        assert refused.json()["detail"].endswith("0 of 1000 bytes are there")
        for wrong in ([0], [3], [1, 3]):
            answer = client.post(f"/v1/uploads/{large['id']}/parts", json={"numbers": wrong})
            assert (answer.status_code, answer.json()["input"]) == (422, "numbers")
        assert client.head(f"/v1/uploads/{large['id']}").status_code == 409
        assert client.put(f"/v1/uploads/{large['id']}", content=b"x").status_code == 409


def test_a_url_that_is_looked_for_again_is_a_new_one_of_the_same_file(s3_hall: Hall) -> None:
    content = a_file(1000)
    with s3_hall.server.client() as client:
        upload = s3_hall.begin(client, content)
        again = client.get(f"/v1/uploads/{upload['id']}").json()
        assert again["send"]["expires_at"] >= upload["send"]["expires_at"]
        assert put(again["send"]["url"], content) == 200
        assert client.post(f"/v1/uploads/{upload['id']}/complete").json()["complete"] is True


def test_a_file_whose_completion_was_cut_short_is_completed_by_asking_again(
    s3_hall: Hall, tmp_path: Path
) -> None:
    content = a_file(LARGE)
    with s3_hall.server.client() as client:
        upload = s3_hall.begin(client, content)
        for number, url in s3_hall.urls(client, upload).items():
            assert put(url, part_of(content, upload, number)) == 200
        with s3_hall.database.begin() as session:
            multipart = session.get_one(SourceUpload, upload["id"]).multipart
        taker, key = receiver(s3_hall.settings), f"uploads/default/{upload['id']}"
        parts = taker.parts(key, multipart)  # type: ignore[union-attr, arg-type]
        taker.finish(key, multipart, parts)  # type: ignore[union-attr, arg-type]
        assert client.get(f"/v1/uploads/{upload['id']}").json()["complete"] is False
        done = client.post(f"/v1/uploads/{upload['id']}/complete").json()
    assert done["complete"] is True
    assert s3_hall.read(done["source"], tmp_path / "scratch") == content


def test_who_asks_at_once_gets_urls_of_one_upload_in_parts(s3_hall: Hall) -> None:
    content = a_file(LARGE)
    with s3_hall.server.client() as client, ThreadPoolExecutor(4) as threads:
        upload = s3_hall.begin(client, content)
        with s3_hall.database.begin() as session:
            session.get_one(SourceUpload, upload["id"]).multipart = None  # as if it died before
        asked = [threads.submit(s3_hall.urls, client, upload, 1) for _ in range(4)]
        names = {dict(q.split("=") for q in urlsplit(each.result()[1]).query.split("&"))["uploadId"]
                 for each in asked}  # fmt: skip
    assert len(names) == 1
    assert part_sizes(LARGE) == [16 << 20, 12_345]


def test_urls_lead_to_the_server_as_browsers_reach_it(s3_hall: Hall) -> None:
    settings = s3_hall.settings.model_copy(update={"s3_public_url": "https://files.example:8443"})
    taker = receiver(settings)
    url = taker.put_url("uploads/default/x", 5, 60.0)  # type: ignore[union-attr]
    assert urlsplit(url).netloc == "files.example:8443"
    assert "content-length" in url
