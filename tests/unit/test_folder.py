"""When a file of a watched folder has stopped growing, and what is read of the options."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.api_request import file_location, job_request
from cli.catalog import catalog_upload
from cli.dropped import FileFacts, Settling, found_in
from cli.folder import moments, settling_time
from cli.request import RunOptions
from farm.errors import InvalidSource, InvalidSpec

FILM, OTHER = Path("/in/film.mp4"), Path("/in/other.mp4")
SMALL, LARGE = FileFacts(10, 1), FileFacts(20, 2)


def test_a_file_has_settled_when_it_stayed_the_same_for_long_enough() -> None:
    settling = Settling(10.0)
    assert settling.look({FILM: SMALL}, 0.0) == frozenset()
    assert settling.look({FILM: SMALL, OTHER: LARGE}, 9.0) == frozenset()
    assert settling.look({FILM: SMALL, OTHER: LARGE}, 10.0) == {FILM}
    assert settling.look({FILM: LARGE, OTHER: LARGE}, 19.0) == {OTHER}  # the first grew again
    assert settling.look({FILM: LARGE}, 28.9) == frozenset()
    assert settling.look({FILM: LARGE, OTHER: LARGE}, 29.0) == {FILM}  # the second is new again


def test_a_time_that_changed_is_a_change_as_well() -> None:
    settling = Settling(1.0)
    settling.look({FILM: FileFacts(10, 1)}, 0.0)
    assert settling.look({FILM: FileFacts(10, 2)}, 5.0) == frozenset()


def test_without_waiting_the_second_look_is_enough() -> None:
    assert Settling(0.0).look({FILM: SMALL}, 0.0) == {FILM}


def test_a_folder_that_tells_of_no_changes_is_looked_at_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none_left(*_: object, **__: object) -> Iterator[object]:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr("cli.folder.changes_in", none_left)
    stop = threading.Event()
    looks = moments(Path("/in"), 0.01, stop)
    assert [next(looks) for _ in range(3)] == [None] * 3
    stop.set()
    assert list(looks) == []
    told = "reelfarm: /in does not tell of changes (OS file watch limit reached): looked at every"
    assert capsys.readouterr().err.startswith(told)


def test_a_folder_has_titles_with_what_they_need_and_what_was_no_use(tmp_path: Path) -> None:
    files = ["movie.mp4", "movie.2.mkv", "movie.2.en.srt", "movie.loud.srt", "movie.chapters.vtt"]
    for name in (*files, "season/one.ts", ".hidden/two.ts", "season/.three.ts"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("content")
    (tmp_path / "empty.mp4").touch()
    seen, titles = found_in(tmp_path)
    assert {path.name for path in seen} == {*files, "one.ts", ".three.ts"}
    assert {
        title.file.relative_to(tmp_path).as_posix(): (
            {path.name for path in title.files},
            title.ignored,
        )
        for title in titles
    } == {
        "movie.mp4": ({"movie.mp4", "movie.chapters.vtt"}, ("movie.loud.srt",)),
        "movie.2.mkv": ({"movie.2.mkv", "movie.2.en.srt"}, ()),
        "season/one.ts": ({"one.ts"}, ()),
    }
    assert len({title.name for title in titles}) == 3


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10.0), ("90", 90.0), ("2m", 120.0), ("0.5s", 0.5), ("1h", 3600.0)]
)
def test_a_settling_time_is_read(text: str, seconds: float) -> None:
    assert settling_time(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1s", "ten", "1 d", "nan", "1e9"])
def test_another_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpec, match="--settle"):
        settling_time(text)


@pytest.mark.parametrize(
    ("file", "name", "form", "on_change", "wanted"),
    [
        ("a/spring 26.csv", None, None, "conflict", ("spring-26", "text/csv", "conflict")),
        ("x.jsonl", None, None, "update", ("x", "application/x-ndjson", "update")),
        ("x.NDJSON", "y", None, "conflict", ("y", "application/x-ndjson", "conflict")),
        ("x.txt", None, "json", "conflict", ("x", "application/json", "conflict")),
        ("-", "y", "csv", "conflict", ("y", "text/csv", "conflict")),
    ],
)
def test_a_catalog_is_named_and_typed_by_its_file(
    file: str, name: str | None, form: str | None, on_change: str, wanted: tuple[str, str, str]
) -> None:
    upload = catalog_upload(Path(file), name, form, on_change)
    assert (upload.name, upload.content_type, upload.on_change) == wanted


@pytest.mark.parametrize(
    ("file", "name", "form", "on_change", "complaint"),
    [
        ("x.txt", None, None, "conflict", "--format: x.txt does not say: give one of ndjson, csv"),
        ("x.csv", None, "xml", "conflict", "--format 'xml': give one of"),
        ("-", None, "csv", "conflict", "--name: give the catalog one"),
        ("x.csv", "a b", None, "conflict", "--name 'a b': use at most 128 letters"),
        ("x.csv", None, None, "ignore", "--on-change 'ignore': give conflict or update"),
    ],
)
def test_what_makes_no_sense_of_a_catalog_is_refused(
    file: str, name: str | None, form: str | None, on_change: str, complaint: str
) -> None:
    with pytest.raises(InvalidSpec, match=complaint):
        catalog_upload(Path(file), name, form, on_change)


def test_a_request_has_what_was_asked_for_and_nothing_else(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_text("film")
    assert job_request(RunOptions(str(film), None)) == {"source": film.as_uri(), "asset": "film"}
    asked = RunOptions("s3://in/film.mp4", "s3://out/", ladder="mine", qc="strict", priority=3)
    assert job_request(asked) == {
        "source": "s3://in/film.mp4",
        "origin": "s3://out",
        "asset": "film",
        "ladder": "mine",
        "qc": "strict",
        "priority": 3,
    }


def test_policies_in_files_are_part_of_the_request(tmp_path: Path) -> None:
    rung = "{width: 640, height: 360, max_bps: 1000000, crf: 23}"
    (tmp_path / "l.yaml").write_text(f"name: mine\nrungs: [{rung}]\n")
    (tmp_path / "q.yml").write_text("{top_p5: 33}\n")
    asked = RunOptions("s3://in/a.mp4", None, ladder=f"{tmp_path}/l.yaml", qc=f"{tmp_path}/q.yml")
    body = job_request(asked)
    assert (body["ladder"]["name"], body["qc"]) == ("mine", {"top_p5": 33.0})


def test_a_file_that_is_not_here_is_named_with_what_to_do() -> None:
    with pytest.raises(InvalidSource, match="check the path; one that only the farm's machines"):
        file_location("/absent/film.mp4")
    assert file_location("file:///absent/film.mp4") == "file:///absent/film.mp4"
    with pytest.raises(InvalidSource, match=r"'/absent/en[.]vtt' is no file here"):
        job_request(RunOptions("s3://in/a.mp4", None, ("en=/absent/en.vtt",)))
