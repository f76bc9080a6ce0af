"""The examples of docs/ingest.md are what they say."""

from __future__ import annotations

import json
import re

from farm.notifications import NewObject, read_notification
from farm.sidecars import is_sidecar
from farm.spec import IngestRule
from tests.conftest import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "ingest.md").read_text("utf-8")


def test_every_notification_of_the_guide_tells_of_its_object() -> None:
    examples = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    told = [read_notification(example.encode()).records for example in examples]
    assert len(told) == 4
    for [found] in told:
        assert isinstance(found, NewObject)
        assert (found.bucket, found.key) == ("studio", "delivered/My film.mp4")


def test_the_rule_of_the_guide_is_one() -> None:
    [body] = re.findall(r"-d '(\{.*?\})'\n", GUIDE, re.DOTALL)
    rule = IngestRule.model_validate(json.loads(body))
    assert rule.is_for("studio", "delivered/My film.mp4")


def test_the_sidecars_of_the_guide_are_sidecars() -> None:
    rows = re.findall(r"(?m)^\| (`movie\..*?) \|", GUIDE)
    names = [name for row in rows for name in re.findall(r"`(movie[^`]+)`", row)]
    assert len(names) == 5
    assert all(is_sidecar(name) for name in names)
