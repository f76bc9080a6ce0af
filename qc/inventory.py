"""Whether everything in the source is in the title, or named with the reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from farm.facts import AudioTrack, ChapterList, TextTrack
from farm.mediainfo import MediaInfo, SourceItem
from farm.remarks import Remark


def unanswered(
    media: MediaInfo,
    audios: Sequence[AudioTrack],
    texts: Sequence[TextTrack],
    chapters: ChapterList,
    remarks: Sequence[Remark],
    *,
    chapters_given: bool = False,
) -> list[SourceItem]:
    """Return the items of a source that neither a track nor a remark answers for.

    A dropped text track answers with its reason, chapters with those that are left or an issue, or
    where others were given beside the source.
    """
    answered = {index for remark in remarks for index in remark.streams}
    for audio in audios:
        answered.update(channel.stream_index for channel in audio.picked)
        answered.add(audio.stream_index)
    answered.update(text.stream_index for text in texts if text.stream_index is not None)
    if media.picture is not None:
        answered.add(media.picture.index)
    told = bool(chapters_given or chapters.chapters or chapters.issues)
    return [item for item in media.items if not _is_answered(item, answered, told)]


def _is_answered(item: SourceItem, streams: Iterable[int], chapters_told: bool) -> bool:
    return chapters_told if item.index is None else item.index in set(streams)
