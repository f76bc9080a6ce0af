"""Captions that stay inside the pictures: how manifests name them, and what rules hold of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from farm.captions import Instream
from media.captions.carried import Carried
from media.packaging.instreams import descriptors
from media.packaging.mpd import manifest
from media.packaging.multivariant import multivariant
from media.packaging.rates import Rates
from qc.conformance.expectations import Expectations
from qc.conformance.hls import read_multivariant
from qc.conformance.instream import kept, named
from qc.conformance.mpd import read_mpd
from qc.conformance.presentation import Presentation
from qc.conformance.renditions import groups
from tests.line21 import carried, pop_on, schedule, sei
from tests.unit.presented import fragment, media_file, presentation, track
from tests.unit.test_packaging_multivariant import MEASURED, TITLE
from tests.unit.test_packaging_playlists import track as written

INSTREAMS = (Instream("CC1", "en"), Instream("CC3", "es-419"), Instream("SERVICE2", "en"))
CAPTIONED = replace(TITLE, audios=(), texts=(), chapters=(), instreams=INSTREAMS)
SECOND = Fraction(1)
EXPECTED = Expectations(SECOND, SECOND, (), (), (), INSTREAMS)


def playlist() -> str:
    return multivariant(CAPTIONED, MEASURED)


def mpd() -> bytes:
    tracks = {rung.name: written(rung.name, "video", "avc1", 1000, [1000]) for rung in TITLE.rungs}
    return manifest(CAPTIONED, tracks, dict.fromkeys(tracks, Rates(100, 200)), 2.0)


def presented(hls: str, dash: bytes) -> Presentation:
    return presentation(multivariant=read_multivariant(hls), mpd=read_mpd(dash))


def test_hls_names_captions_as_a_group_of_every_variant() -> None:
    lines = playlist().splitlines()
    media = '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="captions",NAME='
    assert [line for line in lines if "TYPE=CLOSED" in line] == [
        f'{media}"English (CC1)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,INSTREAM-ID="CC1"',
        f'{media}"Español (Latinoamérica)",LANGUAGE="es-419",DEFAULT=NO,AUTOSELECT=YES,'
        'INSTREAM-ID="CC3"',
        f'{media}"English (SERVICE2)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,'
        'INSTREAM-ID="SERVICE2"',
    ]
    variants = [line for line in lines if "EXT-X-STREAM-INF" in line]
    assert len(variants) == 3
    assert all(line.endswith(',CLOSED-CAPTIONS="captions"') for line in variants)


def test_captions_of_no_known_language_go_by_the_name_televisions_use() -> None:
    unknown = replace(CAPTIONED, instreams=(Instream("CC1", "und"),))
    assert 'NAME="CC1",LANGUAGE="und"' in multivariant(unknown, MEASURED)


def test_dash_names_captions_in_descriptors_of_both_kinds() -> None:
    assert descriptors(INSTREAMS) == [
        ("urn:scte:dash:cc:cea-608:2015", "CC1=eng;CC3=spa"),
        ("urn:scte:dash:cc:cea-708:2015", "2=lang:eng"),
    ]
    assert descriptors((Instream("CC2", "und"), Instream("CC4", "de"))) == [
        ("urn:scte:dash:cc:cea-608:2015", "CC2=und;CC4=ger"),
    ]
    assert descriptors(()) == []
    for representation in read_mpd(mpd()).representations:
        assert representation.instreams == ("CC1", "CC3", "SERVICE2")


def test_manifests_that_name_what_is_there_pass() -> None:
    both = presented(playlist(), mpd())
    assert named.examine(both, EXPECTED).broken == []
    assert named.check(both, EXPECTED).evidence == "CC1, CC3, SERVICE2 named by both"
    assert [said for said in groups.examine(both, EXPECTED).broken if "captions" in said] == []


@pytest.mark.parametrize(
    ("old", "new", "objections"),
    [
        ('INSTREAM-ID="CC3"', 'INSTREAM-ID="CC4"', ["HLS names CC1, CC4, SERVICE2 instead of"]),
        ('LANGUAGE="es-419"', 'LANGUAGE="pt"', ["HLS names CC1, CC3, SERVICE2 instead of"]),
        ('CLOSED-CAPTIONS="captions"', "CLOSED-CAPTIONS=NONE", ["mid/playlist.m3u8 does not name"]),
        ("CC3=spa", "CC2=spa", ["DASH names CC1, CC2, SERVICE2 for"] * 3),
    ],
)
def test_a_manifest_that_names_others_is_objected_to(
    old: str, new: str, objections: list[str]
) -> None:
    hls, dash = playlist().replace(old, new, 1), mpd().decode().replace(old, new, 1)
    broken = named.examine(presented(hls, dash.encode()), EXPECTED).broken
    assert len(broken) == len(objections)
    assert all(start in said for start, said in zip(objections, broken, strict=True))


def test_captions_nobody_asked_to_keep_must_not_be_named() -> None:
    broken = named.examine(presented(playlist(), mpd()), replace(EXPECTED, instreams=())).broken
    assert len(broken) == 7  # the playlist, its three variants, three representations


def test_a_group_of_captions_no_variant_uses_is_dangling() -> None:
    unused = playlist().replace('CLOSED-CAPTIONS="captions"', "CLOSED-CAPTIONS=NONE")
    assert (
        "no variant uses the CLOSED-CAPTIONS group captions"
        in groups.examine(presented(unused, mpd()), EXPECTED).broken
    )


SENT = schedule([(5, "CC1", pop_on("The kettle sings.")), (35, "CC1", pop_on("So?"))], 60)
WANTED = tuple(picture for picture in carried(SENT))
RATE = Fraction(30000, 1001)


def in_segments(folder: Path, pictures: list[list[bytes]]) -> Presentation:
    """Return a track of two segments, a second each, whose samples carry these threes."""
    files = []
    for number in (0, 1):
        samples = [_sample(threes) for threes in pictures[30 * number : 30 * number + 30]]
        path = folder / f"{number}.m4s"
        path.write_bytes(b"".join(samples))
        sizes = [len(sample) for sample in samples]
        start = 1000 * number
        files.append(
            replace(
                media_file(str(path), fragment(start, *[33] * 30, sizes=sizes)),
            )
        )
    return presentation(track("top", files))


def _sample(threes: list[bytes]) -> bytes:
    units = ([sei(threes)[4:]] if threes else []) + [b"\x06\x05\x01\x00\x80", b"\x65\x88\x84"]
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def keeping(carried: tuple[Carried, ...]) -> Expectations:
    return replace(EXPECTED, carried=carried)


def lines_of(pictures: tuple[Carried, ...]) -> tuple[Carried, ...]:
    """Return what an analysis would have written down of pictures."""
    from media.captions.carried import read_carried
    from media.captions.carried import written as lines

    return tuple(read_carried(lines(pictures)))


def test_renditions_that_carry_what_the_source_did_pass(tmp_path: Path) -> None:
    found = kept.check(in_segments(tmp_path, SENT), keeping(lines_of(WANTED)))
    assert (found.outcome, found.evidence) == ("pass", "27 pairs of bytes in every rendition")


def test_captions_that_are_lost_doubled_or_late_are_objected_to(tmp_path: Path) -> None:
    expected = keeping(lines_of(WANTED))
    lost = [threes if number != 40 else [] for number, threes in enumerate(SENT)]
    doubled = [*SENT[:50], *SENT[40:50]]
    late = [*[[]] * 20, *SENT[:40]]
    assert kept.examine(in_segments(tmp_path, lost), expected).broken == [
        "top lost 1 of 27 pairs and has 0 of its own"
    ]
    assert (
        "top lost 0 of 27 pairs and has"
        in kept.examine(in_segments(tmp_path, doubled), expected).broken[0]
    )
    assert (
        "pairs before 1.0 s, not 17"
        in kept.examine(in_segments(tmp_path, late), expected).broken[0]
    )


def test_samples_that_end_early_are_objected_to(tmp_path: Path) -> None:
    cut = in_segments(tmp_path, SENT)
    (tmp_path / "1.m4s").write_bytes(b"\0\0")
    assert (
        "cannot be read: 1.m4s ends inside a sample"
        in kept.examine(cut, keeping(lines_of(WANTED))).broken[0]
    )


def test_where_none_are_kept_nothing_is_read() -> None:
    found = kept.check(presentation(), replace(EXPECTED, instreams=()))
    assert (found.outcome, found.evidence) == ("pass", "none are to be kept")
