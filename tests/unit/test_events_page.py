"""docs/events.md says of every event what it means and what it holds."""

from __future__ import annotations

import pytest

from farm.events import MEANINGS, EventType, News, news_of
from farm.parts import Part
from farm.serial import to_json
from farm.webhooks import FOR_WEBHOOKS, TEST_EVENT
from tests.unit.event_table import PAGE, ROWS, fields_of
from tests.unit.recorded_title import made
from tests.unit.reported import AUDIO

NOT_FOR_ALL = {  # kinds of track and of outcomes have some of their own
    EventType.TRACK_READY: {"channels", "cues"},
    EventType.STEP_ENDED: {"reused", "wall_s", "cpu_s", "device", "error"},
}


def told() -> list[News]:
    """Return the news of every part of a title."""
    parts = {**made(), "audio:other": Part(to_json(AUDIO))}
    return [news for key, part in parts.items() for news in news_of(key.partition(":")[0], [part])]


def test_every_event_stands_in_the_table_with_its_meaning() -> None:
    assert {name: row.meaning for name, row in ROWS.items()} == {
        kind.value: MEANINGS[kind] for kind in EventType
    }
    assert list(ROWS) == [kind.value for kind in EventType]


def test_a_title_has_news_of_every_kind_of_part() -> None:
    assert {news.type for news in told()} == {
        EventType.SOURCE_PROBED,
        EventType.RENDITION_READY,
        EventType.TRACK_READY,
        EventType.WARNING,
    }


@pytest.mark.parametrize("news", told(), ids=lambda news: str(news.data)[:40])
def test_news_of_parts_hold_what_the_table_says(news: News) -> None:
    documented, optional = fields_of(news.type), NOT_FOR_ALL.get(news.type, set())
    assert documented - optional <= set(news.data) <= documented


@pytest.mark.parametrize("outcome", ["done", "retrying", "released", "lost", "failed", "cancelled"])
def test_every_outcome_of_a_step_is_explained(outcome: str) -> None:
    assert f"`{outcome}`" in PAGE.read_text()


def test_a_test_is_no_event() -> None:
    assert TEST_EVENT not in set(EventType)
    assert EventType.STEP_PROGRESS not in FOR_WEBHOOKS
