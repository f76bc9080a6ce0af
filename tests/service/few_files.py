"""Allow this process few open files, as a user who may not raise the limit, and become a program.

`python few_files.py COUNT ARGV...`
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

PR_CAPBSET_DROP, CAP_SYS_RESOURCE = 24, 24


def main() -> None:
    """Limit, then exec."""
    count, *argv = sys.argv[1:]
    if os.geteuid() == 0:  # root may raise any limit
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(count), int(count)))
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
