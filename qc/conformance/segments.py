"""Rules about CMAF segments: complete, continuous, aligned, and each one a place to start."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from media.isobmff.boxes import DamagedFile
from media.isobmff.fragments import read_nal_types
from media.isobmff.obus import FRAME, FRAME_HEADER, KEY_FRAME, SEQUENCE_HEADER, Obu, read_obus
from qc.conformance.expectations import Expectations
from qc.conformance.presentation import MediaFile, Presentation, Track
from qc.conformance.rule import APPLE, CMAF, Finding, rule

IDR = frozenset({5})  # nal_unit_type of a coded slice of an IDR picture (ITU-T H.264, table 7-1)
SLICES = frozenset({1, 2, 3, 4}) | IDR
HEVC_IDR = frozenset({19, 20})  # IDR_W_RADL and IDR_N_LP (ITU-T H.265, table 7-1)
HEVC_SLICES = frozenset(range(32))
START_TOLERANCE_S = Fraction(1, 20)  # audio and picture apart by more than this is seen


@rule("frames", "No frame was lost or doubled", "ReelFarm: stitched renditions", "title")
def frames(presentation: Presentation, expected: Expectations) -> Finding:
    broken, totals = [], []
    for video in expected.videos:
        track = presentation.track(video.rung)
        total = sum(media.segment.samples for media in track.media) if track else 0
        totals.append(f"{video.rung} {total}")
        if total != video.frames:
            broken.append(f"{video.rung} has {total} frames, {video.frames} were encoded")
    return Finding(seen=", ".join(totals) or "no video", broken=broken)


@rule("continuity", "Decoding times run on without gap or overlap", f"{CMAF}, CMAF tracks")
def continuity(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video", "audio", "text"):
        clock = track.media[0].segment.fragments[0].decode_start_ticks
        for media in track.media:
            for fragment in media.segment.fragments:
                count += 1
                if fragment.decode_start_ticks != clock:
                    broken.append(
                        f"{media.told(track.name)} starts at tick "
                        f"{fragment.decode_start_ticks}, the one before ended at {clock}"
                    )
                clock = fragment.decode_end_ticks
    return Finding(seen=f"{count} fragments, each starting where the last one ended", broken=broken)


@rule("start", "All tracks start together at zero", f"{CMAF}, edit lists; {APPLE} 8.6")
def start(presentation: Presentation, _: Expectations) -> Finding:
    tracks = presentation.of_kind("video", "audio", "text")
    # Audio before zero is priming, which the edit list hides.
    starts = {track.name: max(Fraction(0), track.media[0].presented_s) for track in tracks}
    return Finding(
        seen=f"{len(starts)} tracks start within "
        f"{float(max(starts.values(), default=Fraction(0))) * 1000:.1f} ms of zero",
        broken=[
            f"{name} starts at {float(start_s):.3f} s"
            for name, start_s in starts.items()
            if start_s > START_TOLERANCE_S
        ],
    )


@rule("alignment", "Segments of all renditions start at the same times", f"{CMAF}, switching sets")
def alignment(presentation: Presentation, _: Expectations) -> Finding:
    tracks = presentation.of_kind("video")
    if not tracks:
        return Finding(seen="no video")
    reference = [media.presented_s for media in tracks[0].media]
    broken = []
    for track in tracks[1:]:
        starts = [media.presented_s for media in track.media]
        if len(starts) != len(reference):
            broken.append(
                f"{track.name} has {len(starts)} segments, {tracks[0].name} {len(reference)}"
            )
        for number, (ours, theirs) in enumerate(zip(starts, reference, strict=False), 1):
            if ours != theirs:
                broken.append(
                    f"segment {number} of {track.name} starts at {float(ours):.6f} s, "
                    f"of {tracks[0].name} at {float(theirs):.6f} s"
                )
                break
    return Finding(
        seen=f"{len(reference)} segments of {len(tracks)} renditions start together", broken=broken
    )


@rule(
    "segment-length",
    "Segments last as long as the ladder planned",
    "ReelFarm: ladder policy",
    "title",
)
def segment_length(presentation: Presentation, expected: Expectations) -> Finding:
    advised = []
    for track in presentation.of_kind("video"):
        starts = [media.presented_s for media in track.media]
        for number, start_s in enumerate(starts):
            if start_s != number * expected.segment_s:
                advised.append(
                    f"segment {number + 1} of {track.name} starts at {float(start_s):.6f} s, "
                    f"not {float(number * expected.segment_s):.6f} s"
                )
                break
    seconds = float(expected.segment_s)
    return Finding(seen=f"every segment but the last lasts {seconds:.6f} s", advised=advised)


@rule("apple-7.4", "Every video segment starts with an IDR frame", f"{APPLE} 7.4")
def idr_start(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video"):
        for media in track.media:
            count += 1
            if why := _why_no_idr(track, media):
                broken.append(f"{media.told(track.name)} {why}")
    return Finding(seen=f"{count} segments start with an IDR frame", broken=broken)


def _why_no_idr(track: Track, media: MediaFile) -> str:
    """Return how the first sample of a segment falls short of an IDR frame, "" where it is one."""
    first = media.segment.fragments[0]
    if not first.starts_with_sync:
        return "starts with a sample that is not marked as a sync sample"
    assert track.header is not None
    where = (media.path, first.data_offset, first.sizes_bytes[0])
    entry = track.header.codec.partition(".")[0]
    try:
        if entry == "av01":
            return _why_no_key_frame(read_obus(*where))
        hevc = entry in ("hvc1", "hev1")
        kinds = read_nal_types(*where, track.header.nal_length_bytes, hevc=hevc)
    except DamagedFile as error:
        return f"has a damaged first sample: {error}"
    of_slices, of_idr = (HEVC_SLICES, HEVC_IDR) if hevc else (SLICES, IDR)
    slices = [kind for kind in kinds if kind in of_slices]
    if slices and slices[0] in of_idr:
        return ""
    return f"starts with NAL units of types {kinds}, no IDR slice"


def _why_no_key_frame(obus: Sequence[Obu]) -> str:
    """Return how an AV1 sample falls short of a random access point (its ISO binding, 2.5)."""
    if all(obu.kind != SEQUENCE_HEADER for obu in obus):
        return "starts with a temporal unit that has no sequence header"
    frames = [obu for obu in obus if obu.kind in (FRAME, FRAME_HEADER)]
    if frames and frames[0].frame_type == KEY_FRAME:
        return ""
    return f"starts with units of types {tuple(obu.kind for obu in obus)}, no key frame"


@rule(
    "index", "Segment indexes describe the fragments they stand before", "ISO/IEC 14496-12 8.16.3"
)
def index(presentation: Presentation, _: Expectations) -> Finding:
    broken, count = [], 0
    for track in presentation.of_kind("video", "audio", "text"):
        for media in track.media:
            references = media.segment.references
            if not references:
                continue  # an index is optional
            count += 1
            offsets = [fragment.offset for fragment in media.segment.fragments]
            ends_at = references[-1].offset + references[-1].size_bytes
            if [r.offset for r in references] != offsets or ends_at != media.segment.size_bytes:
                broken.append(f"{media.told(track.name)} has an index that points elsewhere")
    return Finding(seen=f"{count} indexes tile their segments", broken=broken)


RULES = (frames, continuity, start, alignment, segment_length, idr_start, index)
