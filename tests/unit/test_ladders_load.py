"""Ladder policies: presets load, and every mistake in a file is explained on one line."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from farm.errors import InvalidSpec
from farm.yaml_file import MAX_YAML_BYTES
from ladders.load import is_preset, load_policy, preset_names

RUNG = "{width: 640, height: 360, max_bps: 365000, crf: 25}"
HEAD = "name: mine\nrungs:\n"


def written(folder: Path, text: str | bytes, name: str = "mine.yaml") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def refusal(name_or_path: str) -> str:
    with pytest.raises(InvalidSpec) as caught:
        load_policy(name_or_path)
    assert "\n" not in caught.value.message
    return caught.value.message


PRESETS = (
    "all",
    "apple-h264",
    "apple-hevc",
    "audio-only",
    "av1",
    "mobile",
    "per-shot",
    "per-title",
)


def test_presets_are_called_what_their_files_are() -> None:
    assert preset_names() == PRESETS
    assert tuple(load_policy(name).name for name in PRESETS) == PRESETS
    assert all(load_policy(name).source for name in PRESETS)


def test_a_former_name_of_a_preset_is_known_and_says_the_new_one() -> None:
    assert (is_preset("apple"), is_preset("apple-h264"), is_preset("aple")) == (True, True, False)
    assert load_policy("apple") == load_policy("apple-h264")


def test_what_a_preset_makes_where_nobody_names_codecs() -> None:
    made = {name: load_policy(name).chosen(()) for name in PRESETS}
    assert made == {
        "all": ("h264", "hevc", "av1"),
        "apple-h264": ("h264",),
        "apple-hevc": ("h264", "hevc"),
        "audio-only": (),
        "av1": ("av1",),
        "mobile": ("h264", "av1"),
        "per-shot": ("h264",),
        "per-title": ("h264",),
    }
    assert load_policy("all").chosen(("av1", "hevc", "av1")) == ("av1", "hevc")


@pytest.mark.parametrize("name", ["apple-hevc", "av1"])
def test_rungs_of_one_codec_get_better_with_their_rate(name: str) -> None:
    policy = load_policy(name)
    rungs = [rung for rung in policy.rungs if rung.codec == policy.codecs[-1]]
    for low, high in pairwise(rungs):
        assert (low.width, low.max_bps) <= (high.width, high.max_bps)
        assert low.max_bps < high.max_bps
        assert (low.hdr_max_bps or 0) < (high.hdr_max_bps or 0)
        if low.width == high.width:
            assert low.crf > high.crf


def test_apple_hevc_is_the_hevc_table_of_the_authoring_specification() -> None:
    policy = load_policy("apple-hevc")
    hevc = [rung for rung in policy.rungs if rung.codec == "hevc"]
    assert [
        (rung.height, rung.max_bps // 1000, (rung.hdr_max_bps or 0) // 1000, rung.half_rate)
        for rung in hevc
    ] == [
        (360, 145, 160, True),
        (432, 300, 360, True),
        (540, 600, 730, True),
        (540, 900, 1090, True),
        (540, 1600, 1930, False),
        (720, 2400, 2900, False),
        (720, 3400, 4080, False),
        (1080, 4500, 5400, False),
        (1080, 5800, 7000, False),
        (1440, 8100, 9700, False),
        (2160, 11600, 13900, False),
        (2160, 16800, 20000, False),
    ]
    h264 = [rung for rung in policy.rungs if rung.codec == "h264"]
    assert tuple(h264) == load_policy("apple-h264").rungs


def test_apple_is_the_h264_table_of_the_authoring_specification() -> None:
    policy = load_policy("apple-h264")
    assert (policy.name, policy.preset, policy.gop_s, policy.segment_gops) == (
        *("apple-h264", "medium"),
        *(2.0, 3),
    )
    assert [
        (rung.width, rung.height, rung.max_bps // 1000, rung.half_rate) for rung in policy.rungs
    ] == [
        (416, 234, 145, True),
        (640, 360, 365, True),
        (768, 432, 730, True),
        (768, 432, 1100, True),
        (960, 540, 2000, False),
        (1280, 720, 3000, False),
        (1280, 720, 4500, False),
        (1920, 1080, 6000, False),
        (1920, 1080, 7800, False),
    ]


def test_of_two_apple_rungs_of_one_size_the_upper_has_the_better_quality() -> None:
    rungs = load_policy("apple-h264").rungs
    pairs = [(a, b) for a, b in pairwise(rungs) if a.height == b.height]
    assert [(a.height, a.crf - b.crf) for a, b in pairs] == [(432, 2), (720, 2), (1080, 2)]


def test_a_file_is_a_ladder_as_well(tmp_path: Path) -> None:
    policy = load_policy(written(tmp_path, f"{HEAD}  - {RUNG}\npreset: fast\n"))
    assert (policy.name, policy.preset) == ("mine", "fast")
    assert [(rung.width, rung.crf, rung.half_rate) for rung in policy.rungs] == [(640, 25, False)]


def test_an_unknown_name_lists_the_presets() -> None:
    assert refusal("aple") == (
        "ladder 'aple' is neither a preset (all, apple-h264, apple-hevc, audio-only, av1, mobile,"
        " per-shot, per-title) nor a .yaml file: name one of these"
    )


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    missing = tmp_path / "absent.yaml"
    assert refusal(str(missing)) == f"ladder {missing} is not a file: check the path"
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    assert refusal(str(folder)) == f"ladder {folder} is not a file: check the path"


def test_a_file_beyond_the_size_cap_is_not_parsed(tmp_path: Path) -> None:
    assert MAX_YAML_BYTES == 65_536
    whole = f"{HEAD}  - {RUNG}\n".encode().ljust(MAX_YAML_BYTES, b"#")
    assert load_policy(written(tmp_path, whole)).name == "mine"
    path = written(tmp_path, whole + b"#")
    assert refusal(path) == f"ladder {path} is larger than 65536 bytes: is it a ladder?"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"{HEAD}  - {RUNG[:-1]}, crf2: 3}}\n", "rungs[0].crf2: Extra inputs are not permitted"),
        (f"{HEAD}  - {RUNG.replace('25', '99')}\n", "rungs[0].crf: Input should be less than"),
        (f"{HEAD}  - {RUNG.replace('25', '.nan')}\n", "rungs[0].crf: Input should be"),
        (
            f"{HEAD}  - {RUNG}\nadaptive: {{max_windows: 4}}\n",
            "adaptive.max_windows: 4 is below min_windows, 6: give 6 or more",
        ),
        (
            f"{HEAD}  - {RUNG}\nadaptive: {{min_ratio: 2, max_ratio: 1.5}}\n",
            "adaptive.max_ratio: 1.5 is below min_ratio, 2: give 2 or more",
        ),
        (
            f"{HEAD}  - {RUNG}\npolicy: per-scene\n",
            "policy: Input should be 'fixed', 'per-title' or 'per-shot'",
        ),
        (
            f"{HEAD}  - {RUNG.replace('25', '52')}\n",
            "rungs[0].crf: Input should be less than or equal to 51",
        ),
        (
            f"{HEAD}  - {{codec: av1, {RUNG[1:].replace('25', '64')}\n",
            "rungs[0].crf: Input should be less than or equal to 63",
        ),
        (
            f"{HEAD}  - {{codec: av1, {RUNG[1:].replace('25', '30.3')}\n",
            "rungs[0].crf: av1 takes quarter steps, as 30, 30.25 or 30.5, not 30.3",
        ),
        (
            f"{HEAD}  - {RUNG[:-1]}, hdr_max_bps: 400000}}\n",
            "rungs[0]: hdr_max_bps is for hevc and av1: h264 is always SDR, leave it out",
        ),
        (
            f"codecs: [hevc]\n{HEAD}  - {RUNG}\n",
            "codecs: no rung is hevc: add one or leave hevc out",
        ),
        (
            f"pictures: false\n{HEAD}  - {RUNG}\n",
            "rungs: pictures is false, so nothing would be made of them: leave them out",
        ),
        (f"av1_preset: 14\n{HEAD}  - {RUNG}\n", "av1_preset: Input should be less than or equal"),
        (f"hdr: drop\n{HEAD}  - {RUNG}\n", "hdr: Input should be 'keep' or 'tone-map'"),
        (f"bit_depth: 12\n{HEAD}  - {RUNG}\n", "bit_depth: Input should be 8 or 10"),
        (f"film_grain: 51\n{HEAD}  - {RUNG}\n", "film_grain: Input should be less than or equal"),
        (f"hevc_preset: placebo\n{HEAD}  - {RUNG}\n", "hevc_preset: Input should be 'ultrafast'"),
        ("name: mine\n", "rungs: Tuple should have at least 1 item"),
        (f"{HEAD}  - {RUNG.replace(', crf: 25', '')}\n", "rungs[0].crf: Field required"),
        (f"{HEAD}  - {RUNG}\npreset: placebo\n", "preset: Input should be 'ultrafast'"),
        (f"{HEAD}  - {RUNG[:-1]}, codec: vp8}}\n", "rungs[0].codec: Input should be 'h264'"),
        ("name: mine\nrungs: []\n", "rungs: Tuple should have at least 1 item"),
        (f"name: ../up\nrungs: [{RUNG}]\n", "name: String should match pattern"),
        (f"{HEAD}  - {RUNG}\naudio: {{ladder_bps: [0]}}\n", "audio.ladder_bps: give one or more"),
        (f"{HEAD}  - {RUNG}\naudio: {{ladder_bps: []}}\n", "audio.ladder_bps: give one or more"),
        ("- a list\n", "must be a mapping with name and rungs"),
        ("", "must be a mapping with name and rungs"),
        ("name: [unclosed\n", "is not YAML we can read"),
        ("name: a\nname: b\n", "'name' is given a second time on line 2"),
        ("name: &x a\nsource: *x\n", "it uses an alias (*name): write the values out"),
        ("name: !!python/object/apply:os.getcwd []\n", "is not YAML we can read"),
        ("[" * 20_000, "is not YAML we can read"),
        ("name: " + "9" * 5000, "is not YAML we can read"),
        (b"\xff\xfe\xff", "is not YAML we can read"),
    ],
)
def test_every_mistake_names_the_file_and_the_field(
    tmp_path: Path, text: str | bytes, complaint: str
) -> None:
    path = written(tmp_path, text)
    message = refusal(path)
    assert message.startswith(f"ladder {path}")
    assert complaint in message


def test_rates_of_sound_alone_reach_to_both_ends_of_what_stereo_allows(tmp_path: Path) -> None:
    audio = "audio: {{ladder_bps: [{}, {}]}}\n"
    path = written(tmp_path, f"{HEAD}  - {RUNG}\n" + audio.format(24_000, 512_000))
    assert load_policy(path).audio.ladder_bps == (24_000, 512_000)
    for rates in ((23_999, 512_000), (24_000, 512_001)):
        beyond = written(tmp_path, f"{HEAD}  - {RUNG}\n" + audio.format(*rates))
        assert "audio.ladder_bps: give one or more different rates" in refusal(beyond)


@pytest.mark.parametrize("count", [1, 3, 4])
def test_three_mistakes_are_told_and_a_fourth_is_counted(count: int, tmp_path: Path) -> None:
    extra = "".join(f"field{n}: 1\n" for n in range(count))
    message = refusal(written(tmp_path, f"{HEAD}  - {RUNG}\n{extra}"))
    assert message.count("Extra inputs are not permitted") == min(count, 3)
    told = message.partition(": correct this")[0]
    assert ("more" in told, told.endswith("; and 1 more")) == (count == 4, count == 4)


def test_three_hundred_characters_of_what_is_wrong_with_the_yaml_are_quoted(tmp_path: Path) -> None:
    path = written(tmp_path, f"name: !{'x' * 400} a\n")
    quoted = refusal(path).removeprefix(f"ladder {path} is not YAML we can read: ")
    assert (len(quoted), quoted.endswith("xx")) == (300, True)


def test_many_mistakes_are_counted_rather_than_listed(tmp_path: Path) -> None:
    extra = "".join(f"field{n}: 1\n" for n in range(5))
    message = refusal(written(tmp_path, f"{HEAD}  - {RUNG}\n{extra}"))
    assert "field2: Extra inputs are not permitted; and 2 more: correct this" in message
