"""A job with `excerpt` publishes that stretch of its source, and nothing else of it."""

from __future__ import annotations

import re
from pathlib import Path

from farm.settings import Settings
from storage.objects.stores import open_store
from tests.service.api_server import api_server
from tests.service.test_ingest_published import CHAPTERS, ENGLISH, LADDER, ended
from workers.local.stack import Stack


def test_a_stretch_of_a_source_is_published_with_its_text_and_chapters(
    title_clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "en.srt").write_text(ENGLISH)
    (tmp_path / "chapters.vtt").write_text(CHAPTERS)
    settings = Settings(state_dir=tmp_path / "state", sources="any", origins="any", reconcile_s=0.5)
    origin = (tmp_path / "origin").as_uri()
    request = {
        "source": title_clip.as_uri(),
        "origin": origin,
        "asset": "stretch",
        "ladder": LADDER,
        "excerpt": {"start_s": 2, "duration_s": 4},
        "subtitles": [{"language": "en", "uri": (tmp_path / "en.srt").as_uri()}],
        "chapters": (tmp_path / "chapters.vtt").as_uri(),
    }
    with (
        Stack(settings) as stack,
        api_server(stack.urls["database"], stack.urls["broker"], settings) as server,
        server.client() as client,
    ):
        answer = client.post("/v1/jobs", json=request)
        assert answer.status_code == 202, answer.text
        record = client.get(f"/v1/jobs/{ended(stack, client)['id']}").json()
    assert (record["state"], record["error"]) == ("PUBLISHED", None)
    assert [rendition["frames"] for rendition in record["renditions"]] == [100]
    assert record["renditions"][0]["vmaf"]["mean"] > 80
    [english] = record["text"]
    assert (english["cues"], english["issues"]) == (1, [])
    assert record["chapters"] == [
        {"start_s": 0.0, "end_s": 2.0, "titles": {"und": "One"}},
        {"start_s": 2.0, "end_s": 4.0, "titles": {"und": "Two"}},
    ]
    store = open_store(origin, settings)
    texts = [each.key for each in store.listed("default/stretch/") if each.key.endswith(".vtt")]
    shown = "".join(store.get_bytes(key).decode() for key in texts)
    assert re.search(r"00:00\.000 --> 00:00:00\.500[^\n]*\nGood morning\.", shown)
    lists = [each.key for each in store.listed("default/stretch/") if each.key.endswith(".m3u8")]
    lengths_s = [
        sum(map(float, re.findall(r"#EXTINF:([0-9.]+)", store.get_bytes(key).decode())))
        for key in lists
    ]
    assert {round(length_s, 1) for length_s in lengths_s if length_s} == {4.0}
