"""How files are cut and what is said of them: the submit page's modules, asked in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.opened import Open, open_page, signed_in

__all__ = ["open_page", "signed_in"]  # fixtures

MIB = 1 << 20
Ask = Callable[..., Any]


@pytest.fixture
def ask(open_page: Open) -> Ask:
    """Call an exported function of a module of the submit page."""
    page = open_page("/submit")

    def called(module: str, function: str, *arguments: object) -> Any:
        return page.evaluate(
            """async ([module, name, given]) => {
              const page = document.querySelector('script[src*="handing_in/page.js"]').src;
              return (await import(new URL(module, page)))[name](...given);
            }""",
            [f"./{module}.js", function, list(arguments)],
        )

    return called


def test_files_are_cut_into_pieces_and_parts(ask: Ask) -> None:
    assert ask("pieces", "pieceFrom", 0, 20 * MIB) == {"begin": 0, "end": 16 * MIB}
    assert ask("pieces", "pieceFrom", 16 * MIB, 20 * MIB) == {"begin": 16 * MIB, "end": 20 * MIB}
    received = [{"number": 1, "size_bytes": 10}, {"number": 3, "size_bytes": 4}]
    assert ask("pieces", "missingParts", 25, 10, received) == [
        {"number": 2, "begin": 10, "end": 20},
        {"number": 3, "begin": 20, "end": 25},
    ]
    assert ask("pieces", "batches", [1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert ask("pieces", "batches", [], 2) == []


def test_rates_are_of_the_last_seconds(ask: Ask) -> None:
    assert ask("pieces", "rateOf", []) is None
    assert ask("pieces", "rateOf", [[0, 0]]) is None
    assert ask("pieces", "rateOf", [[0, 0], [2000, 6000]]) == 3000
    assert ask("pieces", "rateOf", [[0, 0], [9000, 9000], [10000, 9500]]) == 500
    assert ask("pieces", "secondsLeft", 6000, 3000) == 2
    assert ask("pieces", "secondsLeft", 6000, None) is None


def test_tries_get_rarer_and_what_was_refused_for_good_is_not_asked_again(ask: Ask) -> None:
    assert [ask("pieces", "waitBefore", n) for n in (1, 2, 3, 5, 6, 60)] == [1, 2, 4, 16, 30, 30]
    assert ask("pieces", "isWorthAnotherTry", 503, False)
    assert ask("pieces", "isWorthAnotherTry", 409, False)
    assert ask("pieces", "isWorthAnotherTry", 400, True)
    assert not ask("pieces", "isWorthAnotherTry", 413, False)
    assert not ask("pieces", "isWorthAnotherTry", 403, False)


def test_rows_are_told_from_media(ask: Ask) -> None:
    assert ask("pieces", "isRows", {"name": "Autumn.CSV", "type": ""})
    assert not ask("pieces", "isRows", {"name": "film.mp4", "type": "video/mp4"})


@pytest.mark.parametrize(
    ("said", "function", "given"),
    [
        ("62 %, 12.0 MB/s, 3 min left", "underWay", [0.629, 12e6, 180]),
        ("0 %", "underWay", [0, None, None]),
        ("99 %, 1.00 GB/s, 1 s left", "underWay", [0.9999, 1e9, 0.01]),
        ("100 %, 5 kB/s", "underWay", [1, 5000, 0]),
        ("4.14 GB", "size", [4.14e9]),
        ("12 B", "size", [12]),
        ("2 min 10 s", "duration", [130.4]),
        ("3 h 5 min", "duration", [11_100]),
        ("0.042 EUR", "money", [0.0421, "EUR"]),
        ("< 0.001 EUR", "money", [0.00001, "EUR"]),
        ("2 subtitle files, chapters", "whatIsBeside", [[{}, {}], "x.chapters.vtt"]),
        ("", "whatIsBeside", [[], None]),
    ],
)
def test_what_is_said(ask: Ask, said: str, function: str, given: list[object]) -> None:
    assert ask("words", function, *given) == said
