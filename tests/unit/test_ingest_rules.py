"""Rules by which new objects become titles."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from farm.sidecars import Beside, Sidecar
from farm.spec import IngestRule
from services.ingest import find_rule
from services.ingest_rules import NamedRule

KEY = "in/Season 1/Pilot.v2.MP4"


def rule(**fields: Any) -> IngestRule:
    return IngestRule.model_validate({"bucket": "farm", "prefix": "in/", **fields})


def made(key: str = KEY, beside: Beside | None = None, **template: Any) -> dict[str, Any]:
    return rule(template=template).request("farm", key, beside or Beside()).given()


def test_an_object_becomes_the_request_of_its_rule() -> None:
    beside = Beside((("Pilot.v2.de.srt", Sidecar("de", forced=True)),), "Pilot.v2.chapters.vtt")
    template: dict[str, Any] = {
        "ladder": "apple",
        "catalog": "{folder}-x",
        "external_id": "{bucket}:{key}",
        "metadata": {"from": ["{name}", {"as": "{stem}.{suffix}"}], "n": 1},
        "priority": 3,
    }
    with pytest.raises(ValidationError):  # a folder with a space is no name of a catalog
        made(**template)
    given = made("in/s1/Pilot.v2.MP4", beside, **template)
    assert given == {
        "source": "s3://farm/in/s1/Pilot.v2.MP4",
        "asset": "s1-Pilot.v2",
        "ladder": "apple",
        "catalog": "s1-x",
        "external_id": "farm:in/s1/Pilot.v2.MP4",
        "metadata": {"from": ["Pilot.v2.MP4", {"as": "Pilot.v2.mp4"}], "n": 1},
        "priority": 3,
        "subtitles": [
            {
                "uri": "s3://farm/in/s1/Pilot.v2.de.srt",
                "language": "de",
                "forced": True,
                "hearing_impaired": False,
            }
        ],
        "chapters": "s3://farm/in/s1/Pilot.v2.chapters.vtt",
    }


@pytest.mark.parametrize(
    ("key", "pattern", "asset"),
    [
        (KEY, "{path}", "Season-1-Pilot.v2"),
        (KEY, "{stem}", "Pilot.v2"),
        (KEY, "{folder}_{stem}", "Season-1_Pilot.v2"),
        ("in//a.mp4", "{path}", "a"),
        ("in/" + "a" * 200 + ".mp4", "{stem}", "a" * 115 + "-c2a908d98f5d"),
    ],
)
def test_an_asset_is_named_by_the_objects_name(key: str, pattern: str, asset: str) -> None:
    assert made(key, asset=pattern)["asset"] == asset


def test_names_that_lose_their_letters_do_not_become_one_asset() -> None:
    assets = {made(f"in/{name}.mp4")["asset"] for name in ("фильм", "кино", "film é", "film è")}
    assert len(assets) == 4
    assert all(asset.isascii() for asset in assets)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"template": {"laddre": "apple"}}, "template.laddre: Extra inputs"),
        ({"template": {"source": "s3://a/b"}}, "source comes with the object"),
        ({"template": {"subtitles": []}}, "subtitles comes with the object"),
        ({"template": {"asset": "{stm}"}}, "'{stm}' stands for nothing: use {stem}"),
        ({"template": {"asset": 7}}, "template.asset: Input should be a valid string"),
        ({"template": {"priority": 11}}, "template.priority"),
        ({"template": {"metadata": {"x": "\0"}}}, "NUL"),
        ({"bucket": "x"}, "bucket"),
        ({"suffixes": []}, "suffixes"),
        ({"suffixes": ["*"]}, "suffixes"),
        ({"settle_s": -1}, "settle_s"),
        ({"settle_s": 86_401}, "settle_s"),
        ({"prefix": "a" * 901}, "prefix"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_rule_that_makes_no_request_is_refused_at_once(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        rule(**fields)
    assert said in str(refused.value)


def test_the_most_particular_rule_that_takes_the_file_counts() -> None:
    rules = [
        NamedRule("all", 1, rule(prefix="")),
        NamedRule("deep", 1, rule(prefix="in/4k/", suffixes=[".MXF"])),
        NamedRule("off", 1, rule(prefix="in/4k/x", enabled=False)),
        NamedRule("there", 1, rule(prefix="in/", suffixes=["mov"])),
        NamedRule("there-too", 1, rule(prefix="in/", suffixes=["mov"])),
        NamedRule("elsewhere", 1, rule(bucket="other", prefix="in/4k/")),
    ]

    def name(key: str, bucket: str = "farm") -> str | None:
        found = find_rule(rules, bucket, key)
        return found.name if found else None

    assert name("in/4k/x.mxf") == "deep"
    assert name("in/4k/x.mov") == "there"
    assert name("in/4k/x.mp4") == "all"
    assert name("in/4k/x.jpg") == "deep"  # which says what it takes
    assert name("out.mp4") == "all"
    assert name("in/a.mp4", "third") is None
