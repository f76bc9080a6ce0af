"""What a step leaves behind: parts, each a set of facts and files, content-addressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from farm.serial import digest

COMMANDS = "commands"  # in the evidence: the argv of each program that made the part
TOOLS = "tools"  # in the evidence: version and build of each, by name
MADE_AS = "made_as"  # in the evidence: ReelFarm's version, the kind's revision, the fonts


@dataclass(frozen=True, slots=True)
class FileRef:
    """One stored file of a part; `key` is in the work store."""

    key: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stored part: `facts` and files decide its digest, `evidence` (timings, say) does not."""

    facts: Any
    files: dict[str, FileRef] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the SHA-256 over facts and file contents: the part's identity as an input."""
        files = {name: file.sha256 for name, file in self.files.items()}
        return digest({"facts": self.facts, "files": files})


@dataclass(frozen=True, slots=True)
class StepMade:
    """A done step as it was planned, and what its parts are known by; enough to plan it again.

    `fingerprints` by part name: none of a kind that is made anew in every job.
    """

    key: str
    kind: str
    params: dict[str, Any]
    inputs: tuple[str, ...]
    fingerprints: dict[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """A part as a step makes it: files still lie in the scratch directory, by name."""

    facts: Any
    files: dict[str, Path] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
