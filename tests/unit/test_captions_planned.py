"""What becomes of captions inside pictures: as the request has it, and never without a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from cli.request import RunOptions, job_spec, parse_captions
from farm.captions import Captions
from farm.errors import InvalidSpec
from farm.ladder import CodecName, Timeline
from farm.ladder_policy import LadderPolicy, PolicyRung
from farm.mediainfo import Disposition, TextStream
from farm.spec import CaptionsSpec
from ladders.chunks import Cuts
from planning.captions import DROPPED, ONLY_708, TEXT_SERVICE
from planning.text_origin import FromCaptions, FromStream
from planning.title import TitlePlan, plan_title
from planning.tracks import find_text, plan_text
from tests.unit.titles import POLICY, VIDEO, analysis, media, spec, steps

FOUND = (
    Captions("CC1", 0),
    Captions("CC3", 0),
    Captions("T1", 0),
    Captions("SERVICE1", 0, same_as="CC1"),
    Captions("SERVICE2", 0),
)
NTSC = Fraction(30000, 1001)
HALVED = LadderPolicy(
    name="halved",
    rungs=(
        PolicyRung(width=320, height=180, max_bps=300_000, crf=26, half_rate=True),
        PolicyRung(width=640, height=360, max_bps=900_000, crf=24),
    ),
)


def texts(
    captions: Sequence[Captions] = FOUND, found: Any = None, **wish: Any
) -> list[tuple[str, str, str, str | None]]:
    """Return name, language, title and why it is left out, of each track of captions."""
    planned = plan_text(spec(captions=CaptionsSpec(**wish)), found or media(), captions)
    return [
        (track.name, track.language, track.title, track.origin.left_out)
        for track in planned
        if isinstance(track.origin, FromCaptions)
    ]


def test_channels_become_tracks_for_the_hard_of_hearing_and_the_rest_is_named() -> None:
    assert texts() == [
        ("text-und-sdh", "und", "CC1", None),
        ("text-und-sdh-2", "und", "CC3", None),
        ("text-und-sdh-3", "und", "T1", TEXT_SERVICE),
        ("text-und-sdh-4", "und", "SERVICE2", ONLY_708),
    ]
    tracks = plan_text(spec(), media(), FOUND)
    assert [(t.hearing_impaired, t.forced, t.convertible) for t in tracks] == [
        *[(True, False, True)] * 2,
        *[(True, False, False)] * 2,
    ]


def test_the_request_names_the_languages_of_channels() -> None:
    wish = {"CC1": "eng", "CC3": "es", "SERVICE2": "de"}
    assert texts(languages=wish) == [
        ("text-en-sdh", "en", "", None),
        ("text-es-sdh", "es", "", None),
        ("text-und-sdh", "und", "T1", TEXT_SERVICE),
        ("text-de-sdh", "de", "SERVICE2", ONLY_708),
    ]
    asked = spec(captions=CaptionsSpec(languages={"CC3": "es"}))
    found = find_text(plan_text(asked, media(), FOUND), "es", "burn-in")
    assert found.origin == FromCaptions("CC3", 0)


def test_a_track_of_captions_has_the_language_its_container_names() -> None:
    track = TextStream(2, "eia_608", bitmap=False, language="fr", title=None, disposition=PLAIN)
    source = media(text=(track,))
    inside = (Captions("CC1", 2), Captions("CC2", 2))
    assert texts(inside, source) == [
        ("text-fr-sdh", "fr", "", None),
        ("text-und-sdh", "und", "CC2", None),
    ]
    twice = (Captions("CC1", 0), Captions("CC1", 2, same_as="CC1"))
    assert [(name, why) for name, _, _, why in texts(twice, source)] == [
        ("text-und-sdh", None),
        ("text-fr-sdh", "it says what CC1 inside the picture says"),
    ]
    # One in which nothing was found is read as streams are, to say that it is empty.
    assert plan_text(spec(), source)[0].origin == FromStream(2)


PLAIN = Disposition()


def test_captions_that_are_dropped_say_so() -> None:
    assert {why for *_, why in texts(mode="drop")} == {DROPPED}
    assert len(texts(mode="drop")) == len(FOUND)


def kept(
    captions: Sequence[Captions] = FOUND,
    policy: LadderPolicy = POLICY,
    fps: Fraction = NTSC,
    codecs: Sequence[CodecName] = ("h264",),
    **changes: Any,
) -> TitlePlan:
    """Plan a title of 30 s whose captions stay in the picture."""
    stream = replace(VIDEO, frame_rate=fps)
    seen = analysis(captions=tuple(captions), timeline=Timeline(fps, int(30 * fps)))
    wish = spec(captions=CaptionsSpec(mode="passthrough", languages={"CC1": "en"}))
    return plan_title(
        wish,
        policy,
        codecs,
        media(video=(replace(stream, **changes.pop("stream", {})),)),
        replace(seen, **changes),
        cuts=Cuts((0, 2)),
    )


def test_captions_that_are_kept_are_named_once_and_make_no_tracks() -> None:
    made = steps(kept())
    assert [key for key in made if key.startswith("text:")] == ["text:text-und-sdh"]  # T1
    named = [{"name": "CC1", "language": "en"}, {"name": "CC3", "language": "und"}]
    named += [{"name": "SERVICE2", "language": "und"}]
    assert made["package"].params["instreams"] == named
    assert made["verify"].params["instreams"] == named
    encodes = [step for key, step in made.items() if key.startswith("encode:")]
    assert [step.params["treatment"]["captions"] for step in encodes] == [True]  # in one piece


def test_a_title_without_captions_has_none_to_keep() -> None:
    made = steps(kept(captions=()))
    assert made["package"].params["instreams"] == []
    assert len([key for key in made if key.startswith("encode:")]) == 2
    track = (Captions("CC1", 3),)  # of its own, and not in the picture
    assert "text:text-en-sdh" in steps(kept(captions=track))


@pytest.mark.parametrize("fps", [24, Fraction(24000, 1001), 30, NTSC, 60, Fraction(60000, 1001)])
def test_captions_are_kept_at_rates_they_are_made_for(fps: Fraction) -> None:
    made = steps(kept(fps=Fraction(fps), policy=HALVED, stream={"variable_rate": True}))
    assert made["package"].params["instreams"]
    assert steps(kept(fps=Fraction(25)))["package"].params["instreams"]


def test_captions_are_kept_in_hevc_and_cannot_be_in_av1() -> None:
    rungs = {
        codec: POLICY.rungs[0].model_copy(update={"codec": codec}) for codec in ("hevc", "av1")
    }
    hevc, av1 = (POLICY.model_copy(update={"rungs": (*POLICY.rungs, r)}) for r in rungs.values())
    assert steps(kept(policy=hevc, codecs=("h264", "hevc")))["package"].params["instreams"]
    with pytest.raises(InvalidSpec, match="because av1 pictures carry none: use --captions text"):
        kept(policy=av1, codecs=("h264", "av1"))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"film": True, "interlaced": True}, "3:2 pulldown is undone"),
        ({"stream": {"coded_fields": "top"}}, "its pictures are fields"),
        ({"fps": Fraction(25), "stream": {"variable_rate": True}}, "doubled to make 25 a second"),
        ({"fps": Fraction(50), "policy": HALVED}, "doubled to make 25 a second"),
        ({"fps": Fraction(50), "stream": {"frame_rate": Fraction(25)}}, "to make 50 a second"),
    ],
)
def test_captions_that_would_be_lost_on_the_way_are_refused(changes: Any, why: str) -> None:
    with pytest.raises(InvalidSpec, match=f"--captions passthrough: .*{why}.*--captions text$"):
        kept(**changes)


@pytest.mark.parametrize(
    ("text", "mode", "languages"),
    [
        ("text", "text", {}),
        ("passthrough", "passthrough", {}),
        ("drop", "drop", {}),
        ("cc1=eng", "text", {"CC1": "en"}),
        ("text:CC1=en,CC3=es-419", "text", {"CC1": "en", "CC3": "es-419"}),
        ("passthrough:SERVICE63=pt_br", "passthrough", {"SERVICE63": "pt-BR"}),
    ],
)
def test_the_option_says_what_becomes_of_captions(
    text: str, mode: str, languages: dict[str, str]
) -> None:
    made = job_spec(RunOptions("a.mp4", "out", captions=text)).captions
    assert made == CaptionsSpec.model_validate({"mode": mode, "languages": languages})
    assert parse_captions(text) == {"mode": mode, "languages": languages}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("subtitles", "--captions 'subtitles': give one of text, passthrough, drop"),
        ("text:en", "write MODE\\[:CHANNEL=LANG,...\\], as in text:CC1=en,CC3=es"),
        ("text:CC1=x-", "--captions 'text:CC1=x-': "),
        ("text:CC5=en", "captions.languages.CC5"),
        ("text:SERVICE64=en", "captions.languages.SERVICE64"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(InvalidSpec, match=complaint):
        job_spec(RunOptions("a.mp4", "out", captions=text))
