"""Notifications of new objects, as each store writes them (after their documentation)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

Message = dict[str, Any]


def amazon(key: str, bucket: str = "farm", /, **changes: Any) -> Message:
    """Return a record of Amazon S3, version 2.1 of the structure: the key as in a form."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-central-1",
        "eventTime": "2026-11-27T09:20:11.120Z",
        "eventName": "ObjectCreated:CompleteMultipartUpload",
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "192.0.2.17"},
        "responseElements": {"x-amz-request-id": "8J1X0EXAMPLE", "x-amz-id-2": "vN7EXAMPLE="},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "new-films",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "A3EXAMPLE"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": quote_plus(key, safe="/"),
                "size": 4194304,
                "eTag": "9b2cf535f27731c974343645a3985328-2",
                "sequencer": "0069282A1F4B3C9D10",
            },
        },
    }
    return {"Records": [_changed(record, changes)]}


def minio(key: str, bucket: str = "farm", /, **changes: Any) -> Message:
    """Return a record of MinIO: as Amazon's, with the plain key once more at the top."""
    record = {
        "eventVersion": "2.0",
        "eventSource": "minio:s3",
        "awsRegion": "",
        "eventTime": "2026-11-27T09:20:11.120Z",
        "eventName": "s3:ObjectCreated:Put",
        "userIdentity": {"principalId": "minio"},
        "requestParameters": {"principalId": "minio", "region": "", "sourceIPAddress": "10.0.0.9"},
        "responseElements": {"x-amz-request-id": "17C2EXAMPLE", "x-minio-deployment-id": "a1"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "Config",
            "bucket": {"name": bucket, "ownerIdentity": {"principalId": "minio"}, "arn": "arn:x"},
            "object": {
                "key": quote_plus(key),
                "size": 4194304,
                "eTag": "5d41402abc4b2a76b9719d911017c592",
                "contentType": "video/mp4",
                "sequencer": "17C2D1E5A3B0F6C8",
            },
        },
        "source": {"host": "10.0.0.9", "port": "", "userAgent": "MinIO"},
    }
    name = "s3:ObjectCreated:Put"
    return {"EventName": name, "Key": f"{bucket}/{key}", "Records": [_changed(record, changes)]}


def ceph(key: str, bucket: str = "farm", /, **changes: Any) -> Message:
    """Return a record of Ceph's gateway: the key as it is."""
    record = {
        "eventVersion": "2.2",
        "eventSource": "ceph:s3",
        "awsRegion": "default",
        "eventTime": "2026-11-27T09:20:11.120345Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "studio"},
        "requestParameters": {"sourceIPAddress": ""},
        "responseElements": {"x-amz-request-id": "503a.5330", "x-amz-id-2": "14d2-zone1"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "films",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "studio"},
                "arn": f"arn:aws:s3:default::{bucket}",
                "id": "503a.5332.38",
            },
            "object": {
                "key": key,
                "size": "4194304",
                "eTag": "37b51d194a7513e45b56f6524f2d51f2",
                "versionId": "",
                "sequencer": "F7E6D75DC742D108",
                "metadata": [],
                "tags": [],
            },
        },
        "eventId": "1763976000.37b51d194a7513e45b56f6524f2d51f2",
        "opaqueData": "",
    }
    return {"Records": [_changed(record, changes)]}


def event_bridge(key: str, bucket: str = "farm", /, **changes: Any) -> Message:
    """Return an event of EventBridge: the key as it is."""
    there = {
        "key": key,
        "size": 4194304,
        "etag": "b1946ac92492d2347c6235b4d2611184",
        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
        "sequencer": "00617F08299329D189",
    }
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "111122223333",
        "time": "2026-11-27T09:20:11Z",
        "region": "eu-central-1",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {**there, **changes},
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "111122223333",
            "source-ip-address": "192.0.2.17",
            "reason": "PutObject",
        },
    }


def sns(inner: Message | str) -> Message:
    """Return a message of a topic that carries another."""
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-central-1:111122223333:new-films",
        "Subject": "Amazon S3 Notification",
        "Message": inner if isinstance(inner, str) else json.dumps(inner),
        "Timestamp": "2026-11-27T09:20:11.500Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE==",
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe",
    }


def sns_confirmation(subscribe_url: str) -> Message:
    """Return what a topic sends first, to be confirmed."""
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37f",
        "TopicArn": "arn:aws:sns:eu-central-1:111122223333:new-films",
        "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": subscribe_url,
        "Timestamp": "2026-11-27T09:20:11.500Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE==",
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService.pem",
    }


def _changed(record: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a record with other fields: those of the object, or of the record itself."""
    own = {name: value for name, value in changes.items() if name in record}
    there = {name: value for name, value in changes.items() if name not in record}
    s3 = {**record["s3"], "object": {**record["s3"]["object"], **there}}
    return {**record, "s3": s3, **own}
