"""Mutants that change nothing anybody can see, each with the reason."""

from __future__ import annotations

from tests.mutants.trial import Mutant

WRAPPED = "pydantic makes a class method of a validator whose first argument is cls"
NO_DTD = "a document with a DTD is refused before; this is for the day when one gets through"
OFFLINE = "no entity is resolved and no DTD is loaded, so that nothing is ever fetched"
DIVIDES = "rates divide each other, so that the quotient is whole either way"

# By module and the changed line as it then reads, without the space around it.
REASONS: dict[tuple[str, str], str] = {
    ("farm/settings.py", "def _absolute(cls, path: Path | None) -> Path | None:"): WRAPPED,
    ("farm/settings.py", "def _known(cls, queues: str) -> str:"): WRAPPED,
    ("farm/spec.py", "def _one_spelling(cls, origin: str) -> str:"): WRAPPED,
    (
        "farm/yaml_file.py",
        "def construct_mapping(self, node: yaml.MappingNode, deep: bool = True)"
        " -> dict[Hashable, Any]:",
    ): "values are built at once or when all are known: without aliases they are the same",
    (
        "qc/conformance/playlists.py",
        "listed_s = measured_s = Fraction( -1)",
    ): "only the difference of both counts",
    (
        "media/text/chapter_files.py",
        "taken = tuple(islice(chapters, MAX_CHAPTERS + 2))",
    ): "with one chapter too many or two, the file is refused",
    (
        "media/text/decoding.py",
        "if most < max(len(head) // 8, 1) or least > most / 8:",
    ): "a count is above a quotient just where it is above the whole part of it",
    (
        "media/text/decoding.py",
        'return "utf-16-be" if even >= odd else "utf-16-le"',
    ): "where both are alike, the line before has returned",
    (
        "media/text/srt.py",
        "_, sign, hours, minutes, seconds, fraction = groups",  # without @staticmethod above it
    ): "pysubs2 calls it on the class, where a static method is as a function",
    ("media/graphs/encode.py", "step = timeline.fps // rung.fps"): DIVIDES,
    ("media/graphs/frames.py", "step = treatment.fps // rung.fps"): DIVIDES,
    ("media/graphs/measure.py", "step = timeline.fps // rung.fps"): DIVIDES,
    (
        "media/graphs/picture.py",
        "outputs: Any, treatment: Treatment | None, *before: str, start_frame: int = -1",
    ): "what would be before the first frame is decoded from the first frame on",
    (
        "media/graphs/thumbnails.py",
        "across, down = box if width > height else (box[1], box[0])",
    ): "a square fits a box and the same box turned alike",
    (
        "media/packaging/pointer.py",
        "mpd = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=False))",
    ): OFFLINE,
    (
        "media/packaging/readback.py",
        "parser = etree.XMLParser(resolve_entities=False, no_network=False)",
    ): OFFLINE,
    ("media/text/ttml.py", "resolve_entities=True,"): NO_DTD,
    ("media/text/ttml.py", "no_network=False,"): NO_DTD,
    ("media/text/ttml.py", "load_dtd=True,"): NO_DTD,
    (
        "qc/conformance/rates.py",
        "continue",
    ): "a break where a stretch has become too long: so are all longer ones",
    (
        "qc/frames.py",
        "table = parquet.ParquetFile(pa.BufferReader(data)).read(use_threads=True)",
    ): "the same columns, whoever reads them",
}


def reason_of(mutant: Mutant) -> str:
    """Return why a mutant is no change, or an empty string where it is one."""
    line = mutant.mutated.splitlines()[mutant.site.line - 1].strip()
    return REASONS.get((mutant.site.module.as_posix(), line), "")
