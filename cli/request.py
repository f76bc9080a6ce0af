"""From command-line options to a validated job request."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from farm.devices import DEVICE_POLICIES
from farm.errors import InvalidSpec
from farm.facts import TextRole
from farm.ladder import CODEC_NAMES
from farm.language import normalise_language
from farm.spec import (
    ASSET_PATTERN,
    AudioMapping,
    ExcerptSpec,
    JobSpec,
    QcPolicy,
    SubtitleSpec,
    asset_name,
    read_spec,
)
from farm.spec.request import STANDARD_LADDER
from farm.uri import location_of
from farm.yaml_file import PolicyKind, parse_policy, read_policy
from ladders.load import load_policy

FORCED = "forced"
HEARING_IMPAIRED = "sdh"
LYRICS: TextRole = "lyrics"
_WORDS = frozenset({FORCED, HEARING_IMPAIRED, LYRICS})
LOUDNESS = ("source", "ebu-r128")
CAPTIONS = ("text", "passthrough", "drop")
DEINTERLACE = ("frame", "field")
AUDIO = PolicyKind("audio mapping", "tracks", "docs/sound.md")
QC = PolicyKind("QC policy", "thresholds", "docs/qc.md")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of `run`, `plan` and `submit`, as typed."""

    source: str
    origin: str | None
    subtitles: tuple[str, ...] = ()
    chapters: str | None = None
    ladder: str = STANDARD_LADDER
    codec: str | None = None
    asset: str | None = None
    external_id: str | None = None
    burn_in: str | None = None
    dual_text: str | None = None
    captions: str = "text"
    loudness: str = "source"
    deinterlace: str = "frame"
    device: str = "prefer"
    audio: str | None = None
    program: int | None = None
    excerpt: str | None = None
    allow_partial: bool = False
    qc: str | None = None
    catalog: str | None = None
    priority: int = 0
    webhook: str | None = None


def job_spec(options: RunOptions) -> JobSpec:
    """Return the request these options make; raise InvalidSpec naming the option at fault."""
    fields = {
        **title_fields(options),
        "source": absolute(options.source),
        "origin": absolute(options.origin or "."),
        "subtitles": tuple(parse_subtitle(text) for text in options.subtitles),
        "chapters": absolute(options.chapters) if options.chapters else None,
        "ladder": load_policy(options.ladder),
    }
    if options.qc is not None:
        fields["qc"] = qc_policy(options.qc)
    return read_spec(fields)


def title_fields(options: RunOptions) -> dict[str, Any]:
    """Return what both kinds of request have, in the same form."""
    fields: dict[str, Any] = {
        "asset": _asset(options),
        "external_id": options.external_id,
        "codecs": _codecs(options.codec) if options.codec is not None else (),
        "burn_in": _language("--burn-in", options.burn_in) if options.burn_in else None,
        "dual_text": _pair(options.dual_text) if options.dual_text else None,
        "captions": parse_captions(options.captions),
        "loudness": _one_of("--loudness", options.loudness, LOUDNESS),
        "deinterlace": _one_of("--deinterlace", options.deinterlace, DEINTERLACE),
        "device": _one_of("--device", options.device, DEVICE_POLICIES),
        "program": options.program,
        "excerpt": parse_excerpt(options.excerpt) if options.excerpt is not None else None,
        "allow_partial": options.allow_partial,
        "catalog": checked_name("--catalog", options.catalog)
        if options.catalog is not None
        else None,
        "priority": options.priority,
        "webhook": _http(options.webhook) if options.webhook is not None else None,
    }
    if options.audio is not None:
        text = read_policy(Path(options.audio), AUDIO)
        fields["audio"] = parse_policy(AudioMapping, text, options.audio, AUDIO).tracks
    return fields


def parse_subtitle(text: str) -> SubtitleSpec:
    """Return the sidecar that `LANG[:forced][:sdh][:lyrics][:Name]=FILE` means."""
    head, separator, file = text.partition("=")
    if not separator or not file:
        raise InvalidSpec(f"--subtitles {text!r}: write LANG[:forced|:sdh|:lyrics][:Name]=FILE")
    language, *words = head.split(":")
    names = [word for word in words if word.lower() not in _WORDS]
    if len(names) > 1:
        raise InvalidSpec(
            f"--subtitles {text!r}: {names[0]!r} and {names[1]!r} cannot both be the name"
        )
    flags = {word.lower() for word in words}
    return SubtitleSpec(
        language=_language(f"--subtitles {text!r}", language),
        forced=FORCED in flags,
        hearing_impaired=HEARING_IMPAIRED in flags,
        role=LYRICS if LYRICS in flags else None,
        name=names[0] if names else None,
        uri=absolute(file),
    )


def parse_captions(text: str) -> dict[str, object]:
    """Return what `MODE[:CHANNEL=LANG[,CHANNEL=LANG]]` means; the languages alone mean text."""
    head, _, rest = text.partition(":")
    mode, named = ("text", head) if "=" in head else (head, rest)
    languages = {}
    for entry in named.split(",") if named else ():
        channel, separator, language = entry.partition("=")
        if not separator:
            raise InvalidSpec(
                f"--captions {text!r}: write MODE[:CHANNEL=LANG,...], as in text:CC1=en,CC3=es"
            )
        languages[channel.strip().upper()] = _language(f"--captions {text!r}", language)
    return {"mode": _one_of("--captions", mode, CAPTIONS), "languages": languages}


def parse_excerpt(text: str) -> ExcerptSpec:
    """Return the stretch that `START+DURATION` means, both in seconds."""
    start, _, duration = text.partition("+")
    try:
        return ExcerptSpec(start_s=float(start), duration_s=float(duration))
    except ValidationError as error:
        fault = error.errors()[0]
        raise InvalidSpec(f"--excerpt {text!r}: {fault['loc'][0]}: {fault['msg']}") from error
    except ValueError as error:
        raise InvalidSpec(
            f"--excerpt {text!r}: write START+DURATION in seconds, as in 62.5+30"
        ) from error


def absolute(location: str) -> str:
    """Return a location that means the same in a worker's directory."""
    if "://" in location:
        return location
    path = Path(location).expanduser()
    return location_of(Path(os.path.abspath(path)))  # noqa: PTH100 - Path.resolve would follow links


def qc_policy(file: str) -> QcPolicy:
    """Return the thresholds a file states; raise InvalidSpec for one that is none."""
    return parse_policy(QcPolicy, read_policy(Path(file), QC), file, QC)


def _codecs(text: str) -> tuple[str, ...]:
    codecs = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := [codec for codec in codecs if codec not in CODEC_NAMES]:
        raise InvalidSpec(f"--codec {text}: {unknown[0]!r} is not one of {', '.join(CODEC_NAMES)}")
    if not codecs:
        raise InvalidSpec(f"--codec {text!r}: name at least one of {', '.join(CODEC_NAMES)}")
    return codecs


def _pair(text: str) -> tuple[str, str]:
    above, separator, below = text.partition("+")
    if not (above and separator and below):
        raise InvalidSpec(f"--dual-text {text!r}: write two languages as ABOVE+BELOW, as in en+de")
    return _language("--dual-text", above), _language("--dual-text", below)


def _language(option: str, text: str) -> str:
    try:
        return normalise_language(text)
    except InvalidSpec as error:
        raise InvalidSpec(f"{option}: {error.message}") from error


def _one_of(option: str, text: str, choices: Sequence[str]) -> str:
    if text not in choices:
        raise InvalidSpec(f"{option} {text!r}: give one of {', '.join(choices)}")
    return text


def _asset(options: RunOptions) -> str:
    asset = options.asset if options.asset is not None else asset_name(options.source)
    return checked_name("--asset", asset)


def checked_name(option: str, name: str) -> str:
    """Return a name of an asset, a tenant or a batch; raise InvalidSpec for what can be none."""
    if not re.fullmatch(ASSET_PATTERN, name):
        raise InvalidSpec(
            f"{option} {name!r}: use at most 128 letters, digits, '.', '_' and '-',"
            " beginning with a letter or digit"
        )
    return name


def _http(url: str) -> str:
    if not re.match(r"https?://[^/]", url):
        raise InvalidSpec(f"--webhook {url!r}: give a URL that begins with https:// or http://")
    return url
