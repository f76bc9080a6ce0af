"""The most memory a program held, which its resource usage alone does not tell.

A program's `ru_maxrss` starts at what the process that started it had ever held (vfork(2), and
exec(2) keeps it): a small program would seem as large as its worker.
"""

from __future__ import annotations

import re
import resource
from pathlib import Path

# The kernel counts pages by the batch, in every processor: what it says differs by so much.
INACCURACY_KIB = 8 * 1024

_PEAK = re.compile(rb"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)


class PeakMemory:
    """Looks at a running program from time to time; it never looks larger than it was."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._seen_kib = 0
        self._inherited_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.look()  # some end before anybody looks again

    def look(self) -> None:
        """Note what the program has held until now; nothing where it has ended."""
        try:
            found = _PEAK.search(self._status.read_bytes())
        except OSError:
            return
        if found is not None:  # a zombie has no memory
            self._seen_kib = max(self._seen_kib, int(found[1]))

    def bytes_of(self, usage: resource.struct_rusage) -> int:
        """Return the peak of a program that ended with this usage.

        That is what the kernel counted, where it is more than was inherited, else what was seen.
        """
        if usage.ru_maxrss > self._inherited_kib + INACCURACY_KIB or not self._seen_kib:
            return usage.ru_maxrss * 1024  # Linux counts KiB (getrusage(2))
        return self._seen_kib * 1024
