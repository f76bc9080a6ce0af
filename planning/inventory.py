"""What a title leaves out of its source besides sound: said before anything is made. Pure."""

from __future__ import annotations

from farm.mediainfo import MediaInfo, SourceItem
from farm.remarks import Remark
from media.probe.programmes import programmes_left_out

NOT_DELIVERED = {
    "data": "timed data is not delivered",
    "attachment": "attachments are not delivered; fonts for burn-in are the worker's own",
}

NOT_CUT = (
    "captions in a track of their own (QuickTime c608) are not in an excerpt: make the whole title,"
    " or give them as subtitles"
)


def left_out(media: MediaInfo, *, excerpt: bool = False, pictures: bool = True) -> list[Remark]:
    """Return a remark for each picture, data stream and attachment that the title goes without.

    Of an excerpt, `media` describes the stretch alone: also for each track of captions. Without
    `pictures` the ladder makes none.
    """
    remarks = programmes_left_out(media)
    elsewhere = {index for remark in remarks for index in remark.streams}
    for item in media.items:
        reason = _reason(item, media, excerpt=excerpt)
        if not pictures and item.kind == "video":
            reason = "the ladder makes sound alone"
        if item.index is not None and item.index not in elsewhere and reason is not None:
            streams = (item.index,)
            remarks.append(Remark(f"stream {item.index} ({item.what})", "dropped", reason, streams))
    return remarks


def _reason(item: SourceItem, media: MediaInfo, *, excerpt: bool) -> str | None:
    if item.kind != "video":
        is_made = any(stream.index == item.index for stream in media.text)
        undelivered = NOT_DELIVERED | ({"subtitle": NOT_CUT} if excerpt and not is_made else {})
        return undelivered.get(item.kind)
    picture = media.picture
    if picture is not None and picture.index == item.index:
        return None
    known = next((stream for stream in media.video if stream.index == item.index), None)
    if known is None:
        return "no decoder here knows these pictures"
    if known.disposition.attached_pic:
        return "cover art is not part of a title"
    if picture is None:
        return "a picture beside sound that the container does not show"
    return f"a title has one picture: that of stream {picture.index}"
