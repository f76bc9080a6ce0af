"""Rules about audio and subtitle menus: complete, told apart, with one default where one is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from qc.conformance.expectations import Expectations
from qc.conformance.hls import Attributes
from qc.conformance.presentation import Presentation
from qc.conformance.rule import APPLE, DASH, HLS, Finding, rule

ANSWER = ("LANGUAGE", "FORCED", "CHARACTERISTICS")  # what a player selects by
NO_CAPTIONS = ("CLOSED-CAPTIONS", "NONE")  # no group of that name
ALIKE = ("NAME", "LANGUAGE", "DEFAULT", "AUTOSELECT", "FORCED", "CHARACTERISTICS")


@rule("apple-8.10", "Every rendition declares its language", f"{APPLE} 8.10", "hls")
def language(presentation: Presentation, _: Expectations) -> Finding:
    media = presentation.multivariant.media
    languages = sorted({m["LANGUAGE"] for m in media if "LANGUAGE" in m})
    return Finding(
        seen=f"{len(media)} renditions in {', '.join(languages) or 'no language'}",
        advised=[
            f"{m.get('URI', 'a rendition')} has no known language"
            for m in media
            if m.get("LANGUAGE", "und") == "und"
        ],
    )


@rule("apple-5.11", "Forced subtitles select themselves", f"{APPLE} 5.11", "hls")
def forced(presentation: Presentation, _: Expectations) -> Finding:
    tracks = [m for m in presentation.multivariant.media if m.get("FORCED") == "YES"]
    return Finding(
        seen=f"{len(tracks)} forced tracks with AUTOSELECT=YES",
        broken=[
            f"{m.get('URI', 'a rendition')} is forced without AUTOSELECT=YES"
            for m in tracks
            if m.get("AUTOSELECT") != "YES"
        ],
    )


@rule(
    "groups",
    "Rendition groups are complete, and their members told apart",
    f"{HLS} 4.3.4.1.1",
    "hls",
)
def groups(presentation: Presentation, expected: Expectations) -> Finding:
    found = _groups(presentation)
    broken, advised = list(_dangling(presentation, set(found))), list[str]()
    for (kind, group), members in found.items():
        names = Counter(member.get("NAME", "") for member in members)
        broken += [f"{group} has {n} renditions called {x!r}" for x, n in names.items() if n > 1]
        defaults = [member for member in members if member.get("DEFAULT") == "YES"]
        if len(defaults) > 1:
            broken.append(f"{group} has {len(defaults)} defaults")
        if kind == "AUDIO" and not defaults:  # a slip of ours; of others, their choice
            (broken if expected.is_ours else advised).append(f"{group} has no default")
        for member in defaults:  # it may be left out, which not every player takes for YES
            if member.get("AUTOSELECT") != "YES":
                told = broken if expected.is_ours or "AUTOSELECT" in member else advised
                told.append(f"{member.get('NAME')} is a default without AUTOSELECT=YES")
        answers = Counter(
            tuple(member.get(name, "") for name in ANSWER)
            for member in members
            if member.get("AUTOSELECT") == "YES"
        )
        advised += [
            f"{group} has {n} renditions that select themselves for {answer[0] or 'no language'}"
            for answer, n in answers.items()
            if n > 1
        ]
    broken += _unlike(found)
    sizes = [f"{group} {len(members)}" for (_, group), members in found.items()]
    return Finding(seen=", ".join(sizes) or "no groups", broken=broken, advised=advised)


@rule(
    "text-choice", "Subtitles are off until a viewer asks for them", "ReelFarm: delivery", "title"
)
def text_choice(presentation: Presentation, _: Expectations) -> Finding:
    texts = [m for m in presentation.multivariant.media if m.get("TYPE") == "SUBTITLES"]
    return Finding(
        seen=f"{len(texts)} subtitle tracks, none of them DEFAULT=YES",
        advised=[f"{m.get('NAME')} is DEFAULT=YES" for m in texts if m.get("DEFAULT") == "YES"],
    )


@rule(
    "tracks",
    "Every track of the title is offered by both protocols",
    f"{HLS} 4.3.4, {DASH} 5.3",
    "title",
)
def tracks(presentation: Presentation, expected: Expectations) -> Finding:
    media = {m.get("URI", "").rpartition("/")[0]: m for m in presentation.multivariant.media}
    variants = {v.uri.rpartition("/")[0] for v in presentation.multivariant.variants}
    offered = {track.name: track.representation for track in presentation.tracks}
    names = [video.rung for video in expected.videos]
    languages = {audio.name: audio.language for audio in expected.audios}
    languages |= {text.name: text.language for text in expected.delivered_texts}
    names += languages
    broken = []
    for name in names:
        listed = offered.get(name)
        if name not in media and name not in variants:
            broken.append(f"{name} is not in HLS")
        if listed is None:
            broken.append(f"{name} is not in DASH")
        elif name in languages and listed.language != languages[name]:
            broken.append(f"{name} is {languages[name]}, in DASH {listed.language or 'nothing'}")
        if name in media and media[name].get("LANGUAGE") != languages.get(name):
            told = media[name].get("LANGUAGE", "nothing")
            broken.append(f"{name} is {languages.get(name)}, in HLS {told}")
    broken += _wrongly_flagged(presentation, expected, media)
    return Finding(seen=f"{len(names)} tracks offered by both", broken=broken)


Groups = dict[tuple[str, str], list[Attributes]]


def _groups(presentation: Presentation) -> Groups:
    found: Groups = {}
    for media in presentation.multivariant.media:
        key = (media.get("TYPE", ""), media.get("GROUP-ID", ""))
        found.setdefault(key, []).append(media)
    return found


def _dangling(presentation: Presentation, known: set[tuple[str, str]]) -> Iterator[str]:
    used = set()
    for variant in presentation.multivariant.variants:
        for kind in ("AUDIO", "SUBTITLES", "CLOSED-CAPTIONS"):
            group = variant.attributes.get(kind)
            if group is None or (kind, group) == NO_CAPTIONS:
                continue
            used.add((kind, group))
            if (kind, group) not in known:
                yield f"{variant.uri} wants the {kind} group {group}, which does not exist"
    for kind, group in sorted(known - used):
        yield f"no variant uses the {kind} group {group}"


def _unlike(found: Groups) -> Iterator[str]:
    """Yield how groups of one type differ in more than encoding (RFC 8216, 4.3.4.1.1)."""
    first: dict[str, tuple[str, set[tuple[str, ...]]]] = {}
    for (kind, group), members in found.items():
        offer = {tuple(member.get(name, "") for name in ALIKE) for member in members}
        other, theirs = first.setdefault(kind, (group, offer))
        if offer != theirs:
            yield f"{group} offers other renditions than {other}"


def _wrongly_flagged(
    presentation: Presentation, expected: Expectations, media: dict[str, Attributes]
) -> Iterator[str]:
    for text in expected.delivered_texts:
        track = presentation.track(text.name)
        in_hls = media.get(text.name, {}).get("FORCED") == "YES"
        roles = track.representation.roles if track and track.representation else ()
        in_dash = "forced-subtitle" in roles
        wanted_in_dash = text.forced and not text.hearing_impaired
        if in_hls != text.forced or in_dash != wanted_in_dash:
            yield f"{text.name} is {'forced' if text.forced else 'not forced'}, a manifest differs"


RULES = (language, forced, groups, text_choice, tracks)
