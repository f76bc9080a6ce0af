"""From command-line options to a request."""

from pathlib import Path

import pytest

from cli.request import RunOptions, job_spec, parse_subtitle
from farm.errors import InvalidSpec
from farm.spec import ExcerptSpec, SubtitleSpec, asset_name

HERE = Path.cwd()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("en=a.srt", SubtitleSpec(language="en", uri=f"{HERE}/a.srt")),
        ("en:lyrics=a.lrc", SubtitleSpec(language="en", role="lyrics", uri=f"{HERE}/a.lrc")),
        ("ger:forced=/x/d=e.vtt", SubtitleSpec(language="de", forced=True, uri="/x/d=e.vtt")),
        (
            "pt-BR:sdh:Brasil=b.ass",
            SubtitleSpec(
                language="pt-BR", hearing_impaired=True, name="Brasil", uri=f"{HERE}/b.ass"
            ),
        ),
    ],
)
def test_a_subtitle_option_is_read(text: str, expected: SubtitleSpec) -> None:
    assert parse_subtitle(text) == expected


@pytest.mark.parametrize("text", ["en", "en=", "en:a:b=c.srt", "not a language=c.srt"])
def test_a_subtitle_option_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec):
        parse_subtitle(text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/movies/My Film (2024).mov", "My-Film-2024"),
        ("-i;$(x)'%03d:.mp4", "i-x-03d"),
        ("/a/.mov.mp4", "mov"),
        ("''.mp4", "title"),
    ],
)
def test_an_asset_id_is_made_of_the_file_name(source: str, expected: str) -> None:
    assert asset_name(source) == expected


def test_a_stretch_is_a_start_and_a_duration() -> None:
    request = job_spec(RunOptions(source="film.mp4", origin=None, excerpt="62.5+30"))
    assert request.excerpt == ExcerptSpec(start_s=62.5, duration_s=30)


@pytest.mark.parametrize(
    "text", ["62.5", "62.5:30", "a+b", "1+", "-1+2", "1+0", "1+601", "1+nan", "1+2+3"]
)
def test_a_stretch_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"^--excerpt"):
        job_spec(RunOptions(source="film.mp4", origin=None, excerpt=text))


def test_options_become_a_complete_request() -> None:
    spec = job_spec(RunOptions("a.mp4", "out", ("en=a.srt",), dual_text="en+de"))
    assert (spec.asset, spec.source, spec.origin) == ("a", f"{HERE}/a.mp4", f"{HERE}/out")
    assert (spec.ladder.name, spec.codecs, spec.dual_text) == ("apple-h264", (), ("en", "de"))
    assert spec.ladder.chosen(spec.codecs) == ("h264",)


def test_codecs_are_named_in_any_number_and_a_former_name_of_a_ladder_is_known() -> None:
    spec = job_spec(RunOptions("a.mp4", "out", ladder="apple", codec="h264, hevc,av1"))
    assert (spec.ladder.name, spec.codecs) == ("apple-h264", ("h264", "hevc", "av1"))


def test_an_even_subsampling_is_refused(tmp_path: Path) -> None:
    (tmp_path / "qc.yaml").write_text("{subsample: 4}")
    with pytest.raises(InvalidSpec, match="4 is even, which biases scores: use 5"):
        job_spec(RunOptions("a.mp4", "out", qc=str(tmp_path / "qc.yaml")))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (RunOptions("a.mp4", "out", codec="vp7"), "--codec vp7: 'vp7' is not one of h264"),
        (RunOptions("a.mp4", "out", codec=","), "name at least one of h264"),
        (RunOptions("a.mp4", "out", dual_text="en"), "as in en[+]de"),
        (RunOptions("a.mp4", "out", dual_text="en+"), "as in en[+]de"),
        (RunOptions("a.mp4", "out", burn_in="x-"), "^--burn-in: "),
        (RunOptions("a.mp4", "out", asset="a/b"), "--asset 'a/b': use at most 128 letters"),
        (
            RunOptions("a.mp4", "out", loudness="loud"),
            "--loudness 'loud': give one of source, ebu-r128",
        ),
        (
            RunOptions("a.mp4", "out", deinterlace="fields"),
            "--deinterlace 'fields': give one of frame, field",
        ),
        (
            RunOptions("a.mp4", "out", qc="absent.yaml"),
            "QC policy absent.yaml is not a file: check the path",
        ),
        (RunOptions("a.mp4", "out", ladder="absent"), "absent"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(options: RunOptions, complaint: str) -> None:
    with pytest.raises(InvalidSpec, match=complaint):
        job_spec(options)
