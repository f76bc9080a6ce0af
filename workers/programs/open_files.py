"""This process's limit on open files: as high as may be had, and an error where that is too low."""

from __future__ import annotations

import resource

from farm.errors import LimitTooLow

WANTED = 16_384  # connections, sockets of programs, files on their way to and from a store
NEEDED = 256  # PostgreSQL alone does not start below 58
EXHAUSTED = "Too many open files"  # EMFILE, in the words of every program here


def take_open_files() -> None:
    """Raise this process's limit on open files; raise LimitTooLow where too few may be had."""
    most = _most()
    if most < NEEDED:
        raise too_few_files("ReelFarm")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(WANTED, most), hard))


def too_few_files(who: str, allowed: int = WANTED) -> LimitTooLow:
    """Return the error of `who`, allowed so many open files at most, where it needed more."""
    return LimitTooLow(
        f"{who} may open no more than {min(allowed, _most())} files at once and needs more: raise"
        " the limit on open files (ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of docker)"
    )


def _most() -> int:
    """Return how many files this process may open at most."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED if most == resource.RLIM_INFINITY else most
