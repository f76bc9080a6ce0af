"""The graph, the ladder's picture, and the bars: from rows to places."""

from __future__ import annotations

from typing import Any

from api.pages.drawings.graph import fold_by_kind, graph_data, without_detours
from api.pages.drawings.ladder import draw_ladder
from api.pages.drawings.spark import draw_bars
from tests.unit.timed import step


def test_the_graph_is_folded_by_kind_with_its_counts_and_states() -> None:
    steps = [
        step("ingest", 0, 0, 1),
        step("encode:0", 1, 1, 2),
        step("encode:1", 1, 1, None, state="RUNNING"),
        step("package", None, None, None, state="BLOCKED", attempts=0),
    ]
    needs = {
        "encode:0": ("ingest",),
        "encode:1": ("ingest",),
        "package": ("encode:0", "encode:1"),
    }
    nodes = fold_by_kind(steps, needs, frozenset({"ingest"}))
    assert [(node.words, node.state.word, node.waits_for, node.critical) for node in nodes] == [
        ("ingest", "done", (), True),
        ("encode 1/2", "running", ("ingest",), False),
        ("package", "waiting", ("encode",), False),
    ]
    drawn = graph_data(nodes)
    assert drawn["edges"] == [["ingest", "encode"], ["encode", "package"]]
    assert drawn["height"] == 56


def test_an_edge_that_another_way_implies_is_not_drawn() -> None:
    steps = [step(key, 0, 0, 1) for key in ("ingest", "analyze", "cut", "ladder")]
    needs = {
        "analyze": ("ingest",),
        "cut": ("ingest", "analyze"),
        "ladder": ("ingest", "analyze", "cut"),
    }
    assert without_detours(fold_by_kind(steps, needs, frozenset())) == {
        "ingest": [],
        "analyze": ["ingest"],
        "cut": ["analyze"],
        "ladder": ["cut"],
    }


def test_what_went_wrong_shows_before_what_goes_on() -> None:
    def state(*states: str) -> str:
        steps = [step(f"encode:{n}", 0, 0, 1, state=each) for n, each in enumerate(states)]
        [node] = fold_by_kind(steps, {}, frozenset())
        return node.state.word

    assert state("DONE", "RUNNING", "FAILED") == "failed"
    assert state("QUARANTINED", "FAILED") == "needs a person"
    assert state("DONE", "CANCELLED") == "cancelled"
    assert state("DONE", "QUEUED") == "waiting"
    assert state("DONE", "DONE") == "done"


def rendition(name: str, height: int, bps: int | None, score: float | None) -> dict[str, Any]:
    vmaf = None if score is None else {"harmonic_mean": score, "p5": score - 5}
    codec = name.partition("-")[0] if "-" in name else "h264"
    return {"name": name, "codec": codec, "height": height, "average_bps": bps, "vmaf": vmaf}


def test_rungs_lie_by_rate_and_quality_and_rejected_ones_on_the_axis() -> None:
    drawn = draw_ladder(
        [rendition("low", 234, 100_000, 60.0), rendition("high", 1080, 4_000_000, 95.0)],
        [{"name": "out", "height": 2160, "target": {"max_bps": 12_000_000}, "reason": "too large"}],
    )
    assert drawn is not None
    low, high = drawn.kept
    [out] = drawn.rejected
    assert drawn.left < low.x < high.x < out.x < drawn.right
    assert drawn.top < high.y < low.y < drawn.bottom == out.y
    assert low.low is not None
    assert low.low > low.y
    assert out.words == "out, rejected: too large"
    assert drawn.paths == (f"{low.x},{low.y} {high.x},{high.y}",)
    assert [tick.label for tick in drawn.rates] == ["0.1", "0.2", "0.5", "1", "2", "5", "10"]


def test_of_rungs_of_one_height_the_best_has_its_name_drawn() -> None:
    drawn = draw_ladder(
        [rendition("low", 720, 1_000_000, 80.0), rendition("high", 720, 2_000_000, 90.0)], []
    )
    assert drawn is not None
    assert [(point.label, point.words[:3]) for point in drawn.kept] == [
        ("", "low"),
        ("720p", "hig"),
    ]


def test_each_codec_has_a_line_of_its_own() -> None:
    drawn = draw_ladder(
        [
            rendition("h264-low", 234, 100_000, 60.0),
            rendition("av1-low", 234, 80_000, 65.0),
            rendition("h264-high", 1080, 4_000_000, 95.0),
            rendition("av1-high", 1080, 3_000_000, 96.0),
        ],
        [],
    )
    assert drawn is not None
    low, av1_low, high, av1_high = drawn.kept
    assert drawn.paths == (
        f"{low.x},{low.y} {high.x},{high.y}",
        f"{av1_low.x},{av1_low.y} {av1_high.x},{av1_high.y}",
    )


def test_nothing_is_drawn_of_rungs_that_were_not_measured() -> None:
    assert draw_ladder([rendition("low", 234, None, None)], []) is None
    assert draw_ladder([], []) is None


def test_bars_are_as_tall_as_their_share_and_empty_hours_are_lines() -> None:
    assert [bar.height for bar in draw_bars([0, 5, 10])] == [1.0, 20.0, 40.0]
    assert [bar.hours_ago for bar in draw_bars([0, 5, 10])] == [2, 1, 0]
    assert {bar.height for bar in draw_bars([0] * 24)} == {1.0}
