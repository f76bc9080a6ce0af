"""A sample of what `make fuzz` tries, and whether it would notice anything."""

from __future__ import annotations

import multiprocessing
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from farm.errors import InvalidSource, ToolFailed
from farm.parts import Product
from farm.plan import StepPlan
from tests.fuzz.attempt import attempt, prepare
from tests.fuzz.campaign import Campaign
from tests.fuzz.facts import BadFact, check_product
from tests.fuzz.seeds import FORMATS, make_seeds

SAMPLE = 3 * len(FORMATS)
LIMIT_S = 30.0


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    make_seeds(folder)
    return folder


def test_mutated_files_are_read_or_refused_and_nothing_else(seeds: Path, tmp_path: Path) -> None:
    campaign = Campaign(seeds, seed=20, limit_s=LIMIT_S, kept=tmp_path)
    answers = list(campaign.run(range(SAMPLE), jobs=1))
    assert [answer.told for answer in answers if answer.finding] == []
    assert {answer.format for answer in answers} == set(FORMATS)
    assert {answer.code for answer in answers} >= {None, "invalid_source"}


def test_the_pieces_of_a_seed_lie_one_behind_the_other_up_to_its_end(seeds: Path) -> None:
    for name, kind in FORMATS.items():
        for path in (seeds / name).iterdir():
            data = path.read_bytes()
            outer = [piece for piece in kind.anatomy(data) if piece.parent < 0]
            ends = [piece.end for piece in outer]
            assert [piece.start for piece in outer[1:]] == ends[:-1], path
            assert not ends or ends[-1] == len(data), path


def test_a_file_is_known_by_seed_and_number(seeds: Path, tmp_path: Path) -> None:
    one, two = (Campaign(seeds, seed, LIMIT_S, tmp_path) for seed in (1, 2))
    assert [one.file(number) for number in range(50)] == [one.file(number) for number in range(50)]
    changed = [one.file(number).data != two.file(number).data for number in range(50)]
    assert sum(changed) >= 49


def refuse() -> None:
    raise InvalidSource("'x' is damaged: upload it again")


def break_a_line() -> None:
    raise InvalidSource("'x' is\ndamaged")


def blame_the_machine() -> None:
    raise ToolFailed("ffmpeg ended")


def fail() -> None:
    raise KeyError("streams")


def hang() -> None:
    try:
        time.sleep(60)
    except Exception:  # as a step might say
        return


def leave() -> None:
    # A shell that ends at once: what it began has lost its parent.
    subprocess.run(["sh", "-c", "sleep 60 &"], check=True)


def tried() -> dict[str, tuple[str | None, str | None]]:
    prepare()
    calls: tuple[Callable[[], None], ...] = (
        *(refuse, break_a_line, blame_the_machine, fail, hang, leave),
    )
    return {call.__name__: attempt(call, limit_s=1.0) for call in calls}


def test_what_is_neither_a_fact_nor_a_refusal_is_found() -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(tried).result()
    assert found.pop("refuse") == ("invalid_source", None)
    signs = {
        "break_a_line": ("invalid_source", "InvalidSource"),
        "blame_the_machine": ("tool_failed", "ToolFailed: ffmpeg ended"),
        "fail": (None, "KeyError: 'streams'"),
        "hang": (None, "attempt.Hang"),
        "leave": (None, "left running: [psutil.Process(pid="),
    }
    assert {name: code for name, (code, _) in found.items()} == {
        name: code for name, (code, _) in signs.items()
    }
    for name, (_, sign) in signs.items():
        assert sign in str(found[name][1])


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"chapters": [], "issues": ["a\x00b"]}, "u0000"),
        ({"chapters": [], "issues": ["\ud800"]}, "ud8"),
        ({"chapters": [], "issues": [], "x": float("nan")}, "NaN"),
        (
            {"chapters": [{"start_s": "0", "end_s": "1", "titles": {}}], "issues": []},
            "a list of chapters without its file",
        ),
    ],
)
def test_a_fact_that_cannot_be_stored_or_cannot_be_is_found(
    facts: dict[str, object], complaint: str
) -> None:
    with pytest.raises(BadFact, match=complaint):
        check_product(StepPlan("chapters", "chapters"), "", Product(facts, {}, {}))
