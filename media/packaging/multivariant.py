"""The HLS multivariant playlist (RFC 8216, 4.3.4; Apple HLS Authoring Specification 8 and 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farm.ladder import CODEC_NAMES, Rung
from farm.mediainfo import DynamicRange
from media.packaging.instreams import InstreamChoice, instream_menu
from media.packaging.media_playlist import VERSION
from media.packaging.rates import Rates, highest
from media.packaging.renditions import AudioGroup, Caption, audio_groups, captions
from media.packaging.title import CHAPTERS_JSON, IFRAMES_NAME, PLAYLIST_NAME, Title

SUBTITLES_GROUP = "subtitles"
INSTREAM_GROUP = "captions"
# What Apple advises to start with on Wi-Fi (HLS Authoring Specification, video average bit rates).
START_BPS = 2_000_000


VIDEO_RANGES: dict[DynamicRange, str] = {"sdr": "SDR", "hdr10": "PQ", "hlg": "HLG"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What the multivariant playlist says about one track: as written, not as planned."""

    codecs: str
    rates: Rates
    iframe_rates: Rates | None = None


def multivariant(title: Title, measured: Mapping[str, Measured]) -> str:
    """Return the multivariant playlist of `title`; `measured` knows every track by name."""
    groups, menu = audio_groups(title), captions(title.texts)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if title.chapters:
        lines.append(f'#EXT-X-SESSION-DATA:DATA-ID="com.apple.hls.chapters",URI="{CHAPTERS_JSON}"')
    if title.rungs or any(len(group.members) > 1 for group in groups):
        lines += [line for group in groups for line in _audio_media(group)]
    lines += [_subtitle_media(caption) for caption in menu]
    lines += [_instream_media(choice) for choice in instream_menu(title.instreams)]
    variants = (
        _video_variants(title, groups, measured)
        if title.rungs
        else _audio_variants(groups, measured)
    )
    text_rates = highest(measured[text.name].rates for text in title.texts)
    for variant in _start_first(variants):
        lines += _stream_inf(variant, text_rates, bool(menu), bool(title.instreams))
    lines += [_iframe_inf(title, rung, measured[rung.name]) for rung in title.rungs]
    return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class _Variant:
    uri: str
    codecs: str
    rates: Rates  # with the dearest voice of its audio group
    picture: tuple[tuple[str, str], ...]
    audio_group: str | None
    everywhere: bool = True  # whether every player can show it


def _video_variants(
    title: Title, groups: Sequence[AudioGroup], measured: Mapping[str, Measured]
) -> list[_Variant]:
    """Return every rung once per audio group, so that a player picks picture and sound freely."""
    variants = []
    for group in groups or (None,):
        for rung in title.rungs:
            video = measured[rung.name]
            sounds = [measured[track.name] for _, track in group.members] if group else []
            variants.append(
                _Variant(
                    uri=_playlist(rung.name),
                    codecs=_join(video.codecs, *(sound.codecs for sound in sounds)),
                    rates=video.rates + highest(sound.rates for sound in sounds),
                    picture=(
                        ("RESOLUTION", f"{rung.width}x{rung.height}"),
                        ("FRAME-RATE", f"{float(rung.fps):.3f}"),
                        *_seen(title, rung),
                    ),
                    audio_group=group.group_id if group else None,
                    everywhere=rung.codec == CODEC_NAMES[0],
                )
            )
    return variants


def _audio_variants(
    groups: Sequence[AudioGroup], measured: Mapping[str, Measured]
) -> list[_Variant]:
    """Return a variant per rate of a title that is only heard."""
    variants = []
    for group in groups:
        sounds = [measured[track.name] for _, track in group.members]
        variants.append(
            _Variant(
                uri=_playlist(group.main.name),
                codecs=_join(*(sound.codecs for sound in sounds)),
                rates=highest(sound.rates for sound in sounds),
                picture=(),
                audio_group=group.group_id if len(group.members) > 1 else None,
            )
        )
    return variants


def _start_first(variants: list[_Variant]) -> list[_Variant]:
    """Return `variants` with the one to start with in front; the rest keeps its order.

    Players begin with the first variant they can play: the best that most networks carry, not the
    lowest (ugly first seconds) or the highest (a stall), and with the plainest sound. Where there
    are several codecs it is in the one that all of them play.
    """
    plain = [v for v in variants if v.picture == () or v.audio_group == variants[0].audio_group]
    plain = [v for v in plain if v.everywhere] or plain
    fitting = [variant for variant in plain if variant.rates.average_bps <= START_BPS]
    lowest = min(plain, key=lambda variant: variant.rates.average_bps)
    start = max(fitting, key=lambda variant: variant.rates.average_bps, default=lowest)
    return [start, *(variant for variant in variants if variant is not start)]


def _stream_inf(
    variant: _Variant, text_rates: Rates, has_subtitles: bool, has_instreams: bool
) -> list[str]:
    # Any playable combination counts (RFC 8216bis, 4.4.6.2), so the text is in the rates as well.
    rates = variant.rates + text_rates
    attributes = [
        ("BANDWIDTH", str(rates.peak_bps)),
        ("AVERAGE-BANDWIDTH", str(rates.average_bps)),
        # No "wvtt": Apple makes it optional (5.10), and older Apple TVs refuse variants with it
        # (shaka-packager issue 402).
        ("CODECS", _quoted(variant.codecs)),
        *variant.picture,
    ]
    if variant.audio_group:
        attributes.append(("AUDIO", _quoted(variant.audio_group)))
    if has_subtitles:
        attributes.append(("SUBTITLES", _quoted(SUBTITLES_GROUP)))
    # NONE spares players the search for CEA-608.
    group = _quoted(INSTREAM_GROUP) if has_instreams else "NONE"
    attributes.append(("CLOSED-CAPTIONS", group))
    return [f"#EXT-X-STREAM-INF:{_list(attributes)}", variant.uri]


def _seen(title: Title, rung: Rung) -> list[tuple[str, str]]:
    """Return what tells pictures apart that are not all SDR (Apple 9.16), or in several codecs.

    SCORE is an order alone (RFC 8216bis, 4.4.6.2): all variants have one, or none has.
    """
    attributes = []
    if title.ranges - {"sdr"}:
        attributes.append(("VIDEO-RANGE", VIDEO_RANGES[rung.dynamic_range]))
    if rung.name in title.scores:
        attributes.append(("SCORE", f"{title.scores[rung.name]:.2f}"))
    return attributes


def _iframe_inf(title: Title, rung: Rung, measured: Measured) -> str:
    rates = measured.iframe_rates or measured.rates
    attributes = [
        ("BANDWIDTH", str(rates.peak_bps)),
        ("AVERAGE-BANDWIDTH", str(rates.average_bps)),
        ("CODECS", _quoted(measured.codecs)),
        ("RESOLUTION", f"{rung.width}x{rung.height}"),
        *_seen(title, rung),
        ("URI", _quoted(f"{rung.name}/{IFRAMES_NAME}")),
    ]
    return f"#EXT-X-I-FRAME-STREAM-INF:{_list(attributes)}"


def _audio_media(group: AudioGroup) -> list[str]:
    lines = []
    for voice, track in group.members:
        attributes = [
            ("TYPE", "AUDIO"),
            ("GROUP-ID", _quoted(group.group_id)),
            ("NAME", _quoted(voice.name)),
            ("LANGUAGE", _quoted(voice.language)),
            ("DEFAULT", _yes(voice.default)),
            ("AUTOSELECT", _yes(voice.autoselect)),
            *_characteristics(voice.characteristics),
            ("CHANNELS", _quoted(str(track.channels))),
            ("URI", _quoted(_playlist(track.name))),
        ]
        lines.append(f"#EXT-X-MEDIA:{_list(attributes)}")
    return lines


def _subtitle_media(caption: Caption) -> str:
    attributes = [
        ("TYPE", "SUBTITLES"),
        ("GROUP-ID", _quoted(SUBTITLES_GROUP)),
        ("NAME", _quoted(caption.name)),
        ("LANGUAGE", _quoted(caption.track.language)),
        ("DEFAULT", "NO"),  # text is the viewer's choice
        ("AUTOSELECT", _yes(caption.autoselect)),
        ("FORCED", _yes(caption.track.forced)),
        *_characteristics(caption.characteristics),
        ("URI", _quoted(_playlist(caption.track.name))),
    ]
    return f"#EXT-X-MEDIA:{_list(attributes)}"


def _instream_media(choice: InstreamChoice) -> str:
    """Return what names captions inside the pictures; there is no playlist of theirs."""
    attributes = [
        ("TYPE", "CLOSED-CAPTIONS"),
        ("GROUP-ID", _quoted(INSTREAM_GROUP)),
        ("NAME", _quoted(choice.name)),
        ("LANGUAGE", _quoted(choice.instream.language)),
        ("DEFAULT", "NO"),  # text is the viewer's choice
        ("AUTOSELECT", _yes(choice.autoselect)),
        ("INSTREAM-ID", _quoted(choice.instream.name)),
    ]
    return f"#EXT-X-MEDIA:{_list(attributes)}"


def _characteristics(value: str) -> list[tuple[str, str]]:
    return [("CHARACTERISTICS", _quoted(value))] if value else []


def _playlist(track: str) -> str:
    return f"{track}/{PLAYLIST_NAME}"


def _join(*codecs: str) -> str:
    return ",".join(dict.fromkeys(codecs))


def _quoted(value: str) -> str:
    return f'"{value}"'


def _yes(value: bool) -> str:
    return "YES" if value else "NO"


def _list(attributes: Sequence[tuple[str, str]]) -> str:
    return ",".join(f"{name}={value}" for name, value in attributes)
