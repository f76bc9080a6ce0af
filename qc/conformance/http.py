"""Rules about the server that a presentation comes from: types, caching, other origins, ranges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from farm.checks import CheckOutcome
from farm.facts import Check
from qc.conformance.rule import APPLE, quote

DELIVERY = "ReelFarm: delivery"
MP4 = ("video/mp4", "audio/mp4", "application/mp4", "video/iso.segment", "audio/iso.segment")
TYPES: Mapping[str, tuple[str, ...]] = {
    ".m3u8": ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl"),
    ".mpd": ("application/dash+xml",),
    ".m4s": MP4,
    ".mp4": MP4,
    ".m4a": MP4,
    ".m4v": MP4,
    ".cmfv": MP4,
    ".cmfa": MP4,
    ".vtt": ("text/vtt",),
    ".ts": ("video/mp2t",),
    ".aac": ("audio/aac", "audio/x-aac", "audio/aacp"),
}
MANIFESTS = (".m3u8", ".mpd")


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What a server said to a request; names of headers are in lower case."""

    path: str  # below the presentation's root
    status: int
    headers: Mapping[str, str]
    redirected: bool = False

    @property
    def suffix(self) -> str:
        """Return how the path ends, with its dot."""
        return f".{self.path.rpartition('.')[2].lower()}"


@dataclass(frozen=True, slots=True)
class Served:
    """All answers: to what was fetched, to ranges of some of it, to a path that is not there."""

    answers: Sequence[ServerAnswer]
    ranges: Sequence[ServerAnswer]  # each asked for the first bytes alone
    absent: ServerAnswer


def lint_server(served: Served) -> tuple[Check, ...]:
    """Return one check per rule for what a server said."""
    return (
        _check(
            "http-types",
            "Everything comes with its media type",
            f"{APPLE} 8.15; {DELIVERY}",
            served.answers,
            _wrong_type,
            "warn",
        ),
        _check(
            "http-cors",
            "Players of other origins may read everything",
            "Fetch standard, CORS protocol",
            served.answers,
            lambda answer: _without(answer, "access-control-allow-origin"),
            "warn",
        ),
        _check(
            "http-cache",
            "Everything says how long it may be kept",
            "RFC 9111 5.2",
            served.answers,
            lambda answer: _without(answer, "cache-control", "expires"),
            "warn",
        ),
        _check(
            "apple-8.18",
            "Nothing is redirected",
            f"{APPLE} 8.18",
            served.answers,
            lambda answer: "is redirected" if answer.redirected else "",
            "warn",
        ),
        _check(
            "apple-10.1",
            "Playlists are compressed",
            f"{APPLE} 10.1",
            [answer for answer in served.answers if answer.suffix in MANIFESTS],
            lambda answer: "" if _is_compressed(answer) else "comes as it is",
            "warn",
        ),
        _check(
            "http-range",
            "Ranges of files are answered alone",
            "RFC 9110 14",
            served.ranges,
            lambda answer: "" if answer.status == 206 else f"is answered {answer.status}, not 206",
            "warn",
        ),
        _check(
            "http-absent",
            "What is not there is answered 404",
            "RFC 9110 15.5.5",
            [served.absent],
            lambda answer: "" if answer.status in (403, 404, 410) else f"is {answer.status}",
            "fail",
        ),
    )


def _check(
    rule: str,
    title: str,
    source: str,
    answers: Iterable[ServerAnswer],
    wrong: Callable[[ServerAnswer], str],
    severity: CheckOutcome,
) -> Check:
    asked = list(answers)
    found = [f"{answer.path} {why}" for answer in asked if (why := wrong(answer))]
    outcome: CheckOutcome = severity if found else "pass"
    return Check(rule, title, outcome, quote(found) or f"{len(asked)} answers", source)


def _wrong_type(answer: ServerAnswer) -> str:
    wanted = TYPES.get(answer.suffix)
    told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if wanted is None or told in wanted:
        return ""
    return f"is {told or 'of no type'}, not {wanted[0]}"


def _without(answer: ServerAnswer, *names: str) -> str:
    return "" if any(name in answer.headers for name in names) else f"has no {names[0]}"


def _is_compressed(answer: ServerAnswer) -> bool:
    return answer.headers.get("content-encoding", "") in ("gzip", "br", "zstd", "deflate")
