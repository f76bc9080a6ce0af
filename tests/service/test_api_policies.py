"""Ladders and QC policies over HTTP: kept by name, every version, each mistake named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from farm.access import Scope
from ladders.load import preset_names
from tests.service.api_server import ApiServer
from tests.service.test_api_jobs import submit

RUNG = {"width": 640, "height": 360, "max_bps": 1_000_000, "crf": 24}
LADDER = {"rungs": [RUNG]}
SD = {"name": "sd", "min_lines": 480, "p5": 50}


def put(client: httpx.Client, name: str, body: dict[str, Any], kind: str = "ladders") -> Any:
    answer = client.put(f"/v1/{kind}/{name}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


PRESETS = [(name, True) for name in preset_names()]


def names(client: httpx.Client, kind: str = "ladders", **query: Any) -> list[tuple[str, bool]]:
    items = client.get(f"/v1/{kind}", params=query).json()["items"]
    return [(item["name"], item["preset"]) for item in items]


def test_a_ladder_is_kept_with_all_its_versions(api: ApiServer) -> None:
    with api.client() as client:
        first = put(client, "mine", LADDER)
        assert (first["version"], first["preset"], first["tenant"]) == (1, False, "default")
        assert first["body"]["rungs"] == [
            {**RUNG, "codec": "h264", "hdr_max_bps": None, "half_rate": False}
        ]
        assert first["body"]["name"] == "mine"
        assert put(client, "mine", {**LADDER, "name": "other", "gop_s": 2})["version"] == 1
        assert put(client, "mine", {**LADDER, "gop_s": 4})["version"] == 2
        assert client.get("/v1/ladders/mine").json()["body"]["gop_s"] == 4.0
        old = client.get("/v1/ladders/mine", params={"version": 1}).json()
        assert (old["version"], old["body"]["gop_s"]) == (1, 2.0)
        none = client.get("/v1/ladders/mine", params={"version": 3})
        assert none.status_code == 404
        assert none.json()["detail"] == "ladder mine has no version 3: look at its versions"


def test_a_removed_ladder_is_not_there_but_its_versions_are(api: ApiServer) -> None:
    with api.client() as client:
        put(client, "mine", LADDER)
        job = submit(client, ladder="mine")["id"]
        assert client.delete("/v1/ladders/mine").status_code == 204
        assert client.delete("/v1/ladders/mine").status_code == 404
        assert client.get("/v1/ladders/mine").status_code == 404
        assert names(client) == PRESETS
        refused = client.post("/v1/jobs", json={"source": "file:///a.mp4", "ladder": "mine"})
        assert (refused.status_code, refused.json()["input"]) == (422, "ladder")
        assert client.get("/v1/ladders/mine", params={"version": 1}).status_code == 200
        assert put(client, "mine", LADDER)["version"] == 3
        page = client.get("/v1/ladders/mine/versions", params={"limit": 2}).json()
        assert [(each["version"], each["removed"]) for each in page["items"]] == [
            (3, False),
            (2, True),
        ]
        after = {"after": page["next"]}
        rest = client.get("/v1/ladders/mine/versions", params=after).json()
        assert [each["version"] for each in rest["items"]] == [1]
        assert rest["next"] is None
        assert client.get(f"/v1/jobs/{job}").json()["versions"] == {"ladder": 1}
        assert client.get("/v1/ladders/never/versions").status_code == 404


def test_the_name_of_a_preset_can_be_taken_and_given_back(api: ApiServer) -> None:
    with api.client() as client:
        preset = client.get("/v1/ladders/apple-h264").json()
        assert (preset["preset"], preset["version"], preset["tenant"]) == (True, None, None)
        assert len(preset["body"]["rungs"]) == 9
        put(client, "apple-h264", LADDER)
        put(client, "zebra", preset["body"])  # as a start of one's own
        others = [each for each in PRESETS if each[0] != "apple-h264"]
        assert names(client) == sorted([*others, ("apple-h264", False), ("zebra", False)])
        own = submit(client)["id"]
        assert client.get(f"/v1/jobs/{own}").json()["versions"] == {"ladder": 1}
        client.delete("/v1/ladders/apple-h264")
        assert names(client) == [*PRESETS, ("zebra", False)]
        of_farm = submit(client, asset="other")["id"]
        assert client.get(f"/v1/jobs/{of_farm}").json()["versions"] == {}


def test_a_former_name_of_a_preset_is_taken_for_it_until_a_ladder_has_it(api: ApiServer) -> None:
    with api.client() as client:
        former = client.get("/v1/ladders/apple").json()
        assert (former["preset"], former["body"]["name"]) == (True, "apple-h264")
        job = submit(client, ladder="apple")["id"]
        assert client.get(f"/v1/jobs/{job}").json()["versions"] == {}
        put(client, "apple", LADDER)
        own = submit(client, asset="own", ladder="apple")["id"]
        assert client.get(f"/v1/jobs/{own}").json()["versions"] == {"ladder": 1}


def test_a_job_notes_the_versions_it_is_made_with(api: ApiServer) -> None:
    with api.client() as client:
        for crf in (20, 21, 22):
            put(client, "mine", {"rungs": [{**RUNG, "crf": crf}]})
        put(client, "strict", {"top_p5": 90}, "qc-policies")
        job = submit(client, ladder="mine", qc="strict")["id"]
        put(client, "mine", LADDER)
        inline = submit(client, asset="b", ladder={**LADDER, "name": "inline"})["id"]
        assert client.get(f"/v1/jobs/{job}").json()["versions"] == {"ladder": 3, "qc": 1}
        assert client.get(f"/v1/jobs/{inline}").json()["versions"] == {}


def test_qc_policies_are_kept_likewise(api: ApiServer) -> None:
    with api.client() as client:
        assert names(client, "qc-policies") == [("standard", True)]
        standard = client.get("/v1/qc-policies/standard").json()["body"]
        assert standard["top_harmonic_mean"] == 80.0
        kept = put(client, "lenient", {"top_p5": None}, "qc-policies")
        assert (kept["body"]["name"], kept["body"]["top_p5"]) == ("lenient", None)
        assert names(client, "qc-policies") == [("lenient", False), ("standard", True)]
        assert names(client) == PRESETS


def test_classes_of_rungs_are_kept_and_are_in_the_schema(api: ApiServer) -> None:
    with api.client() as client:
        asked = {"rungs": [{**SD, "codec": ["av1"], "review": {"worst_window": 60}}]}
        kept = put(client, "classes", asked, "qc-policies")["body"]["rungs"]
        none = {"harmonic_mean": None, "p5": None, "p1": None, "worst_window": None}
        assert kept == [{**none, **SD, "codec": ["av1"], "review": {**none, "worst_window": 60.0}}]
        job = submit(client, qc="classes")["id"]
        assert client.get(f"/v1/jobs/{job}").json()["versions"] == {"qc": 1}
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
    rung_class = next(schemas[name] for name in schemas if name.startswith("RungClass"))
    assert {"name", "min_lines", "codec", "worst_window", "review"} <= set(rung_class["properties"])


def test_lists_go_by_name_page_by_page(api: ApiServer) -> None:
    with api.client() as client:
        for name in ("b", "a", "z", "Z"):
            put(client, name, LADDER)
        pages, after = [], None
        while True:
            query = {"limit": 2, **({"after": after} if after else {})}
            page = client.get("/v1/ladders", params=query).json()
            pages.append([item["name"] for item in page["items"]])
            if (after := page["next"]) is None:
                break
    assert pages == [
        ["Z", "a"],
        *(["all", "apple-h264"], ["apple-hevc", "audio-only"], ["av1", "b"]),
        *(["mobile", "per-shot"], ["per-title", "z"]),
    ]


@pytest.mark.parametrize(
    ("kind", "body", "field", "message"),
    [
        ("ladders", {"rungs": [{**RUNG, "crf": 52}]}, "rungs.0.crf", "give 0 to 51"),
        ("ladders", {"rungs": [RUNG, {**RUNG, "width": 8}]}, "rungs.1.width", "give 64 to 8192"),
        ("ladders", {"rungs": []}, "rungs", "give 1 to 24"),
        ("ladders", {**LADDER, "gop_s": 0}, "gop_s", "give 0.5 to 10"),
        ("ladders", {**LADDER, "preset": "placebo"}, "preset", "'ultrafast', 'superfast'"),
        ("ladders", {**LADDER, "colour": "red"}, "colour", "Extra inputs are not permitted"),
        (
            *("ladders", {**LADDER, "audio": {"ladder_bps": [64_000, 64_000]}}),
            *("audio.ladder_bps", "different rates from 24000 to 512000 bit/s"),
        ),
        ("ladders", {**LADDER, "audio": {"stereo_bps": 1}}, "audio.stereo_bps", "24000 to 512000"),
        ("ladders", {**LADDER, "source": "a\0b"}, "source", "it has a NUL"),
        ("qc-policies", {"top_p5": 100.5}, "top_p5", "give 0 to 100"),
        ("qc-policies", {"subsample": 4}, "subsample", "4 is even"),
        ("qc-policies", {"rungs": [{"name": "hd"}]}, "rungs.0", "hd asks for nothing"),
        ("qc-policies", {"rungs": [SD, {**SD, "min_lines": 0}]}, "rungs.1.min_lines", "1 to 4320"),
        ("qc-policies", {"rungs": [SD, SD]}, "rungs", "two classes are called sd"),
        ("qc-policies", {"rungs": [{"p1": 9}, SD]}, "rungs", "no rung is left for class sd"),
        (
            *("qc-policies", {"rungs": [{**SD, "review": {"p5": 40}}]}),
            *("rungs.0", "review.p5 40 is below p5 50"),
        ),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(
    api: ApiServer, kind: str, body: dict[str, Any], field: str, message: str
) -> None:
    with api.client() as client:
        answer = client.put(f"/v1/{kind}/mine", json=body)
        assert answer.status_code == 422, answer.text
        [error] = answer.json()["errors"]
        assert error["field"] == field
        assert message in error["message"]
        assert client.get(f"/v1/{kind}/mine").status_code == 404


def test_a_name_is_one_that_is_good_for_paths(api: ApiServer) -> None:
    with api.client() as client:
        for name in ("-a", "a b", "a" * 129, "%C3%A4"):
            answer = client.put(f"/v1/ladders/{name}", json=LADDER)
            assert (answer.status_code, answer.json()["input"]) == (422, "name")


def test_two_tenants_keep_different_things_under_one_name(api: ApiServer) -> None:
    with api.client("one") as one, api.client("two") as two, api.client("*") as operator:
        put(one, "mine", LADDER)
        assert two.get("/v1/ladders/mine").status_code == 404
        assert two.get("/v1/ladders/mine", params={"version": 1}).status_code == 404
        assert two.get("/v1/ladders/mine/versions").status_code == 404
        assert two.delete("/v1/ladders/mine").status_code == 404
        assert put(two, "mine", {**LADDER, "gop_s": 1})["version"] == 1
        assert one.get("/v1/ladders/mine").json()["body"]["gop_s"] == 2.0
        about_two = {"ReelFarm-Tenant": "two"}
        seen = operator.get("/v1/ladders/mine", headers=about_two).json()
        assert (seen["tenant"], seen["body"]["gop_s"]) == ("two", 1.0)
        written = operator.put("/v1/ladders/mine", json=LADDER, headers=about_two).json()
        assert (written["tenant"], written["version"]) == ("two", 2)
        nobody = operator.put("/v1/ladders/a", json=LADDER, headers={"ReelFarm-Tenant": "none"})
        assert nobody.json()["detail"] == "there is no tenant none: make it first"
        assert names(one) == sorted([*PRESETS, ("mine", False)])


def test_whoever_may_look_may_not_change(api: ApiServer) -> None:
    with api.client() as admin:
        put(admin, "mine", LADDER)
    with api.client(scopes=(Scope.READ,)) as reader:
        assert reader.get("/v1/ladders/mine").status_code == 200
        assert reader.put("/v1/ladders/mine", json=LADDER).status_code == 403
        assert reader.delete("/v1/ladders/mine").status_code == 403
    with api.client(scopes=(Scope.SUBMIT,)) as submitter:
        assert submitter.get("/v1/ladders").status_code == 403


def test_of_two_who_write_at_once_each_makes_a_version(api: ApiServer) -> None:
    with api.client() as client, ThreadPoolExecutor(8) as pool:
        bodies = [{"rungs": [{**RUNG, "crf": 10 + n}]} for n in range(8)]
        written = list(pool.map(lambda body: put(client, "mine", body)["version"], bodies))
        assert sorted(written) == list(range(1, 9))
        alike = list(pool.map(lambda _: put(client, "alike", LADDER)["version"], range(8)))
        assert alike == [1] * 8
