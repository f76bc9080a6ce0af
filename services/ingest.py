"""Notifications of object stores: new objects for which a tenant has a rule are taken in, once."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from farm.access import Caller
from farm.errors import ReelFarmError
from farm.notifications import Confirmation, NewObject, NoNewObject, read_notification
from farm.settings import Settings
from farm.sidecars import is_sidecar
from farm.spec import IngestRule
from services.allowed import Allowed
from services.ingest_rules import NamedRule, all_rules
from services.locations import load_locations
from storage.postgres import audit, ingest
from storage.postgres.database import Database
from storage.postgres.ingest import ArrivedObject, ListedObject

log = logging.getLogger("reelfarm.ingest")

ACCEPTED, DUPLICATE, IGNORED, REJECTED = "accepted", "duplicate", "ignored", "rejected"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one record; `why` unless it was accepted."""

    bucket: str | None
    key: str | None
    status: str
    why: str | None = None
    rule: str | None = None
    job_id: str | None = None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NotificationTaken:
    """What became of a notification: an answer a record, and topics that wait for an operator."""

    records: Sequence[Answered]
    confirmations: Sequence[Confirmation]


def take_notification(
    database: Database, settings: Settings, caller: Caller, body: bytes
) -> NotificationTaken:
    """Take in the new objects that a notification tells of, each once, however often it comes.

    They become jobs when their sidecars have had time to come (services.ingest_turns). Nothing is
    fetched: neither what the notification names nor what would confirm it. Raises InvalidSpec for
    what is no notification.
    """
    told = read_notification(body)
    for topic in told.confirmations:
        log.warning(
            "the topic %r asks to be confirmed; an operator who wants it opens %r",
            *(topic.topic, topic.subscribe_url),
        )
    tenant = caller.acts_for
    allowed = load_locations(settings).sources(tenant)
    with database.begin(caller.tenant) as session:
        rules = all_rules(session, tenant)
        judged = [_judge(record, rules, allowed) for record in told.records]
        arriving = {each.digest: each for each, _ in judged if each is not None}
        new = ingest.arrive(session, tenant, list(arriving.values()))
        jobs = ingest.known(session, tenant, [digest for digest in arriving if digest not in new])
        answers = []
        for arrived, answer in judged:
            if arrived is None or arrived.digest in new:
                answers.append(answer)
                new.discard(arrived.digest if arrived else "")  # told twice at once: once new
            else:
                why, job = "it was told before", jobs.get(arrived.digest)
                answers.append(replace(answer, status=DUPLICATE, why=why, job_id=job))
        if accepted := [each for each in answers if each.status == ACCEPTED]:
            target = f"s3://{accepted[0].bucket}/{accepted[0].key}"
            audit.note(session, caller, "ingest.accepted", target, objects=len(accepted))
    return NotificationTaken(answers, told.confirmations)


def list_objects(
    database: Database, caller: Caller, before: int | None, state: str | None, limit: int
) -> list[ListedObject]:
    """Return the caller's objects, the newest first, before a position."""
    with database.begin(caller.tenant) as session:
        return ingest.listed(session, caller.tenant, before, state, limit)


def _judge(
    record: NewObject | NoNewObject, rules: Sequence[NamedRule], allowed: Allowed
) -> tuple[ArrivedObject | None, Answered]:
    """Return the object to take in and what is answered if it is new; else None, and why not."""
    if isinstance(record, NoNewObject):
        status = REJECTED if record.malformed else IGNORED
        return None, Answered(record.bucket, record.key, status, record.why)
    bucket, key = record.bucket, record.key
    rule = find_rule(rules, bucket, key)
    if (why := _why_ignored(record, rule.rule if rule else None)) or rule is None:
        return None, Answered(bucket, key, IGNORED, why, rule.name if rule else None)
    try:
        allowed.check_uri(f"s3://{bucket}/{key}")
    except ReelFarmError as error:
        rejected = Answered(bucket, key, REJECTED, error.message, rule.name, error=error.as_json())
        return None, rejected
    which = json.dumps([bucket, key, record.identity]).encode()
    digest = hashlib.sha256(which).hexdigest()
    arrived = ArrivedObject(digest, bucket, key, rule.name, rule.version, rule.rule.settle_s)
    return arrived, Answered(bucket, key, ACCEPTED, rule=rule.name)


def find_rule(rules: Sequence[NamedRule], bucket: str, key: str) -> NamedRule | None:
    """Return the rule for an object: of those for its place that take it, the most particular.

    Where none takes files of its name, one that is for its place, so that it can be said why.
    """
    here = [each for each in rules if each.rule.is_for(bucket, key)]
    here.sort(key=lambda each: (-len(each.rule.prefix), each.name))
    return next((each for each in here if each.rule.takes(key)), here[0] if here else None)


def _why_ignored(there: NewObject, rule: IngestRule | None) -> str | None:
    name = there.key.rpartition("/")[2]
    if rule is None:
        return "no rule is for it: give one a prefix that it begins with, and enable it"
    if not name:
        return "it is a folder"
    if not rule.takes(there.key):
        if is_sidecar(name):
            return "it is taken in with the media it lies beside, if those come later or just came"
        return f"the rule takes {', '.join(rule.suffixes[:8])}{'...' * (len(rule.suffixes) > 8)}"
    return "it is empty" if there.size_bytes == 0 else None
