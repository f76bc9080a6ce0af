"""A report read back from what was written of it."""

from __future__ import annotations

import json
from dataclasses import replace

from farm.spec import QcPolicy
from farm.spec.policy import ReviewBelow
from qc.foretold import curve_to_parquet
from qc.frames import to_parquet
from qc.report import curve_name, frames_name, report_html, report_json
from qc.report.parts import report_parts
from qc.report.quality import lanes
from qc.report.reading import curve_files, report_of, report_of_files, scored_files, small_pictures
from tests.unit.reported import (
    FRAMES,
    LOW,
    TOP,
    audio_only,
    pictures,
    report_data,
    sampled_report,
)


def test_a_report_is_read_back_as_it_was_written() -> None:
    for given in (report_data(), sampled_report(), audio_only()):
        read = report_of(report_json(given).encode(), given.frames, curves=given.curves)
        assert read == given


def test_a_report_is_read_from_the_files_that_lie_beside_its_page() -> None:
    given = sampled_report()
    files = {"report.json": report_json(given).encode()}
    for rung, frames in given.frames.items():
        files[frames_name(rung)] = to_parquet(frames)
    for rung, curve in given.curves.items():
        files[curve_name(rung)] = curve_to_parquet(curve)
    assert report_of_files(files.__getitem__) == given


def test_small_pictures_are_read_back_from_the_page_by_the_names_of_the_large_ones() -> None:
    given = report_data()
    shown = {name: f"{name}".encode() for name in pictures(given)}
    assert small_pictures(report_html(given, shown)) == shown
    assert small_pictures(report_html(audio_only(), {})) == {}


def test_an_approved_report_says_so_and_is_read_back_as_such() -> None:
    asked = QcPolicy(review=ReviewBelow(top_p5=100))
    given = replace(report_data(policy=asked), approved=True)
    document = report_json(given)
    assert json.loads(document)["approved"] == ["vmaf-top-p5"]
    assert report_of(document.encode(), given.frames) == given
    unread = json.loads(report_json(report_data()))
    assert unread.pop("approved") is None
    older = json.dumps(unread).encode()
    assert report_of(older, report_data().frames) == report_data()


def test_every_scored_rung_names_the_file_of_its_scores() -> None:
    document = json.loads(report_json(report_data()))
    assert scored_files(document) == {
        LOW: f"frames-{LOW}.parquet",
        TOP: f"frames-{TOP}.parquet",
    }


def test_rungs_of_which_some_frames_tell_of_all_name_the_file_of_that() -> None:
    assert curve_files(json.loads(report_json(sampled_report()))) == {
        LOW: f"curve-{LOW}.parquet",
        TOP: f"curve-{TOP}.parquet",
    }
    before = json.loads(report_json(report_data()))
    assert curve_files(before) == {}
    for rendition in before["renditions"]:
        del rendition["scores"]["curve"]  # as older reports are
    assert curve_files(before) == {}


def test_seams_have_a_lane_where_they_are_known() -> None:
    given = report_data()
    low, top = given.renditions
    chunked = replace(given, renditions=(low, replace(top, seams=(int(24 * top.fps),))))
    read = report_of(report_json(chunked).encode(), FRAMES)
    assert [lane.marks for lane in lanes(read) if lane.name == "seams"] == [[24.0]]
    assert "seams" not in [lane.name for lane in lanes(report_data())]


def test_what_a_title_does_not_have_is_left_out() -> None:
    whole, sound = report_parts(report_data()), report_parts(audio_only())
    assert 'id="quality-data"' in whole.quality
    assert "<svg" in whole.rates
    assert (sound.quality, sound.sound, sound.rates) == ("", "", "")
    assert "Audio tracks" in sound.tables
