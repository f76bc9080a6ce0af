"""Subtitles and chapters to mutate, of every kind that is read."""

from __future__ import annotations

from tests.fuzz.anatomy import Anatomy, lines, records

SRT = """1
00:00:00,100 --> 00:00:00,600
<i>Grüße</i> & <font color="red">more</font>

2
00:00:00,700 --> 00:00:01,300
{\\an8}second
line

3
00:00:01,300 --> 00:00:09,000
third
"""
VTT = """WEBVTT - title

STYLE
::cue { color: red }

NOTE a comment

REGION
id:top
lines:3
regionanchor:0%,0%
viewportanchor:10%,10%

one
00:00.100 --> 00:00.600 line:0,end position:20%,line-left align:start size:60%
<v Emo>Grüße</v> &amp; <ruby>base<rt>text</rt></ruby>

00:00.700 --> 00:01.300 region:top vertical:rl
<c.red>a <00:00.900>b</c>

"""
ASS = """[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Alignment, MarginL, MarginR, MarginV
Style: Default,Arial,20,&H00FFFFFF,0,0,2,10,10,10
Style: Top,Arial,20,&H00FFFFFF,-1,0,8,10,10,10

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.10,0:00:00.60,Default,,0,0,0,,{\\an8\\b1\\pos(100,20)}Grüße\\Nmore
Dialogue: 0,0:00:00.70,0:00:01.30,Top,,0,0,0,,{\\k20}ka{\\k30}ra{\\p1}m 0 0 l 9 9{\\p0}
Comment: 0,0:00:00.70,0:00:01.30,Top,,0,0,0,,nothing
"""
TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xml:lang="de" ttp:frameRate="25"
    ttp:tickRate="10000000" ttp:cellResolution="32 15">
  <head>
    <styling><style xml:id="s1" tts:fontStyle="italic" tts:color="red"/></styling>
    <layout><region xml:id="top" tts:origin="10% 5%" tts:extent="80% 20%"/></layout>
  </head>
  <body begin="0s">
    <div>
      <p begin="00:00:00.100" end="00:00:00:15" region="top" style="s1">Grüße<br/>more</p>
      <p begin="7000000t" dur="0.6s"><span tts:ruby="container"><span tts:ruby="base">a</span><span
        tts:ruby="text">b</span></span> &amp; c</p>
      <p begin="1.3s" end="9s" xml:lang="en" tts:display="none">hidden</p>
    </div>
  </body>
</tt>
"""
SCC = """Scenarist_SCC V1.0

00:00:00:03\t9420 9420 9470 9470 5468 e520 6be5 f4f4 6ce5 942f 942f

00:00:00:20\t9420 9420 9140 9140 73e9 6e67 73ae 942f 942f

00:00:01:10\t942c 942c

"""
MICRODVD = "{1}{1}25\n{3}{15}{y:i}Grüße|more\n{18}{32}{c:$0000ff}second\n{33}{200}third\n"
MPL2 = "[1][6]/Grüße|more\n[7][13]second\n[14][90]third\n"


def _stl() -> bytes:
    """Return EBU STL (Tech 3264) of two subtitles at 25 frames a second, in Latin."""
    head = (b"850STL25.01" + b"000" + b"09").ljust(238) + b"0000200002001"
    head += b"4023" + b"1" + b"00000000" + b"00000000" + b"11"
    return head.ljust(1024) + _subtitle(0, 3, 15, b"first") + _subtitle(1, 18, 32, b"second")


def _subtitle(number: int, start: int, end: int, text: bytes) -> bytes:
    times = bytes([0, 0, *divmod(start, 25), 0, 0, *divmod(end, 25)])
    head = b"\x00" + number.to_bytes(2, "little") + b"\xff\x00" + times + bytes([20, 2, 0])
    return (head + text).ljust(128, b"\x8f")


TEXTS: dict[str, tuple[Anatomy, bytes]] = {
    **{
        name: (lines, text.encode())
        for name, text in {
            **{"srt": SRT, "vtt": VTT, "ass": ASS, "ttml": TTML, "scc": SCC},
            **{"sub": MICRODVD, "mpl": MPL2},
        }.items()
    },
    "stl": (records, _stl()),
}
CHAPTERS_JSON = b"""{"chapters": [
{"start": 0, "end": 0.7, "title": "One"},
{"start": "00:00:00.700", "title": {"en": "Two", "de": "Zwei"}},
{"time_base": "1/1000", "start_time": "1.1", "end_time": "1.5", "tags": {"title": "Three"}}
]}
"""
CHAPTERS_META = b";FFMETADATA1\ntitle=A film\n" + b"".join(
    b"[CHAPTER]\nTIMEBASE=1/1000\nSTART=%d\nEND=%d\ntitle=Part %d\n" % each
    for each in ((0, 700, 1), (700, 1500, 2))
)
CHAPTERS_VTT = b"WEBVTT\n\n00:00.000 --> 00:00.700\nOne\n\n00:00.700 --> 00:01.500\nZwei\n"
