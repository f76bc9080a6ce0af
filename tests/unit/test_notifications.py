"""What object stores tell of new objects, in each of their shapes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.errors import InvalidSpec
from farm.notifications import Confirmation, NewObject, NoNewObject, read_notification
from tests.unit.notifications import (
    amazon,
    ceph,
    event_bridge,
    minio,
    sns,
    sns_confirmation,
)

KEYS = ["in/my film+1 (2026) 100%.mp4", "in/фильм & ü=1?#.mp4", "a%20b.mp4", "plain.mp4"]
SHAPES = [
    *(amazon, minio, ceph, event_bridge),
    lambda key, **more: sns(amazon(key, **more)),
    lambda key, **more: sns(event_bridge(key, **more)),
    lambda key, **more: sns(ceph(key, **more)),
]


def told(message: Any) -> list[NewObject | NoNewObject]:
    return read_notification(json.dumps(message).encode()).records


def only(message: Any) -> NewObject | NoNewObject:
    [record] = told(message)
    return record


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_names_the_object_as_it_is_called(shape: Any, key: str) -> None:
    found = only(shape(key))
    assert isinstance(found, NewObject)
    assert (found.bucket, found.key, found.size_bytes) == ("farm", key, 4194304)


def test_the_same_put_told_again_in_whatever_shape_is_the_same() -> None:
    again = [only(shape("a.mp4")) for shape in (amazon, lambda key: sns(amazon(key)))]
    assert again[0] == again[1]
    by_version = {"versionId": "v2", "sequencer": "1", "eTag": "x"}
    first = only(amazon("a.mp4", **by_version))
    assert first == only(event_bridge("a.mp4", **{"version-id": "v2", "sequencer": "2"}))
    assert first != only(amazon("a.mp4", **{**by_version, "versionId": "v3"}))


@pytest.mark.parametrize("none", ["", "null", "1", None])
def test_without_a_version_etag_and_sequencer_tell_one_put_from_another(none: Any) -> None:
    def put(**told: Any) -> NewObject | NoNewObject:
        return only(minio("a.mp4", **{"versionId": none, "eTag": "x", "sequencer": "A1", **told}))

    assert put() == put(eTag='"x"') == put(sequencer="a1") == put(eventTime="2027-01-01T00:00:00Z")
    assert put() != put(sequencer="A2")
    assert put() != put(eTag="y")
    bare = {"eTag": None, "sequencer": None}
    assert put(**bare) == put(**bare) != put(**bare, eventTime="2027-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (amazon("a.mp4", eventName="ObjectRemoved:Delete"), "ObjectRemoved:Delete makes no"),
        (minio("a.mp4", eventName="s3:ObjectCreated:PutTagging"), "ObjectCreated:PutTagging"),
        (minio("a.mp4", eventName="s3:ObjectCreated:PutRetention"), "PutRetention makes no"),
        (ceph("a.mp4", eventName="ObjectLifecycle:Expiration:Current"), "Expiration:Current"),
        ({**event_bridge("a.mp4"), "detail-type": "Object Deleted"}, "Object Deleted makes no"),
        ({**event_bridge("a.mp4"), "source": "my.app"}, "Object Created makes no"),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "farm"}, "a test of"),
        ({**sns(""), "Type": "UnsubscribeConfirmation"}, "UnsubscribeConfirmation of arn:"),
        ({"Records": [{}]}, "an unnamed event"),
        ({"Records": [None]}, "an unnamed event"),
    ],
)
def test_what_makes_no_new_object_says_what_it_is(message: Any, why: str) -> None:
    found = only(message)
    assert isinstance(found, NoNewObject)
    assert not found.malformed
    assert why in found.why


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (amazon("a.mp4", key=None), "names no bucket or no key"),
        (amazon("a.mp4", key=""), "names no bucket or no key"),
        (amazon("a.mp4", key=["a"]), "names no bucket or no key"),
        (amazon("a.mp4", s3=7), "names no bucket or no key"),
        (amazon("a.mp4", key="%ff.mp4"), "not UTF-8"),
        (amazon("a.mp4", key="a%00.mp4"), "a NUL"),
        (event_bridge("a\0.mp4"), "a NUL"),
        (ceph("a\ud800.mp4"), "not UTF-8"),
        (ceph("ü" * 513), "longer than 1024 bytes"),
        (event_bridge("a.mp4", "f\0"), "a NUL"),
    ],
)
def test_a_record_that_names_nothing_is_malformed(message: Any, why: str) -> None:
    found = only(message)
    assert isinstance(found, NoNewObject)
    assert found.malformed
    assert why in found.why
    assert json.dumps([found.bucket, found.key]).encode()
    (found.key or "").encode()


def test_a_topic_that_asks_to_be_confirmed_is_told_apart() -> None:
    asked = read_notification(json.dumps(sns_confirmation("https://sns.example/c")).encode())
    assert asked.records == []
    topic = "arn:aws:sns:eu-central-1:111122223333:new-films"
    assert asked.confirmations == [Confirmation(topic, "https://sns.example/c")]


def test_a_batch_is_told_record_by_record() -> None:
    two = amazon("1.mp4")["Records"] + amazon("2.mp4", eventName="ObjectRemoved:Delete")["Records"]
    batch = [{"Records": two}, sns(minio("3.mp4")), event_bridge("4.mp4"), {"Records": []}]
    assert [found.key for found in told(batch)] == ["1.mp4", "2.mp4", "3.mp4", "4.mp4"]
    assert told({"Records": []}) == told([]) == []
    with pytest.raises(InvalidSpec, match="more than 1000 records"):
        told({"Records": amazon("a.mp4")["Records"] * 1001})


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"\xff", b"null", b"7", b'"x"', b"{}", b'{"Records": 7}', b"[7]", b"[" * 9999),
        b"[" * 6 + b"]" * 6,
        json.dumps(sns("no JSON")).encode(),
        json.dumps(sns(sns(sns(sns(sns(amazon("a.mp4"))))))).encode(),
    ],
)
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidSpec):
        read_notification(body)


TEXT = st.text("ab:%+0\0\ud800ü", max_size=9)  # few letters: Hypothesis looks none up
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner),
    max_leaves=9,
)
NAMES = ["key", "eTag", "versionId", "sequencer", "size", "eventName", "eventTime", "s3"]


@given(st.dictionaries(st.sampled_from([*NAMES, "eventSource"]), JSON))
def test_whatever_stands_in_a_record_there_is_an_answer(changes: dict[str, Any]) -> None:
    for message in (amazon("a.mp4", **changes), event_bridge("a.mp4", **changes)):
        found = only(message)
        for text in (found.bucket, found.key, getattr(found, "why", None)):
            assert (text or "").encode().decode() == (text or "")  # it can be answered, and kept
