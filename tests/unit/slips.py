"""Slips in a generation, small ones and such on the very edge of what a rule lets pass.

What the rules say of each is recorded in `generation/objections.json`, where some say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from qc.conformance.expectations import Expectations
from tests.media.spoiled import (
    MASTER,
    MPD,
    TOP,
    Case,
    Expect,
    Spoil,
    edit,
    later,
    unchanged,
    with_file,
)
from tests.media.test_conformance_media import CASES as MEDIA_CASES
from tests.media.test_conformance_playlists import CASES as PLAYLIST_CASES

TEXT = "text-en"
BANDWIDTH_OF_TOP = r"(BANDWIDTH=)\d+(,AV\S*320x180)"


def all_of(*spoils: Spoil) -> Spoil:
    def spoil(root: Path) -> None:
        for each in spoils:
            each(root)

    return spoil


def lines_without(name: str, words: str) -> Spoil:
    """Take the lines with `words` in them out of a text file."""
    return edit(name, f"(?m)^.*{re.escape(words)}.*\n", "", count=99)


def rewritten(name: str, write: Callable[[str], str]) -> Spoil:
    return lambda root: (root / name).write_text(write((root / name).read_text("utf-8")), "utf-8")


def lasting(seconds: str) -> Expect:
    return lambda expected: replace(expected, duration_s=Fraction(seconds))


def video(**changes: Any) -> Expect:
    """Expect something else of the top rung."""
    return lambda e: replace(e, videos=(*e.videos[:-1], replace(e.videos[-1], **changes)))


def caption(**changes: Any) -> Expect:
    """Expect something else of the first text track."""
    return lambda e: replace(e, texts=(replace(e.texts[0], **changes), *e.texts[1:]))


def nothing_at_all(expected: Expectations) -> Expectations:
    return replace(expected, videos=(), audios=(), texts=())


MULTIVARIANT: dict[str, Spoil] = {
    "no BANDWIDTH": edit(MASTER, r":BANDWIDTH=\d+,AV", ":AV"),
    "no AVERAGE-BANDWIDTH": edit(MASTER, r",AVERAGE-BANDWIDTH=\d+", ""),
    "no RESOLUTION": edit(MASTER, ",RESOLUTION=320x180", ""),
    "a BANDWIDTH of zero": edit(MASTER, r":BANDWIDTH=\d+", ":BANDWIDTH=0"),
    "a BANDWIDTH that is no number": edit(MASTER, r":BANDWIDTH=\d+", ":BANDWIDTH=many"),
    "192 kbit/s at least": edit(MASTER, r":BANDWIDTH=\d+", ":BANDWIDTH=192000", count=99),
    "a bit more than 192 kbit/s": edit(MASTER, r":BANDWIDTH=\d+", ":BANDWIDTH=192001", count=99),
    "a peak 9 % too low": edit(MASTER, BANDWIDTH_OF_TOP, r"\g<1>398000\2"),
    "a peak 11 % too low": edit(MASTER, BANDWIDTH_OF_TOP, r"\g<1>390000\2"),
    "a peak 9 % too high": edit(MASTER, BANDWIDTH_OF_TOP, r"\g<1>476000\2"),
    "a peak 12 % too high": edit(MASTER, BANDWIDTH_OF_TOP, r"\g<1>492000\2"),
    "variants without sound": edit(MASTER, r',AUDIO="[^"]*"', "", count=99),
    "no variant of the top rung": edit(MASTER, "(?m)^#EXT-X-STREAM.*\nh264-180p.*\n", "", count=9),
    "no variants with surround sound": edit(
        MASTER, '(?m)^#EXT-X-STREAM.*AUDIO="audio-surround".*\n.*\n', "", count=9
    ),
    "no I-frame playlists": lines_without(MASTER, "I-FRAME-STREAM"),
    "no renditions": lines_without(MASTER, "#EXT-X-MEDIA"),
    "no chapters": lines_without(MASTER, "SESSION-DATA"),
    "a subtitle codec": edit(MASTER, "mp4a.40.2", "mp4a.40.2,wvtt"),
    "another profile of AAC": edit(MASTER, "mp4a.40.2", "mp4a.40.5"),
    "capitals in a codec": edit(MASTER, "avc1.4d4015", "avc1.4D4015", count=9),
    "another codec": edit(MASTER, "avc1.4d4015", "avc1.4d4016", count=9),
    "no codecs": edit(MASTER, 'CODECS="[^"]*",', "", count=99),
    "a rate that is no number": edit(MASTER, "60.000", "sixty", count=9),
    "a rate in other digits": edit(MASTER, "60.000", "60", count=9),
    "PQ on every variant": edit(MASTER, ",AUDIO", ",VIDEO-RANGE=PQ,AUDIO", count=9),
    "an absolute path": edit(MASTER, "(?m)^h264-72p", "/h264-72p"),
    "an URL": edit(MASTER, "(?m)^h264-72p", "https://cdn/h264-72p"),
    "a default without AUTOSELECT": edit(MASTER, "YES,AUTOSELECT=YES", "YES", count=9),
    "no NAME": edit(MASTER, 'NAME="Deutsch",', "", count=2),
    "no LANGUAGE anywhere": edit(MASTER, 'LANGUAGE="..",', "", count=99),
    "a language nobody determined": edit(MASTER, '"de"', '"und"', count=9),
    "subtitles that select themselves twice": edit(MASTER, ',CHARACTERISTICS="[^"]*"', ""),
    "subtitles that do not": edit(MASTER, "AUTOSELECT=YES,FORCED=NO", "AUTOSELECT=NO,FORCED=NO"),
    "two subtitles that are on": edit(MASTER, "DEFAULT=NO(.*FORCED)", r"DEFAULT=YES\1", count=2),
    "forced subtitles that are not": edit(MASTER, "FORCED=YES", "FORCED=NO"),
    "subtitles that are forced": edit(MASTER, "FORCED=NO", "FORCED=YES"),
    "forced subtitles without a language": edit(MASTER, 'LANGUAGE="de"(,.*FORCED=YES)', r"\1"),
}
PLAYLISTS: dict[str, Spoil] = {
    "an EVENT playlist": edit(f"{TOP}/playlist.m3u8", ":VOD", ":EVENT"),
    "I-frames without an end": lines_without(f"{TOP}/iframes.m3u8", "ENDLIST"),
    "a segment of 1.499 s": edit(f"{TEXT}/playlist.m3u8", "EXTINF:1.0", "EXTINF:1.499"),
    "a segment of 1.5 s": edit(f"{TEXT}/playlist.m3u8", "EXTINF:1.000000", "EXTINF:1.5"),
    "0.1 s of drift": edit(f"{TOP}/playlist.m3u8", "EXTINF:1.000000", "EXTINF:1.1"),
    "0.101 s of drift": edit(f"{TOP}/playlist.m3u8", "EXTINF:1.000000", "EXTINF:1.101"),
    "0.1 s of drift the other way": edit(f"{TOP}/playlist.m3u8", "EXTINF:1.0000", "EXTINF:0.9"),
    "no audio listed at all": lines_without("audio-2-stereo/playlist.m3u8", "m4s"),
    "no map": lines_without(f"{TOP}/playlist.m3u8", "EXT-X-MAP"),
    "the map of another track": edit(f"{TOP}/playlist.m3u8", "init", "../h264-72p/init"),
    "a segment twice": edit(f"{TOP}/playlist.m3u8", "00002", "00001"),
    "an I-frame 0.1 s away": edit(f"{TOP}/iframes.m3u8", "0.500000", "0.6"),
    "an I-frame 0.102 s away": edit(f"{TOP}/iframes.m3u8", "0.500000", "0.602"),
    "an I-frame early by 0.102 s": edit(f"{TOP}/iframes.m3u8", "0.500000", "0.398"),
    "an I-frame a byte later": edit(f"{TOP}/iframes.m3u8", "@96", "@97"),
    "an I-frame a byte shorter": edit(f"{TOP}/iframes.m3u8", ":4093@", ":4092@"),
    "I-frames in no ranges": lines_without(f"{TOP}/iframes.m3u8", "BYTERANGE"),
    "a rung without I-frames and an I-frame elsewhere in the next": all_of(
        lambda root: (root / "h264-72p" / "iframes.m3u8").unlink(),
        edit(f"{TOP}/iframes.m3u8", "@96", "@97"),
        edit(f"{TOP}/iframes.m3u8", "0.500000", "0.602"),
    ),
    "an I-frame left out": edit(f"{TOP}/iframes.m3u8", "#EXTINF.*\n.*17298\n.*\n", ""),
    "a target of 2 s in one": edit(f"{TOP}/playlist.m3u8", "DURATION:1", "DURATION:2"),
    "a target of 2 s in all": lambda root: [
        edit(path.relative_to(root).as_posix(), "DURATION:1", "DURATION:2")(root)
        for path in root.glob("*/*.m3u8")
    ],
}
MANIFEST: dict[str, Spoil] = {
    "a millisecond longer": edit(MPD, "PT3.333334S", "PT3.334333S"),
    "two milliseconds longer": edit(MPD, "PT3.333334S", "PT3.335334S"),
    "two milliseconds shorter": edit(MPD, "PT3.333334S", "PT3.331S"),
    "minutes and hours": edit(MPD, "PT3.333334S", "PT1H2M3.333334S"),
    "a shorter buffer": edit(MPD, 'minBufferTime="PT2.0S"', 'minBufferTime="PT0.01S"'),
    "a picture of another height": edit(MPD, ' height="180"', ' height="100"'),
    "another codec": edit(MPD, "avc1.4d4015", "avc1.4d4016"),
    "another codec of sound": edit(MPD, "mp4a.40.2", "ec-3"),
    "no codec": edit(MPD, ' codecs="avc1.4d4015"', ""),
    "no language": edit(MPD, ' lang="de"', ""),
    "a track in no language": edit(MPD, 'text" mimeType="application/mp4" lang="en"', 'text"'),
    "captions that are forced": edit(MPD, '"caption"', '"forced-subtitle"'),
    "subtitles that are forced": edit(MPD, 'value="subtitle"', 'value="forced-subtitle"'),
    "another initialization": edit(MPD, "h264-180p/init.mp4", "h264-108p/init.mp4"),
    "other segments": edit(MPD, r"h264-180p/\$Number%05d\$.m4s", "h264-108p/$Number%05d$.m4s"),
    "segments from the second on": edit(MPD, 'startNumber="1"', 'startNumber="2"'),
    "a segment start a millisecond off": edit(MPD, '46080" d="5120"', '46095" d="5120"'),
    "a segment start two milliseconds off": edit(MPD, '46080" d="5120"', '46111" d="5120"'),
    "half a second of text less": edit(MPD, '0" d="1000" r="3"', '0" d="708.5" r="3"'),
    "a segment less of text": edit(MPD, 'd="1000" r="3"', 'd="1000" r="2"'),
    "a segment less of picture": edit(MPD, '\\s*<S t="46080" d="5120"/>', ""),
    "no text": edit(MPD, '<AdaptationSet contentType="text"(?:.*\n)*?.*</AdaptationSet>', ""),
    "no sound": edit(
        MPD, '<AdaptationSet contentType="audio"(?:.*\n)*?.*</AdaptationSet>', "", count=9
    ),
}
FILES: dict[str, Spoil] = {
    "no picture": lambda root: (root / TOP / "init.mp4").unlink(),
    "half a header": lambda root: (root / TOP / "init.mp4").write_bytes(
        (root / TOP / "init.mp4").read_bytes()[:400]
    ),
    "an empty segment": lambda root: (root / TOP / "00002.m4s").write_bytes(b""),
    "a header in place of a segment": lambda root: (root / TOP / "00002.m4s").write_bytes(
        (root / TOP / "init.mp4").read_bytes()
    ),
    "sound 49 ms late": later("audio-2-stereo/00001.m4s", 3376),
    "sound 51 ms late": later("audio-2-stereo/00001.m4s", 3472),
    "pictures 49 ms late": all_of(*(later(f"{TOP}/0000{n}.m4s", 752) for n in range(1, 5))),
    "pictures 51 ms late": all_of(*(later(f"{TOP}/0000{n}.m4s", 784) for n in range(1, 5))),
    "the last segment elsewhere": later(f"{TOP}/00004.m4s", 1),
    "text that is none": rewritten(f"{TEXT}/00002.vtt", lambda text: text.replace("WEBVTT", "VTT")),
    "another anchor": edit(f"{TEXT}/00002.vtt", "MPEGTS:0", "MPEGTS:9000"),
    "a note in place of a cue": edit(f"{TEXT}/00002.vtt", "(?m)^0.*$", "NOTE"),
    "a cue of its own": rewritten(f"{TEXT}/00001.vtt", lambda text: text.replace("Hello", "Bye")),
    "a cue that ends a millisecond too early": edit(
        f"{TEXT}/00003.vtt", "00.900 --> 00:00:02.100", "00.900 --> 00:00:01.999"
    ),
    "a cue that ends two milliseconds too early": edit(
        f"{TEXT}/00003.vtt", "00.900 --> 00:00:02.100", "00.900 --> 00:00:01.998"
    ),
    "a cue that starts a millisecond too late": edit(
        f"{TEXT}/00001.vtt", "00.900 --> 00:00:02.100", "01.001 --> 00:00:02.100"
    ),
    "a cue that starts two milliseconds too late": edit(
        f"{TEXT}/00001.vtt", "00.900 --> 00:00:02.100", "01.002 --> 00:00:02.100"
    ),
    "four strange files": all_of(*(with_file(f"{n}.m4s") for n in range(4))),
}
EXPECTED: dict[str, Expect] = {
    "a title just a millisecond shorter": lasting("3.332334"),
    "a title half a second longer": lasting("3.833333"),
    "a title 501 ms longer": lasting("3.834334"),
    "a title half a second shorter": lasting("2.833334"),
    "a title much shorter": lasting("1"),
    "nothing": nothing_at_all,
    "a rung nobody made": video(rung="h264-360p"),
    "a rung of another width": video(width=322),
    "a rung of another height": video(height=182),
    "a rung of another rate": video(fps=Fraction(50)),
    "a frame less": video(frames=199),
    "no cues": caption(cues=0),
    "a cue less": caption(cues=1),
    "text nobody delivers": caption(dropped="it is empty"),
    "text in another language": caption(language="fr"),
    "text that is forced": caption(forced=True),
    "text with another name": caption(name="text-fr"),
    "captions that are forced": lambda e: replace(
        e, texts=(e.texts[0], replace(e.texts[1], forced=True), e.texts[2])
    ),
    "sound in another language": lambda e: replace(
        e, audios=(replace(e.audios[0], language="fr"), *e.audios[1:])
    ),
}
CASES = [
    *PLAYLIST_CASES,
    *MEDIA_CASES,
    *(Case("multivariant", "warn", name, spoil) for name, spoil in MULTIVARIANT.items()),
    *(Case("playlists", "warn", name, spoil) for name, spoil in PLAYLISTS.items()),
    *(Case("manifest", "warn", name, spoil) for name, spoil in MANIFEST.items()),
    *(Case("files", "warn", name, spoil) for name, spoil in FILES.items()),
    *(Case("expected", "warn", name, unchanged, expect) for name, expect in EXPECTED.items()),
]
