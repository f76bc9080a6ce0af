"""What `reelfarm run` publishes plays in Chromium from a plain static server."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.static_server import StaticServer
from tests.browser.title import CHAPTERS, CUES, DURATION_S, HEIGHTS, Title, brightness_at

SHAKA_HLS = pytest.param("shaka", "hls", id="shaka-player-HLS")
SHAKA_DASH = pytest.param("shaka", "dash", id="shaka-player-DASH")
HLS_JS = pytest.param("hlsjs", "hls", id="hls.js")
NATIVE = pytest.param("native", "hls", id="native-HLS")

every_player = pytest.mark.parametrize(
    ("player", "manifest"), [SHAKA_HLS, SHAKA_DASH, HLS_JS, NATIVE]
)
# Chromium 156 gives a page neither the variants nor the text tracks of HLS it plays itself.
players_with_menus = pytest.mark.parametrize(
    ("player", "manifest"), [SHAKA_HLS, SHAKA_DASH, HLS_JS]
)


@every_player
def test_time_advances_with_sound_over_the_whole_title(
    screen: Open, player: str, manifest: str
) -> None:
    viewer = screen(player, manifest)
    viewer.wait_until("player.state().time_s > 2 && player.state().audio_bytes > 0")
    assert viewer.state()["duration_s"] == pytest.approx(DURATION_S, abs=0.05)


@every_player
def test_a_seek_shows_the_picture_of_that_moment(screen: Open, player: str, manifest: str) -> None:
    viewer = screen(player, manifest)
    for time_s in (9.1, 4.1, 12.1):
        viewer.seek(time_s)
        viewer.ask("pause")
        shown = viewer.ask("brightness")
        assert shown == pytest.approx(brightness_at(viewer.state()["time_s"]), abs=6)
        viewer.ask("resume")


@every_player
def test_the_title_plays_to_its_end(screen: Open, player: str, manifest: str) -> None:
    viewer = screen(player, manifest)
    viewer.seek(DURATION_S - 1.5)
    viewer.wait_until("player.state().ended")
    assert viewer.state()["time_s"] == pytest.approx(DURATION_S, abs=0.05)


@players_with_menus
def test_every_quality_can_be_chosen(screen: Open, player: str, manifest: str) -> None:
    viewer = screen(player, manifest)
    assert sorted(viewer.ask("heights")) == HEIGHTS
    for height in (HEIGHTS[0], HEIGHTS[-1], HEIGHTS[1]):
        viewer.seek(1)
        viewer.ask("choose", height)
        viewer.wait_until(f"player.state().height === {height}")
        before_s = viewer.state()["time_s"]
        viewer.wait_until(f"player.state().time_s > {before_s} + 0.2")


def test_the_browser_itself_climbs_to_the_best_quality(screen: Open) -> None:
    viewer = screen("native", "hls")
    viewer.page.evaluate("video.loop = true")  # a loaded machine may need longer than the title
    viewer.wait_until(f"player.state().height === {HEIGHTS[-1]}")


@players_with_menus
def test_every_language_of_sound_and_text_is_offered(
    screen: Open, player: str, manifest: str
) -> None:
    offered = screen(player, manifest).ask("languages")
    assert {kind: sorted(languages) for kind, languages in offered.items()} == {
        "audio": ["de", "en"],
        "text": ["de", "en"],
    }


@players_with_menus
@pytest.mark.parametrize("language", ["en", "de"])
def test_subtitles_show_when_they_are_due(
    screen: Open, player: str, manifest: str, language: str
) -> None:
    viewer = screen(player, manifest)
    viewer.ask("showText", language)
    for start_s, end_s, text in CUES[language]:
        viewer.look_at((start_s + end_s) / 2)
        viewer.see("shownText", [text])
        viewer.look_at(end_s + 0.5)
        viewer.see("shownText", [])


def test_chapters_can_be_read_from_hls(screen: Open) -> None:
    viewer = screen("shaka", "hls")
    # "und": what a WebVTT file of chapters says about their language
    assert viewer.ask("chapters", "und") == [list(chapter) for chapter in CHAPTERS]


def test_chapters_and_thumbnails_are_tracks_a_page_can_put_beside_the_video(
    screen: Open, server: StaticServer, published_title: Title
) -> None:
    viewer = screen("native", "hls")
    generation = f"{server.url}/origin/{published_title.record['outputs']['origin_prefix']}"
    chapters = viewer.ask("readTrack", "chapters", f"{generation}/chapters.vtt")
    assert chapters == [list(chapter) for chapter in CHAPTERS]
    thumbnails = viewer.ask("readTrack", "metadata", f"{generation}/thumbnails/thumbnails.vtt")
    assert (thumbnails[0][0], thumbnails[-1][1]) == (0, pytest.approx(DURATION_S, abs=0.01))
    for _, _, target in thumbnails:
        sprite, _, rectangle = target.partition("#xywh=")
        left, top, width, height = map(int, rectangle.split(","))
        size = viewer.ask("sizeOfImage", f"{generation}/thumbnails/{sprite}")
        assert left + width <= size[0]
        assert top + height <= size[1]
