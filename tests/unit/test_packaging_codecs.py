"""Manifests of titles in several codecs, SDR and HDR: what a player chooses by."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from lxml import etree

from farm.captions import Instream
from farm.ladder import CodecName, Rung
from farm.mediainfo import DynamicRange
from media.packaging.mpd import manifest, video_sets
from media.packaging.multivariant import Measured, multivariant
from media.packaging.rates import Rates
from media.packaging.title import Title
from tests.unit.test_packaging_playlists import NS, track


def rung(name: str, codec: CodecName, found: DynamicRange = "sdr", height: int = 360) -> Rung:
    made = Rung(name, codec, 640, height, Fraction(25), 50, "medium", 23, 10**6, 10**6, "")
    return replace(made, dynamic_range=found, bit_depth=8 if codec == "h264" else 10)


RUNGS = (
    rung("av1-low", "av1", "hdr10", 180),
    rung("hevc-low", "hevc", "hdr10", 180),
    rung("h264-low", "h264", height=180),
    rung("av1-top", "av1", "hdr10"),
    rung("h264-top", "h264"),
)
SCORES = {"av1-low": 70.126, "hevc-low": 71.0, "h264-low": 60.0, "av1-top": 95.0, "h264-top": 93.5}


def title(*rungs: Rung, scored: bool = True) -> Title:
    made = Title(Fraction(2), Fraction(6), rungs, (), ())
    return replace(made, scores=SCORES) if scored else made


def lines(of: Title) -> list[str]:
    measured = {r.name: Measured("c", Rates(100_000, 200_000), Rates(1, 2)) for r in of.rungs}
    return multivariant(of, measured).splitlines()


def said(of: Title, attribute: str) -> dict[str, str]:
    """Return what is said of each variant, and of each I-frame playlist by its URI."""
    text = "\n".join(lines(of))
    found = re.findall(r"#EXT-X-STREAM-INF:(.*)\n(.*)/", text)
    found += re.findall(r'#EXT-X-I-FRAME-STREAM-INF:(.*URI="(.*)")', text)
    values = {name: re.findall(rf"\b{attribute}=([^,]+)", attributes) for attributes, name in found}
    return {name: value[0] for name, value in values.items() if value}


def test_every_variant_has_its_range_and_its_score_where_some_are_hdr() -> None:
    of = title(*RUNGS)
    ranges = {
        **{"av1-low": "PQ", "hevc-low": "PQ", "av1-top": "PQ"},
        **{"h264-low": "SDR", "h264-top": "SDR"},
    }
    iframes = {f"{name}/iframes.m3u8": value for name, value in ranges.items()}
    assert said(of, "VIDEO-RANGE") == ranges | iframes
    scores = {name: f"{value:.2f}" for name, value in SCORES.items()}
    assert said(of, "SCORE") == scores | {f"{n}/iframes.m3u8": v for n, v in scores.items()}
    hlg = title(*(replace(r, dynamic_range="hlg") for r in RUNGS if r.codec != "h264"))
    assert set(said(hlg, "VIDEO-RANGE").values()) == {"HLG"}


def test_sdr_in_one_codec_says_neither() -> None:
    of = title(*(each for each in RUNGS if each.codec == "h264"), scored=False)
    assert (said(of, "VIDEO-RANGE"), said(of, "SCORE")) == ({}, {})


def test_the_first_variant_is_in_the_codec_that_every_player_has() -> None:
    of = title(*RUNGS)
    first = next(line for line in lines(of) if not line.startswith("#"))
    assert first == "h264-low/playlist.m3u8"  # all have one rate here
    without = title(*(each for each in RUNGS if each.codec != "h264"))
    first = next(line for line in lines(without) if not line.startswith("#"))
    assert first == "av1-low/playlist.m3u8"


def test_players_switch_among_rungs_of_one_codec_and_range() -> None:
    assert [[each.name for each in rungs] for rungs in video_sets(RUNGS)] == [
        ["h264-low", "h264-top"],
        ["hevc-low"],
        ["av1-low", "av1-top"],
    ]
    sdr = replace(RUNGS[0], dynamic_range="sdr")
    assert [[each.name for each in rungs] for rungs in video_sets((RUNGS[1], sdr))] == [
        ["av1-low"],
        ["hevc-low"],
    ]


def test_sets_say_which_is_preferred_how_good_each_is_and_what_hdr_needs() -> None:
    written = {
        each.name: replace(
            track(each.name, "video", "codec", 1000, [2000] * 3),
            colour=(1, 1, 1) if each.dynamic_range == "sdr" else (9, 16, 9),
        )
        for each in RUNGS
    }
    rates = dict.fromkeys(written, Rates(100, 200))
    mpd = etree.fromstring(manifest(title(*RUNGS), written, rates, 2.0))
    sets = mpd.findall(f"{NS}Period/{NS}AdaptationSet")
    assert [each.get("selectionPriority") for each in sets] == ["1", "2", "3"]
    ranked = [
        {r.get("id"): r.get("qualityRanking") for r in each.findall(f"{NS}Representation")}
        for each in sets
    ]
    assert ranked == [
        {"h264-low": "2", "h264-top": "1"},
        {"hevc-low": "1"},
        {"av1-low": "2", "av1-top": "1"},
    ]
    scheme = "urn:mpeg:mpegB:cicp:"
    needed = [
        [(p.get("schemeIdUri"), p.get("value")) for p in each.findall(f"{NS}EssentialProperty")]
        for each in sets
    ]
    wide = [
        (f"{scheme}ColourPrimaries", "9"),
        (f"{scheme}TransferCharacteristics", "16"),
        (f"{scheme}MatrixCoefficients", "9"),
    ]
    assert needed == [[], wide, wide]
    # The schema wants them before captions, and those before the representations.
    told = replace(title(*RUNGS), instreams=(Instream("CC1", "en"),))
    of = etree.fromstring(manifest(told, written, rates, 2.0))
    hevc = of.findall(f"{NS}Period/{NS}AdaptationSet")[1]
    kinds = ("EssentialProperty", "Accessibility", "Representation")
    assert list(dict.fromkeys(each.tag for each in hevc)) == [f"{NS}{kind}" for kind in kinds]
