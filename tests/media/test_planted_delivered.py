"""Faults between a source and what is delivered of it, and those of its length and its text."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from farm.command import FFMPEG_PREAMBLE, Command, Tool
from farm.found import Span
from planning.params import ChaptersParams, TextParams
from planning.text_origin import FromSidecar
from qc.reading import reading_checks
from tests.conftest import MakeContext, a_spec
from tests.media.media_factory import Clips
from tests.media.planted import (
    DURATION_S,
    covers,
    delivered,
    found,
    judged,
    moving,
    sources,
    talking,
    track_of,
)
from tests.media.shown import Run
from tests.media.text_track import sidecar
from workers.steps import chapters, text


def clean(clips: Clips) -> Path:
    return clips.make("planted-clean.mkv", *sources(moving(), talking()))


def changed(run: Run, file: Path, *args: str) -> Path:
    """Return a delivered file as a step with a fault would have made it."""
    name = f"worse-{file.name}"
    argv = (*FFMPEG_PREAMBLE, "-i", f"file:{file.name}", *args, f"file:{name}")
    run(Command(Tool.FFMPEG, argv, "spoil it"), file.parent)
    return file.parent / name


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        ("scale=in_color_matrix=bt709:out_color_matrix=bt601", "BT.601 is shown as BT.709"),
        ("scale=in_range=tv:out_range=pc", "full range is shown as limited range"),
    ],
)
def test_colours_of_a_mistaken_tag_are_found_and_named(
    filters: str, named: str, clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    source = clean(clips)
    title, _, _ = delivered(step_context, source)
    tags = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    worse = changed(
        run_command, title.video, "-vf", f"{filters},{tags}", "-c:v", "libx264", "-crf", "16"
    )
    checks = judged(step_context, source, video=worse)
    assert found(checks) == {"colours"}
    assert checks["colours"].outcome == "fail"
    assert checks["colours"].evidence.startswith(named)
    assert len(checks["colours"].places) == 2


def test_sound_that_runs_away_is_found_with_the_speed_it_runs_at(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    source = clean(clips)
    title, _, _ = delivered(step_context, source)
    assert title.audio is not None
    fast = ("-af", "asetrate=48000*48000/44100,aresample=48000,apad=whole_dur=10", "-c:a", "aac")
    checks = judged(step_context, source, audio=changed(run_command, title.audio, *fast))
    assert "av-drift" in found(checks)
    assert checks["av-drift"].outcome == "fail"
    assert "1.088 times as fast" in checks["av-drift"].evidence
    assert "44.1 kHz played at 48 kHz" in checks["av-drift"].evidence


def test_another_sound_than_the_source_has_is_found(
    clips: Clips, step_context: MakeContext, run_command: Run
) -> None:
    source = clean(clips)
    title, _, _ = delivered(step_context, source)
    assert title.audio is not None
    backwards = changed(run_command, title.audio, "-af", "areverse", "-c:a", "aac")
    checks = judged(step_context, source, audio=backwards)
    assert found(checks) == {"av-drift"}
    assert "is not what the source has there" in checks["av-drift"].evidence


def test_a_source_whose_sound_has_the_wrong_rate_ends_too_early(
    clips: Clips, step_context: MakeContext
) -> None:
    fast = f"{talking()},asetrate=48000*48000/44100,aresample=48000"
    clip = clips.make("planted-rate.mkv", *sources(moving(), fast))
    checks = judged(step_context, clip)
    assert found(checks) == {"av-duration"}
    assert "as 44.1 kHz played at 48 kHz would" in checks["av-duration"].evidence
    assert covers(checks["av-duration"], DURATION_S * 44_100 / 48_000, DURATION_S, within_s=0.1)


GERMAN = (
    "Wir haben uns lange nicht mehr gesehen, und ich wollte dir noch etwas erzählen.",
    "Als ich gestern nach Hause kam, war die Tür offen und niemand war da.",
    "Der Nachbar sagte, er habe in der Nacht ein Geräusch gehört, aber nichts gesehen.",
    "Vielleicht sollten wir morgen früh gemeinsam zur Polizei gehen und alles melden.",
    "Ich weiß nicht, ob sie uns glauben werden, doch einen Versuch ist es allemal wert.",
    "Und vergiss bitte nicht, den Schlüssel mitzubringen, den du damals bekommen hast.",
    "Meine Schwester wohnt jetzt in einer anderen Stadt und kommt nur noch selten her.",
    "Sobald der Frühling beginnt, fahren wir zusammen ans Meer und bleiben eine Woche.",
)


def srt(*cues: tuple[float, float, str]) -> bytes:
    def at(time_s: float) -> str:
        return f"00:{int(time_s // 60):02}:{time_s % 60:06.3f}".replace(".", ",")

    blocks = (f"{n}\n{at(a)} --> {at(b)}\n{said}\n" for n, (a, b, said) in enumerate(cues, 1))
    return "\n".join(blocks).encode()


def text_checks(
    make: MakeContext, folder: Path, data: bytes, language: str
) -> tuple[dict[str, str], dict[str, tuple[Span, ...]]]:
    """Return the outcomes of a track's checks, and the places they name."""
    origin, name = FromSidecar(0), f"text-{language}"
    params = TextParams(name, language, "", False, False, Fraction(60), origin)
    given = sidecar(folder, data)
    spec = a_spec(folder / "absent.mp4", folder, subtitles=[{"uri": "a.srt", "language": language}])
    context = make(params=params, inputs={"ingest#sidecar-0": given}, spec=spec)
    track = track_of(text.run(context).products[""])
    checks = list(reading_checks((track,)))
    return {c.rule: c.outcome for c in checks}, {c.rule: c.places for c in checks}


def test_text_that_fits_its_title_is_clean(step_context: MakeContext, tmp_path: Path) -> None:
    cues = [(6.0 * n, 6.0 * n + 5, said) for n, said in enumerate(GERMAN)]
    outcomes, places = text_checks(step_context, tmp_path, srt(*cues), "de")
    assert outcomes == dict.fromkeys(
        ["reading-text-de", "timing-text-de", "language-text-de"], "pass"
    )
    assert not any(places.values())


def test_text_in_another_language_than_declared_is_found(
    step_context: MakeContext, tmp_path: Path
) -> None:
    cues = [(6.0 * n, 6.0 * n + 5, said) for n, said in enumerate(GERMAN)]
    outcomes, _ = text_checks(step_context, tmp_path, srt(*cues), "en")
    assert {rule for rule, outcome in outcomes.items() if outcome != "pass"} == {"language-text-en"}


def test_text_past_the_end_at_once_and_too_fast_is_found_where_it_is(
    step_context: MakeContext, tmp_path: Path
) -> None:
    cues = (
        (1.0, 2.0, GERMAN[0]),  # 79 characters in a second
        (10.0, 14.0, "Komm her."),
        (12.0, 16.0, "Ich komme."),
        (16.04, 18.0, "Na gut."),
        (63.0, 66.0, "Ende."),
    )
    outcomes, places = text_checks(step_context, tmp_path, srt(*cues), "de")
    assert outcomes == {"reading-text-de": "warn", "timing-text-de": "warn"}
    assert places["reading-text-de"] == (Span(1, 2),)
    assert places["timing-text-de"] == (Span(16, 16.04), Span(12, 14), Span(63, 66))


def test_chapters_past_the_end_are_named_with_their_time(
    step_context: MakeContext, tmp_path: Path
) -> None:
    data = b"WEBVTT\n\n00:00.000 --> 01:00.000\nOne\n\n01:10.000 --> 01:20.000\nTwo\n"
    spec = a_spec(tmp_path / "absent.mp4", tmp_path, chapters="chapters.txt")
    params = ChaptersParams(sidecar=True, duration_s=Fraction(60))
    given = {"ingest#chapters": sidecar(tmp_path, data)}
    product = chapters.run(step_context(params=params, inputs=given, spec=spec)).products[""]
    assert product.facts["issues"] == ["1 chapter dropped: after the title's end (at 00:01:10.000)"]
