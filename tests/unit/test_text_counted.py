"""MicroDVD and MPL2, which count frames and tenths of a second."""

from __future__ import annotations

from fractions import Fraction

import pytest

from farm.errors import InvalidSource
from media.text.cue import Cue
from media.text.findings import Findings
from media.text.subtitles import read_subtitles
from tests.unit.titles import plan, spec, steps, subtitle

FILM = Fraction(24000, 1001)
TOLD = "frames are counted at {} a second: the file names no rate"


def read(text: str, fps: Fraction | None = FILM) -> tuple[list[Cue], tuple[str, ...]]:
    findings = Findings()
    cues = read_subtitles(text.encode(), name="x", language="en", findings=findings, fps=fps).cues
    return list(cues), findings.sentences()


@pytest.mark.parametrize("rate", ["{1}{1}25", "{1}{1}25.000", "{0}{0}25,0", " {1}{1} 25 "])
def test_a_file_that_names_its_rate_is_read_at_it(rate: str) -> None:
    assert read(f"{rate}\n{{25}}{{50}}a|b\n{{75}}{{100}}c\n") == (
        [Cue(1000, 2000, "a\nb"), Cue(3000, 4000, "c")],
        (),
    )


def test_a_file_that_does_not_is_read_at_the_titles_and_that_is_told() -> None:
    assert read("{24}{48}a\n") == ([Cue(1001, 2002, "a")], (TOLD.format("23.976"),))
    assert read("{24}{48}a\n", Fraction(24)) == ([Cue(1000, 2000, "a")], (TOLD.format("24"),))


def test_looks_of_a_line_are_kept_or_dropped() -> None:
    assert read("{1}{1}25\n{25}{50}{y:i}{c:$0000ff}{s:20}a <b\n")[0] == [
        Cue(1000, 2000, "<i>a &lt;b</i>")
    ]


@pytest.mark.parametrize(
    ("text", "fps", "reason"),
    [
        ("{25}{50}a\n", None, "it counts frames, of which the title has none"),
        ("{1}{1}0.5\n{25}{50}a\n", FILM, "it counts 0.5 frames a second"),
        ("{1}{1}241\n{25}{50}a\n", FILM, "it counts 241 frames a second"),
    ],
)
def test_a_count_of_nothing_sensible_is_refused(
    text: str, fps: Fraction | None, reason: str
) -> None:
    with pytest.raises(InvalidSource, match=f"^x: not usable as subtitles, because {reason}"):
        read(text, fps)


def test_mpl2_counts_tenths_of_a_second() -> None:
    assert read("[10][20]/slanted|upright\n[30][35]b\n") == (
        [Cue(1000, 2000, "<i>slanted</i>\nupright"), Cue(3000, 3500, "b")],
        (),
    )


def test_a_sidecar_is_read_at_the_rate_of_the_titles_pictures() -> None:
    planned = steps(plan(spec(subtitles=(subtitle("en"),))))
    (text,) = (step for step in planned.values() if step.kind == "text")
    assert (text.params["from"], text.params["fps"]) == ({"sidecar": 0}, "25")
