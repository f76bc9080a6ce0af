"""The DASH manifest: a static MPD over the very segments HLS lists (ISO/IEC 23009-1)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from math import ceil

from lxml import etree

from farm.facts import AudioTrack
from farm.ladder import CODEC_NAMES, Rung
from farm.mediainfo import Chapter
from media.packaging.instreams import descriptors
from media.packaging.rates import Rates
from media.packaging.readback import WrittenTrack
from media.packaging.renditions import Caption, Voice, captions, menu_text, voices
from media.packaging.title import INIT_NAME, Title

NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
PROFILE = "urn:mpeg:dash:profile:isoff-live:2011"
ROLES = "urn:mpeg:dash:role:2011"
CHANNELS = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
AUDIO_PURPOSES = "urn:tva:metadata:cs:AudioPurposeCS:2007"
FOR_VISUALLY_IMPAIRED = "1"  # of AudioPurposeCS
CHAPTERS = "urn:reelfarm:chapters:2026"  # DASH has no scheme of its own: docs/delivery.md
CHAPTER_TIMESCALE = 1000
# Code points of ITU-T H.273 (ISO/IEC 23091-2), as ISO/IEC 23009-1 and DASH-IF name them.
CICP_SCHEME = "urn:mpeg:mpegB:cicp"
CICP = ("ColourPrimaries", "TransferCharacteristics", "MatrixCoefficients")


def manifest(
    title: Title,
    written: Mapping[str, WrittenTrack],
    rates: Mapping[str, Rates],
    min_buffer_s: float,
) -> bytes:
    """Return the MPD of `title`; `written` and `rates` know every track by name."""
    mpd = etree.fromstring(f'<MPD xmlns="{NAMESPACE}"/>')
    mpd.set("profiles", PROFILE)
    mpd.set("type", "static")
    mpd.set("mediaPresentationDuration", xs_duration(title.duration_s))
    mpd.set("minBufferTime", f"PT{min_buffer_s:.1f}S")
    period = _add(mpd, "Period", id="0", start="PT0S")
    if title.chapters:
        _chapters(period, title.chapters)
    for rungs in video_sets(title.rungs):
        _video_set(period, rungs, title, written, rates)
    for voice in voices(title.audios):
        for surround in (False, True):  # no switching between channel layouts in mid-play
            tracks = [track for track in voice.tracks if (track.channels > 2) == surround]
            if tracks:
                _audio_set(period, voice, tracks, written, rates)
    for caption in captions(title.texts):
        _text_set(period, caption, written, rates)
    for index, adaptation_set in enumerate(period.iter(f"{{{NAMESPACE}}}AdaptationSet")):
        adaptation_set.set("id", str(index))
    etree.indent(mpd)
    return etree.tostring(mpd, xml_declaration=True, encoding="UTF-8") + b"\n"


def video_sets(rungs: Sequence[Rung]) -> list[list[Rung]]:
    """Return the rungs among which a player switches: of one codec and one dynamic range.

    What every player shows comes first.
    """
    sets: dict[tuple[bool, int], list[Rung]] = {}
    for rung in rungs:
        place = (rung.dynamic_range != "sdr", CODEC_NAMES.index(rung.codec))
        sets.setdefault(place, []).append(rung)
    return [sets[place] for place in sorted(sets)]


def xs_duration(seconds: Fraction) -> str:
    """Return `seconds` as an xs:duration, exact to the microsecond and never short."""
    micros = ceil(seconds * 1_000_000)
    digits = f"{micros // 1_000_000}.{micros % 1_000_000:06d}".rstrip("0").rstrip(".")
    return f"PT{digits}S"


def _add(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)


def _descriptor(parent: etree._Element, tag: str, scheme: str, value: str) -> None:
    _add(parent, tag, schemeIdUri=scheme, value=value)


def _chapters(period: etree._Element, chapters: Sequence[Chapter]) -> None:
    stream = _add(period, "EventStream", schemeIdUri=CHAPTERS, timescale=str(CHAPTER_TIMESCALE))
    for index, chapter in enumerate(chapters):
        start = round(chapter.start_s * CHAPTER_TIMESCALE)
        event = _add(
            stream,
            "Event",
            id=str(index),
            presentationTime=str(start),
            duration=str(round(chapter.end_s * CHAPTER_TIMESCALE) - start),
        )
        titles = [
            {"language": language, "title": menu_text(text)}
            for language, text in chapter.titles.items()
        ]
        event.text = json.dumps({"titles": titles}, ensure_ascii=False)


def _video_set(
    period: etree._Element,
    rungs: Sequence[Rung],
    title: Title,
    written: Mapping[str, WrittenTrack],
    rates: Mapping[str, Rates],
) -> None:
    largest = max(rungs, key=lambda rung: rung.width * rung.height)
    aspect = Fraction(largest.width, largest.height)
    video = _add(
        period,
        "AdaptationSet",
        contentType="video",
        mimeType="video/mp4",
        par=f"{aspect.numerator}:{aspect.denominator}",
        maxWidth=str(largest.width),
        maxHeight=str(largest.height),
        maxFrameRate=_rate(max(rung.fps for rung in rungs)),
        segmentAlignment="true",
        startWithSAP="1",
    )
    if len({rung.codec for rung in title.rungs}) > 1:
        video.set("selectionPriority", str(1 + CODEC_NAMES.index(rungs[0].codec)))
    if rungs[0].dynamic_range != "sdr":
        for tag, point in zip(CICP, written[rungs[0].name].colour, strict=True):
            # Essential: whoever does not know PQ would show it washed out.
            _descriptor(video, "EssentialProperty", f"{CICP_SCHEME}:{tag}", str(point))
    for scheme, value in descriptors(title.instreams):  # the schema wants them after the others
        _descriptor(video, "Accessibility", scheme, value)
    ranking = sorted(rungs, key=lambda rung: -title.scores.get(rung.name, 0.0))
    for rung in rungs:
        representation = _representation(video, written[rung.name], rates[rung.name])
        if rung.name in title.scores:
            representation.set("qualityRanking", str(1 + ranking.index(rung)))
        representation.set("width", str(rung.width))
        representation.set("height", str(rung.height))
        representation.set("frameRate", _rate(rung.fps))
        representation.set("sar", "1:1")


def _audio_set(
    period: etree._Element,
    voice: Voice,
    tracks: Sequence[AudioTrack],
    written: Mapping[str, WrittenTrack],
    rates: Mapping[str, Rates],
) -> None:
    audio = _add(
        period,
        "AdaptationSet",
        contentType="audio",
        mimeType="audio/mp4",
        lang=voice.language,
        segmentAlignment="true",
        startWithSAP="1",
    )
    _add(audio, "Label").text = voice.name
    if voice.role == "description":
        _descriptor(audio, "Accessibility", AUDIO_PURPOSES, FOR_VISUALLY_IMPAIRED)
    for role in _audio_roles(voice):
        _descriptor(audio, "Role", ROLES, role)
    for track in tracks:
        representation = _representation(audio, written[track.name], rates[track.name])
        representation.set("audioSamplingRate", str(track.sample_rate))
        channels = _add(
            representation,
            "AudioChannelConfiguration",
            schemeIdUri=CHANNELS,
            value=str(track.channels),
        )
        representation.insert(0, channels)  # the schema wants it before the segments


def _audio_roles(voice: Voice) -> list[str]:
    """Return roles of ISO/IEC 23009-1, table 34; "main" is what plays unless a viewer chooses."""
    main = ["main"] if voice.default else []
    told = [voice.role] if voice.role in ("commentary", "description", "dub") else []
    if voice.default and voice.role != "dub":
        return main
    return [*main, *told] or ["alternate"]


def _text_set(
    period: etree._Element,
    caption: Caption,
    written: Mapping[str, WrittenTrack],
    rates: Mapping[str, Rates],
) -> None:
    track = caption.track
    text = _add(
        period,
        "AdaptationSet",
        contentType="text",
        mimeType="application/mp4",
        lang=track.language,
        segmentAlignment="true",
        startWithSAP="1",
    )
    _add(text, "Label").text = caption.name
    # Of lyrics too: the scheme has no word for them, so that their label alone tells them apart.
    role = "forced-subtitle" if track.forced else "subtitle"
    _descriptor(text, "Role", ROLES, "caption" if track.hearing_impaired else role)
    _representation(text, written[track.name], rates[track.name])


def _representation(parent: etree._Element, track: WrittenTrack, rates: Rates) -> etree._Element:
    representation = _add(
        parent,
        "Representation",
        id=track.name,
        codecs=track.codecs,
        bandwidth=str(rates.peak_bps),
    )
    template = _add(
        representation,
        "SegmentTemplate",
        timescale=str(track.timescale),
        initialization=f"{track.name}/{INIT_NAME}",
        media=f"{track.name}/$Number%05d$.m4s",
        startNumber="1",
    )
    timeline = _add(template, "SegmentTimeline")
    start = 0
    for ticks, run in groupby(track.durations_ticks):
        count = len(list(run))
        entry = _add(timeline, "S", t=str(start), d=str(ticks))
        if count > 1:
            entry.set("r", str(count - 1))
        start += ticks * count
    return representation


def _rate(fps: Fraction) -> str:
    return str(fps)  # "30000/1001" and "24" are just what ISO/IEC 23009-1 writes
