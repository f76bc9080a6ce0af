"""Which captions a stream really carries: the channels and services that say something."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from farm.captions import Captions
from media.captions.carried import Carried
from media.captions.dtvcc import read_services
from media.captions.line21 import CHANNELS, TEXT_SERVICES, Pair, read_pairs
from media.captions.screen import read_cues
from media.text.cue import FOREVER_MS, Cue
from media.text.findings import Findings

SERVICE = "SERVICE"  # as HLS calls those of CEA-708 (RFC 8216, 4.3.4.1)
# Of the words of each that the other must have for the two to say the same. Broadcasters send both
# forms of the same captions; signs and case differ.
SAME_SHARE = 0.8

_WORD = re.compile(r"[^\W\d_]{3,}")


def find_captions(carried: Mapping[int, Sequence[Carried]]) -> tuple[Captions, ...]:
    """Return what says something in each stream, given by its index.

    In each the channels come first, then text services, then the services of CEA-708.
    """
    found: list[Captions] = []
    said: dict[str, str] = {}  # by the channels so far, of the first stream that has one
    for stream_index, pictures in carried.items():
        channels = _channels(pictures)
        for name, text in channels.items():
            same_as = _same(text, {name: said[name]} if name in said else {})
            found.append(Captions(name, stream_index, same_as))
        said = {name: text for name, text in channels.items() if name in CHANNELS} | said
        for number, text in read_services(pictures).items():
            if text.strip():
                found.append(Captions(f"{SERVICE}{number}", stream_index, _same(text, said)))
    return tuple(found)


def _channels(carried: Sequence[Carried]) -> dict[str, str]:
    """Return what each channel of CEA-608 says that says anything."""
    pairs = _by_channel(carried)
    said = {name: " ".join(cue.payload for cue in _cues(pairs[name])) for name in CHANNELS}
    said |= {name: _typed(pairs[name]) for name in TEXT_SERVICES}
    return {name: text for name, text in said.items() if text.strip()}


def channel_cues(
    carried: Sequence[Carried], channel: str, end_ms: int, findings: Findings
) -> tuple[Cue, ...]:
    """Return the cues of one CEA-608 channel, "CC1" to "CC4", of a title that ends at `end_ms`."""
    return tuple(read_cues(_by_channel(carried)[channel], end_ms, findings))


def _by_channel(carried: Sequence[Carried]) -> Mapping[str, list[Pair]]:
    pairs: dict[str, list[Pair]] = {name: [] for name in (*CHANNELS, *TEXT_SERVICES)}
    for name, pair in read_pairs(carried):
        pairs[name].append(pair)
    return pairs


def _cues(pairs: Sequence[Pair]) -> tuple[Cue, ...]:
    return tuple(read_cues(pairs, FOREVER_MS, Findings()))


def _typed(pairs: Sequence[Pair]) -> str:
    return "".join(chr(pair.first) + chr(pair.second) for pair in pairs if pair.first >= 0x20)


def _same(text: str, channels: Mapping[str, str]) -> str | None:
    """Return the channel that says what `text` says."""
    words = _words(text)
    shares = {name: _shared(words, _words(said)) for name, said in channels.items()}
    best = max(shares, key=lambda name: shares[name], default=None)
    return best if best is not None and shares[best] >= SAME_SHARE else None


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _shared(one: set[str], other: set[str]) -> float:
    most = max(len(one), len(other))
    return len(one & other) / most if most else 0.0
