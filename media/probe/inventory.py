"""All there is in a source, item by item, so that nothing of it can be lost without a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from farm.language import declared_language
from farm.mediainfo import ItemKind, SourceItem

KINDS: dict[str | None, ItemKind] = {
    **{"video": "video", "audio": "audio", "subtitle": "subtitle"},
    **{"data": "data", "attachment": "attachment"},
}


def list_items(described: dict[str, Any]) -> tuple[SourceItem, ...]:
    """Return every stream that ffprobe lists, and the chapters, if there are any, as one item."""
    streams = (_stream(entry) for entry in described.get("streams", []))
    chapters = described.get("chapters", [])
    return (*streams, *((_chapters(chapters),) if chapters else ()))


def _stream(entry: dict[str, Any]) -> SourceItem:
    kind = KINDS.get(entry.get("codec_type"), "data")
    tags: dict[str, Any] = entry.get("tags", {})
    codec = entry.get("codec_name") or entry.get("codec_tag_string") or "of unknown kind"
    language = declared_language(tags.get("language"))
    named = tags.get("filename") or tags.get("title") or ""
    words = (str(codec), language or "", str(named).strip())
    return SourceItem(kind, entry["index"], ", ".join(word for word in words if word))


def _chapters(entries: Sequence[object]) -> SourceItem:
    return SourceItem("chapters", None, f"{len(entries)} chapters")
