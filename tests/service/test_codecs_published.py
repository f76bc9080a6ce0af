"""A title in H.264, HEVC and AV1, SDR and HDR, from a file to what players pull."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from farm.command import FFMPEG_PREAMBLE, Command, Finished, Tool
from tests.forked import Ran
from tests.service.command_line import Desk, path_of

RunCommand = Callable[[Command, Path], Finished]

LADDER = """\
name: three
codecs: [h264, hevc, av1]
preset: ultrafast
hevc_preset: ultrafast
av1_preset: 12
gop_s: 0.5
segment_gops: 2
rungs:
  - {codec: h264, width: 160, height: 90, max_bps: 150000, crf: 30}
  - {codec: h264, width: 320, height: 180, max_bps: 500000, crf: 26}
  - {codec: hevc, width: 160, height: 90, max_bps: 100000, hdr_max_bps: 110000, crf: 30}
  - {codec: hevc, width: 320, height: 180, max_bps: 400000, hdr_max_bps: 410000, crf: 26}
  - {codec: av1, width: 160, height: 90, max_bps: 90000, crf: 45}
  - {codec: av1, width: 320, height: 180, max_bps: 300000, crf: 38.25}
"""
DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
MASTERED = {
    **{"red_x": "34000/50000", "red_y": "16000/50000", "green_x": "13250/50000"},
    **{"green_y": "34500/50000", "blue_x": "7500/50000", "blue_y": "3000/50000"},
    **{"white_point_x": "15635/50000", "white_point_y": "16450/50000"},
    **{"min_luminance": "50/10000", "max_luminance": "10000000/10000"},
}
FFMPEG_SAYS = (
    "r(0.6800,0.3200) g(0.2650,0.6900) b(0.1500 0.0600) wp(0.3127, 0.3290)",
    "max_luminance=1000.000000",
    "MaxCLL=1000, MaxFALL=400",
)


@dataclass(frozen=True, slots=True)
class Published:
    """A published title, and a way to look into it."""

    ran: Ran
    run_command: RunCommand
    folder: Path

    @property
    def generation(self) -> Path:
        hls: Path = path_of(self.ran.record["outputs"]["hls"])
        return hls.parent / str(self.ran.record["outputs"]["origin_prefix"].rpartition("/")[2])

    @property
    def variants(self) -> dict[str, str]:
        """Return the attributes of each video variant by the rung's name, in order."""
        text = path_of(self.ran.record["outputs"]["hls"]).read_text()
        found = re.findall(r"#EXT-X-STREAM-INF:(.*)\n(?:.*/)?([^/]+)/playlist\.m3u8", text)
        return {name: attributes for attributes, name in found}

    def whole(self, rung: str) -> Path:
        """Return init and media segments of a rung, one after the other."""
        parts = sorted((self.generation / rung).glob("*.m4s"))
        joined = self.folder / f"{rung}.mp4"
        joined.write_bytes(
            b"".join(p.read_bytes() for p in (self.generation / rung / "init.mp4", *parts))
        )
        return joined

    def probe(self, rung: str, *show: str) -> Any:
        args = ("-v", "error", "-select_streams", "v:0", *show, "-of", "json")
        name = f"file:{self.whole(rung).name}"
        return json.loads(
            self.run_command(Command(Tool.FFPROBE, (*args, name), "probe"), self.folder).stdout
        )

    def decoded(self, rung: str) -> str:
        """Return what FFmpeg says of every fourth picture; all 96 are decoded."""
        args = ("-hide_banner", "-nostdin", "-xerror", "-i", f"file:{self.whole(rung).name}")
        filters = ("-vf", "select=not(mod(n\\,4)),showinfo", "-f", "null", "-")
        command = Command(Tool.FFMPEG, (*args, *filters), "decode")
        return self.run_command(command, self.folder).stderr


def make_title(
    run_command: RunCommand, folder: Path, colours: str, *codec: str
) -> tuple[Desk, Path]:
    desk = Desk(folder)
    (folder / "three.yaml").write_text(LADDER)
    tags = f"format=yuv420p10le,setparams={colours}:range=tv"
    pattern = ("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=24:duration=4,{tags}")
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=4")
    sound = ("-c:a", "aac", "-ac", "2")
    args = (*FFMPEG_PREAMBLE, *pattern, *tone, *codec, *sound, "title.mp4")
    run_command(Command(Tool.FFMPEG, args, "make the title"), folder)
    return desk, folder / "title.mp4"


def x265(*parameters: str) -> tuple[str, ...]:
    told = ":".join(("log-level=error", *parameters))
    return ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", told)


def publish(desk: Desk, source: Path, *options: str) -> Ran:
    ladder = ("--ladder", str(desk.folder / "three.yaml"), "--codec", "h264,hevc,av1")
    ran = desk.run(str(source), *ladder, "--asset", "film", *options)
    assert ran.status == 0, ran.stderr
    return ran


BT709 = "color_primaries=bt709:color_trc=bt709:colorspace=bt709"
PQ = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
HLG = "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc"


@pytest.fixture(scope="module", params=["sdr", "hdr10", "hlg"])
def published(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    run_command: RunCommand,
) -> Published:
    folder = tmp_path_factory.mktemp(request.param)
    lit = ("hdr10=1", "repeat-headers=1", f"master-display={DISPLAY}", "max-cll=1000,400")
    colours = {"sdr": BT709, "hdr10": PQ, "hlg": HLG}[request.param]
    codec = x265(*(lit if request.param == "hdr10" else ()))
    desk, source = make_title(run_command, folder, colours, *codec)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("REELFARM_ENCODE_SLOTS", "2")  # a seam in each rendition
        return Published(publish(desk, source), run_command, folder)


def dynamic_range(published: Published) -> str:
    """Return the range of the renditions that keep the source's."""
    renditions = published.ran.record["renditions"]
    return str(next(each["dynamic_range"] for each in renditions if each["codec"] == "hevc"))


def test_three_codecs_are_one_presentation_with_a_score_for_every_variant(
    published: Published,
) -> None:
    record = published.ran.record
    assert [key for key in (s["key"] for s in record["steps"]) if key.startswith("encode:")] == [
        *("encode:0", "encode:1")
    ]
    renditions = {each["name"]: each for each in record["renditions"]}
    assert sorted({each["codec"] for each in renditions.values()}) == ["av1", "h264", "hevc"]
    assert {each["frames"] for each in renditions.values()} == {96}
    found = dynamic_range(published)
    depths = {(e["codec"], e["bit_depth"], e["dynamic_range"]) for e in renditions.values()}
    assert depths == {("h264", 8, "sdr"), ("hevc", 10, found), ("av1", 10, found)}
    variants = published.variants
    assert sorted(variants) == sorted(renditions)
    scores = {name: float(re.findall(r"SCORE=([\d.]+)", of)[0]) for name, of in variants.items()}
    assert scores == {
        name: pytest.approx(each["vmaf"]["harmonic_mean"], abs=0.006)
        for name, each in renditions.items()
    }
    assert next(iter(variants)).startswith("h264")  # what every player can show


def test_variants_and_sets_say_their_codec_and_range(published: Published) -> None:
    told = {"sdr": None, "hdr10": "PQ", "hlg": "HLG"}[dynamic_range(published)]
    for name, attributes in published.variants.items():
        codec = re.findall(r'CODECS="([^",]+)', attributes)[0]
        known = {"h264": r"avc1\.", "hevc": r"hvc1\.2\.4\.L", "av1": r"av01\.0\.\d\dM\.10"}
        assert re.match(known[name.partition("-")[0]], codec)
        stated = re.findall(r"VIDEO-RANGE=(\w+)", attributes)
        wanted = "SDR" if name.startswith("h264") else told
        assert stated == ([] if told is None else [wanted])
    mpd = etree.parse(path_of(published.ran.record["outputs"]["dash"])).getroot()
    space = {"d": "urn:mpeg:dash:schema:mpd:2011"}
    sets = mpd.findall(".//d:AdaptationSet[@contentType='video']", space)
    seen = []
    for each in sets:
        codecs = {
            r.get("codecs", "").split(".")[0] for r in each.findall("d:Representation", space)
        }
        points = [
            (p.get("schemeIdUri", "").rpartition(":")[2], p.get("value"))
            for p in each.findall("d:EssentialProperty", space)
        ]
        seen.append((*codecs, each.get("selectionPriority"), dict(points)))
    curve = {"PQ": "16", "HLG": "18"}.get(told or "")
    colours = {"ColourPrimaries": "9", "TransferCharacteristics": curve, "MatrixCoefficients": "9"}
    wide = colours if curve else {}
    assert seen == [("avc1", "1", {}), ("hvc1", "2", wide), ("av01", "3", wide)]


def test_every_rendition_is_tagged_with_the_colours_it_has(published: Published) -> None:
    curve = {"sdr": "bt709", "hdr10": "smpte2084", "hlg": "arib-std-b67"}[dynamic_range(published)]
    for each in published.ran.record["renditions"]:
        [stream] = published.probe(each["name"], "-show_streams")["streams"]
        hdr = each["dynamic_range"] != "sdr"
        wanted = ("bt2020", curve, "bt2020nc") if hdr else ("bt709", "bt709", "bt709")
        parts = ("primaries", "transfer", "space")
        assert tuple(stream[f"color_{part}"] for part in parts) == wanted
        assert stream["color_range"] == "tv"
        pictures = published.decoded(each["name"])
        assert pictures.count(" pts_time:") == 24
        told = re.findall(r"color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)", pictures)
        assert set(told) == {(wanted[2], wanted[0], wanted[1])}


def test_how_hdr10_was_mastered_is_in_every_rung_that_stays_hdr(published: Published) -> None:
    lit = dynamic_range(published) == "hdr10"
    for each in published.ran.record["renditions"]:
        pictures = published.decoded(each["name"])
        said = lit and each["codec"] != "h264"
        assert all((words in pictures) == said for words in FFMPEG_SAYS)
        if said:
            assert pictures.count("side data - Mastering display metadata") == 24
        if said and each["codec"] == "hevc":
            show = ("-show_frames", "-read_intervals", "%+#1")
            [first] = published.probe(each["name"], *show)["frames"]
            sides = {side.pop("side_data_type"): side for side in first["side_data_list"]}
            assert sides["Mastering display metadata"] == MASTERED
            light = {"max_content": 1000, "max_average": 400}
            assert sides["Content light level metadata"] == light


def test_every_check_of_the_lint_passes_and_scores_are_in_order(published: Published) -> None:
    checks = {check["rule"]: check for check in published.ran.record["qc"]["checks"]}
    assert [rule for rule, check in checks.items() if check["outcome"] == "fail"] == []
    of_codecs = ("codecs", "apple-9.16", "score", "bit-depth", "dash-cicp", "apple-1.10")
    assert {checks[rule]["outcome"] for rule in (*of_codecs, "av1-colour", "apple-7.4")} == {"pass"}


def test_one_rung_changed_is_the_one_encoded_again_in_each_codec(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    if dynamic_range(published) != "sdr":
        pytest.skip("once is enough")
    monkeypatch.setenv("REELFARM_ENCODE_SLOTS", "2")
    desk = Desk(published.folder)
    changes = {
        "h264-90p-150k": ("max_bps: 150000, crf: 30", "max_bps: 150000, crf: 31"),
        "hevc-180p-400k": ("hdr_max_bps: 410000, crf: 26", "hdr_max_bps: 410000, crf: 27.5"),
        "av1-180p-300k": ("crf: 38.25", "crf: 39"),
    }
    measured: set[str] = set()  # a step for each codec
    for rung, (before, after) in changes.items():
        (desk.folder / "three.yaml").write_text(LADDER.replace(before, after))
        record = publish(desk, desk.folder / "title.mp4").record
        ran = {step["key"] for step in record["steps"] if not step["reused"]}
        assert [key for key in ran if key.startswith("stitch")] == [f"stitch:{rung}"]
        [measure] = (key for key in ran if key.startswith("measure"))
        assert measure not in measured
        measured.add(measure)
        assert {"encode:0", "encode:1"} <= ran
        assert published_commands(record) == {rung}


def published_commands(record: dict[str, Any]) -> set[str]:
    """Return the renditions that steps of a job stitched anew."""
    return {
        step["key"].partition(":")[2]
        for step in record["steps"]
        if step["kind"] == "stitch" and not step["reused"]
    }
