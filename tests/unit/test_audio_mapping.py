"""The request's own say in which channels make which track."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.request import RunOptions, job_spec
from farm.errors import InvalidSpec
from farm.mediainfo import AudioStream, MediaInfo
from farm.remarks import Remark
from farm.serial import to_json
from farm.spec import AudioTrackSpec, JobSpec, read_spec
from planning.mapping import check_mapping, mapped_voices
from tests.unit.titles import media, plan, sound, spec, steps

SIXTEEN = media(audio=(sound(1, 16), sound(2, 2)))
UNNAMED = "the audio mapping of the request does not name it"


def asked(*tracks: dict[str, Any]) -> JobSpec:
    return read_spec({**to_json(spec()), "audio": tracks})


def track(*channels: str, **changes: Any) -> AudioTrackSpec:
    return AudioTrackSpec(channels=channels, **changes)


def test_only_what_is_mapped_is_made_with_language_title_and_role() -> None:
    wish = asked(
        {"language": "ger", "channels": ["1:2", "1:3"], "role": "dub", "title": "Deutsch"},
        {"language": "en", "channels": ["1:0", "1:1"], "role": "main"},
        {"language": "en", "channels": [f"1:{n}" for n in range(4, 10)], "layout": "5.1"},
    )
    made = [step.params for step in steps(plan(wish, SIXTEEN)).values() if step.kind == "audio"]
    names = ("name", "channels", "language", "title", "default", "role", "voice")
    assert [tuple(params[name] for name in names) for params in made] == [
        ("audio-0-stereo", 2, "de", "Deutsch", False, "dub", 0),
        ("audio-1-stereo", 2, "en", "", True, "main", 1),
        ("audio-2-stereo", 2, "en", "", False, "alternate", 2),
        ("audio-2-surround", 6, "en", "", False, "alternate", 2),
    ]
    assert made[0]["picked"] == [
        {"stream_index": 1, "channel": 2},
        {"stream_index": 1, "channel": 3},
    ]


def test_what_is_not_mapped_is_named() -> None:
    _, remarks = mapped_voices([track("1:0", "1:1"), track("1:5")], SIXTEEN)
    assert remarks == [
        Remark("audio stream 1, channels 2-4, 6-15", "dropped", UNNAMED),
        Remark("audio stream 2", "dropped", UNNAMED, (2,)),
    ]
    _, remarks = mapped_voices([track("2:1")], media(audio=(sound(2, 2),)))
    assert remarks == [Remark("audio stream 2, channel 0", "dropped", UNNAMED)]


@pytest.mark.parametrize(
    ("channel", "streams", "message"),
    [
        (
            "3:0",
            (sound(1, 16), sound(2, 2)),
            "audio.1.channels 3:0: the source has no audio stream 3 (it has 1:0-15, 2:0-1)",
        ),
        (
            "2:2",
            (sound(1, 16), sound(2, 2)),
            "audio.1.channels 2:2: audio stream 2 has no channel 2 (there are 1:0-15, 2:0-1)",
        ),
        ("0:0", (), "audio.0.channels 1:0: the source has no audio stream 1 (it has none)"),
    ],
)
def test_a_stream_or_channel_that_is_not_there_is_refused_by_its_name(
    channel: str, streams: tuple[AudioStream, ...], message: str
) -> None:
    found: MediaInfo = media(audio=streams)
    for check in (check_mapping, mapped_voices):
        with pytest.raises(InvalidSpec) as refused:
            check([track("1:0", "1:1"), track(channel)], found)
        assert refused.value.message == message


@pytest.mark.parametrize(
    ("tracks", "default"),
    [
        ([track("1:0", role="commentary"), track("1:1")], 1),
        ([track("1:0"), track("1:1", role="main")], 1),
        ([track("1:0"), track("1:1")], 0),
        ([track("1:0", role="description")], 0),
    ],
)
def test_the_first_main_track_plays_by_default_and_no_narration_if_there_is_another(
    tracks: list[AudioTrackSpec], default: int
) -> None:
    voices, _ = mapped_voices(tracks, SIXTEEN)
    assert [place for place, voice in enumerate(voices) if voice.default] == [default]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"channels": ["1:0"] * 3},
            "audio.0: 3 channels make no track: name 1 (mono), 2 (stereo), 6 (5.1), 8 (7.1)",
        ),
        ({"channels": ["1:0"], "layout": "stereo"}, "audio.0: stereo has 2 channels, not 1"),
        (
            {"channels": ["1"]},
            "audio.0.channels.0: '1' is not STREAM:CHANNEL, both counted from 0, as in 1:0",
        ),
        (
            {"channels": []},
            "audio.0: 0 channels make no track: name 1 (mono), 2 (stereo), 6 (5.1), 8 (7.1)",
        ),
        (
            {"channels": ["1:0"], "role": "star"},
            "audio.0.role: Input should be 'main', 'alternate', 'commentary', 'description',"
            " 'dub' or 'original'",
        ),
        (
            {"channels": ["1:0"], "language": "klingonese"},
            "audio.0.language: 'klingonese' is not a language:"
            " give a BCP-47 tag such as en, de or pt-BR",
        ),
        ({"channels": ["1:0"], "volume": 1}, "audio.0.volume: Extra inputs are not permitted"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused_by_its_field(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidSpec) as refused:
        asked(fields)
    assert refused.value.message == f"the request is not valid: {message}"


def test_the_command_line_takes_the_mapping_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "audio.yaml"
    file.write_text(
        "tracks:\n- {language: eng, channels: ['1:0', '2:0'], role: main, title: Original}\n",
        "utf-8",
    )
    made = job_spec(RunOptions("/a.mxf", "/o", audio=str(file), program=3))
    assert made.program == 3
    assert made.audio == (track("1:0", "2:0", language="en", role="main", title="Original"),)


def test_a_mapping_file_that_is_wrong_is_refused_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "audio.yaml"
    file.write_text("tracks: []\n", "utf-8")
    with pytest.raises(InvalidSpec) as refused:
        job_spec(RunOptions("/a.mxf", "/o", audio=str(file)))
    assert refused.value.message == (
        f"audio mapping {file}: tracks: Tuple should have at least 1 item after validation,"
        " not 0: correct this, docs/sound.md lists every field"
    )
