"""What a content team asks for: the validated request behind a job."""

from farm.spec.ingest import IngestRule
from farm.spec.job import JobSpec, read_spec, refused
from farm.spec.policy import CrossCheck, LoudnessTargetName, QcPolicy, VmafModel
from farm.spec.request import JobRequest, anywhere, asset_name
from farm.spec.rung_class import FigureName, RungClass, class_of
from farm.spec.title import ASSET_PATTERN, TEST_FOLDER, Mode, TitleFields, in_tests, origin_of_tests
from farm.spec.tracks import (
    MAX_AUDIO_TRACKS,
    AudioMapping,
    AudioTrackSpec,
    CaptionsSpec,
    ExcerptSpec,
    Request,
    SubtitleSpec,
)

__all__ = [
    "ASSET_PATTERN",
    "MAX_AUDIO_TRACKS",
    "TEST_FOLDER",
    "AudioMapping",
    "AudioTrackSpec",
    "CaptionsSpec",
    "CrossCheck",
    "ExcerptSpec",
    "FigureName",
    "IngestRule",
    "JobRequest",
    "JobSpec",
    "LoudnessTargetName",
    "Mode",
    "QcPolicy",
    "Request",
    "RungClass",
    "SubtitleSpec",
    "TitleFields",
    "VmafModel",
    "anywhere",
    "asset_name",
    "class_of",
    "in_tests",
    "origin_of_tests",
    "read_spec",
    "refused",
]
