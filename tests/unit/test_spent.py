"""The programs of a step: what they cost together, and which of them are remembered."""

from __future__ import annotations

from farm.command import Finished
from farm.parts import COMMANDS, MADE_AS, TOOLS, FileRef, Part, Product
from services.titles import commands_of
from workers.engine.spent import MOST_ARGV_BYTES, Spent

TOOL = {"ffmpeg": {"version": "ffmpeg version n9.0.2", "build": "0" * 64}}
TOLD = {TOOLS: TOOL, MADE_AS: {"revision": 2}}


def finished(cpu_s: float, peak_rss_bytes: int) -> Finished:
    return Finished("", "", 1.0, cpu_s, peak_rss_bytes)


def test_programs_add_up_and_the_largest_counts() -> None:
    spent = Spent()
    spent.add(["ffmpeg", "-y"], finished(2.0, 100))
    spent.add(["packager"], finished(0.5, 70))
    cost = spent.cost("cpu", 12.0)
    assert (cost.cpu_s, cost.peak_rss_bytes, cost.device, cost.work) == (2.5, 100, "cpu", 12.0)
    assert spent.commands == [["ffmpeg", "-y"], ["packager"]]


def test_the_first_product_keeps_what_ran() -> None:
    spent = Spent()
    spent.add(["ffmpeg", "-y"], finished(2.0, 100))
    made = {"low": Product(1, {}, {"cpu_s": 2.0}), "high": Product(2)}
    assert spent.noted_in(made, TOLD) == {
        "low": Product(1, {}, {"cpu_s": 2.0, COMMANDS: [["ffmpeg", "-y"]], **TOLD}),
        "high": Product(2),
    }
    assert spent.noted_in({}, TOLD) == {}


def test_what_was_made_without_a_program_keeps_what_else_decided_it() -> None:
    told = {TOOLS: {}, MADE_AS: {"revision": 2}}
    kept = Spent().noted_in({"": Product(1)}, told)
    assert kept == {"": Product(1, {}, {MADE_AS: {"revision": 2}})}


def test_argv_that_are_too_long_to_be_kept_are_left_out() -> None:
    spent = Spent()
    spent.add(["ffmpeg", "x" * MOST_ARGV_BYTES], finished(2.0, 100))
    spent.add(["packager"], finished(2.0, 100))
    assert spent.noted_in({"it": Product(1)}, {}) == {
        "it": Product(1, {}, {COMMANDS: [["packager"]]})
    }


def test_a_step_shows_the_programs_of_its_first_part_that_kept_them() -> None:
    file = FileRef("key", "0" * 64, 1)
    parts = {
        "encode:0#low": Part({}, {"video.mp4": file}, {COMMANDS: [["ffmpeg", "a"]]}),
        "encode:0#top": Part({}, {"video.mp4": file}, {COMMANDS: [["ffmpeg", "b"]]}),
        "ladder": Part({}),
    }
    assert commands_of(parts) == {"encode:0": [["ffmpeg", "a"]]}
