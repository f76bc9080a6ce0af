"""Rules about how pictures are coded: each passes what is right, and each can fail."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from farm.facts import EncodedVideo
from media.isobmff.header import Header
from media.isobmff.obus import FRAME, SEQUENCE_HEADER, Obu, read_obus
from qc.conformance import coded, segments, variants
from qc.conformance.expectations import Expectations
from qc.conformance.hls import Multivariant, Variant
from qc.conformance.presentation import Presentation
from qc.conformance.rule import Finding, Rule
from tests.unit import presented
from tests.unit.presented import HEADER, fragment, listed, media_file, presentation, title, track

PQ = replace(HEADER, codec="hvc1.2.4.L63.90", transfer=16, primaries=9, matrix=9, bit_depth=10)
SDR = replace(HEADER, transfer=1, primaries=1, matrix=1, bit_depth=8)
AV1 = "av01.0.01M.10"
# Rules that the tests below show objecting: a generation in H.264 alone has nothing for them.
OBJECTING = (coded.score, coded.depth, coded.cicp, coded.in_the_entry, coded.av1_colour)
CICP = {"ColourPrimaries": "9", "TransferCharacteristics": "16", "MatrixCoefficients": "9"}


def held(*headers: Header, offers: tuple[dict[str, str], ...] = (), **listing: Any) -> Presentation:
    """Return a presentation of tracks "v0", "v1" ... with what their variants say."""
    tracks = [
        track(
            f"v{number}",
            presented.segments(1000),
            header=header,
            representation=listed(
                f"v{number}",
                1000,
                codecs=header.codec,
                bandwidth_bps=1000 * (number + 1),
                **listing,
            ),
        )
        for number, header in enumerate(headers)
    ]
    said = tuple(Variant(f"v{n}/playlist.m3u8", each) for n, each in enumerate(offers))
    return presentation(*tracks, multivariant=Multivariant(True, (), (), said, ()))


def video(name: str, **changes: object) -> EncodedVideo:
    given = EncodedVideo(name, "hevc", 640, 360, Fraction(25), 1, "cpu", 10, "hdr10")
    return replace(given, **changes)  # type: ignore[arg-type]


def expecting(*videos: EncodedVideo) -> Expectations:
    return replace(title(), videos=videos)


def found(rule: Rule, of: Presentation, *videos: EncodedVideo) -> Finding:
    return rule.examine(of, expecting(*videos))


def test_hdr_beside_sdr_is_said_of_every_variant_and_i_frame_playlist() -> None:
    right = held(SDR, PQ, offers=({"VIDEO-RANGE": "SDR"}, {"VIDEO-RANGE": "PQ"}))
    assert found(coded.video_range, right) == Finding("PQ, SDR", [], [])
    silent = held(SDR, PQ, offers=({}, {"VIDEO-RANGE": "PQ"}))
    assert found(coded.video_range, silent).advised == [
        "v0/playlist.m3u8 is SDR beside HDR and does not say so"
    ]
    alone = held(PQ, offers=({"VIDEO-RANGE": "PQ"},))
    assert found(coded.video_range, alone).advised == [
        "no variant is SDR, which devices without HDR need (Apple 1.24)"
    ]
    iframes = replace(right.multivariant, iframe_variants=({"URI": "v1/iframes.m3u8"},))
    assert found(coded.video_range, replace_master(right, iframes)).broken == [
        "v1/iframes.m3u8 is PQ and declares SDR"
    ]


def replace_master(of: Presentation, multivariant: Multivariant) -> Presentation:
    return presentation(*of.tracks, multivariant=multivariant)


@pytest.mark.parametrize(
    ("scores", "broken", "advised"),
    [
        ((None, None), [], []),
        (("70", "80"), [], []),
        (("80.9", "80"), [], []),  # a little less, where a source has no more to give
        (("81.1", "80"), [], ["v1 scores 80, v0 with fewer bits 81.1"]),
        (("70", None), ["v1 has none, others do"], []),
        (("0", "80"), ["v0 has SCORE=0"], []),
        (("good", "80"), ["v0 has SCORE=good"], []),
    ],
)
def test_a_score_is_above_zero_for_all_or_none_and_grows_with_bits(
    scores: tuple[str | None, str | None], broken: list[str], advised: list[str]
) -> None:
    offers = tuple({} if score is None else {"SCORE": score} for score in scores)
    seen = found(coded.score, held(PQ, PQ, offers=offers), video("v0"), video("v1"))
    assert (list(seen.broken), list(seen.advised)) == (broken, advised)


def test_of_two_codecs_the_one_with_fewer_bits_may_score_more() -> None:
    offers = ({"SCORE": "90"}, {"SCORE": "80"})
    of = held(PQ, SDR, offers=offers)
    seen = found(coded.score, of, video("v0"), video("v1", codec="h264", dynamic_range="sdr"))
    assert seen == Finding("v1 80 < v0 90", [], [])


@pytest.mark.parametrize(
    ("header", "made", "broken"),
    [
        (PQ, video("v0"), []),
        (replace(PQ, transfer=18), video("v0", dynamic_range="hlg"), []),
        (SDR, video("v0", bit_depth=8, dynamic_range="sdr"), []),
        (replace(PQ, bit_depth=8), video("v0"), ["v0 was made with 10 bits, it has 8"]),
        (replace(PQ, transfer=18), video("v0"), ["v0 is hdr10 and its colours say (9, 18, 9)"]),
        (replace(PQ, primaries=1), video("v0"), ["v0 is hdr10 and its colours say (1, 16, 9)"]),
        (PQ, video("v0", dynamic_range="sdr"), ["v0 is SDR and says it is PQ"]),
    ],
)
def test_pictures_have_the_depth_and_range_they_were_made_in(
    header: Header, made: EncodedVideo, broken: list[str]
) -> None:
    assert found(coded.depth, held(header), made).broken == broken


def test_the_mpd_names_what_a_player_must_know_of_hdr() -> None:
    assert found(coded.cicp, held(PQ, cicp=CICP)) == Finding("1 HDR representations", [])
    assert found(coded.cicp, held(SDR)) == Finding("0 HDR representations", [])
    assert found(coded.cicp, held(PQ)).broken == [
        "the MPD says nothing of v0, not ColourPrimaries 9, MatrixCoefficients 9,"
        " TransferCharacteristics 16"
    ]
    wrong = found(coded.cicp, held(PQ, cicp={**CICP, "TransferCharacteristics": "18"}))
    assert len(wrong.broken) == 1


def test_parameter_sets_among_the_samples_are_refused() -> None:
    assert found(coded.in_the_entry, held(PQ, SDR)) == Finding("avc1, hvc1", broken=[])
    hev1 = replace(PQ, codec="hev1.2.4.L63.90")
    assert found(coded.in_the_entry, held(hev1)).broken == ["v0 is hev1"]


def test_colours_in_an_av01_string_are_those_of_the_samples() -> None:
    header = replace(PQ, codec=AV1)

    def told(codecs: str) -> Finding:
        of = held(header)
        [track] = of.tracks
        assert track.representation is not None
        renamed = replace(track.representation, codecs=codecs)
        return found(coded.av1_colour, presentation(replace(track, representation=renamed)))

    assert told(AV1) == Finding("0 av01 strings with colours", [])
    assert told(f"{AV1}.0.111.09.16.09.0") == Finding("1 av01 strings with colours", [])
    wrong = f"{AV1}.0.111.01.01.01.0"
    assert told(wrong).broken == [f"{wrong} of v0 is not what its colr box says"]


@pytest.mark.parametrize(
    ("header", "stated", "same"),
    [
        ("hvc1.2.4.L63.90", "hvc1.2.4.L63.90", True),
        ("hvc1.2.4.L63.90", "hvc1.2.4.l63.90", True),
        ("hvc1.2.4.L63.90", "hev1.2.4.L63.90", False),
        ("hvc1.2.4.L63.90", "hvc1.1.6.L63.90", False),
        (AV1, f"{AV1}.0.111.09.16.09.0", True),
        (AV1, "av01.0.01M.08", False),
        (AV1, "av01.0.05M.10", False),
    ],
)
def test_codecs_are_told_to_their_depth(header: str, stated: str, same: bool) -> None:
    of = held(replace(PQ, codec=header), offers=({"CODECS": stated},))
    assert (found(variants.codecs, of).broken == []) == same


def nal(kind: int) -> bytes:
    return (3).to_bytes(4, "big") + bytes([kind << 1, 1, 0x80])


@pytest.mark.parametrize(
    ("sample", "codec", "why"),
    [
        (nal(39) + nal(19), PQ.codec, ""),
        (nal(20), PQ.codec, ""),
        (nal(21), PQ.codec, "starts with NAL units of types (21,), no IDR slice"),  # a CRA
        (nal(1) + nal(19), PQ.codec, "starts with NAL units of types (1, 19), no IDR slice"),
        (b"\x12\x00\x0a\x01\x00\x32\x02\x10\x00", AV1, ""),
        (b"\x12\x00\x0a\x01\x00\x32\x02\x30\x00", AV1, "of types (2, 1, 6), no key frame"),
        (b"\x12\x00\x32\x02\x10\x00", AV1, "a temporal unit that has no sequence header"),
        (b"\x0a", AV1, "has a damaged first sample"),
    ],
)
def test_every_segment_starts_where_a_decoder_can(
    sample: bytes, codec: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "1.m4s").write_bytes(sample)
    media = media_file(str(tmp_path / "1.m4s"), fragment(0, 1000, sizes=[len(sample)]))
    of = presentation(track("v", [media], header=replace(PQ, codec=codec)))
    broken = found(segments.idr_start, of).broken
    assert len(broken) == bool(why)
    assert all(why in sentence for sentence in broken)


def test_a_sample_is_read_unit_by_unit_up_to_its_first_frame(tmp_path: Path) -> None:
    file = tmp_path / "sample"
    file.write_bytes(b"..\x0e\x00\x81\x01" + bytes(129) + b"\x32\x01\x80\x32\x01\x10")
    assert read_obus(file, 2, 200) == (Obu(SEQUENCE_HEADER), Obu(FRAME, None))
