"""The table of `bench/sizes.py`: the worst step of each kind, and a verdict."""

from __future__ import annotations

from bench.sizes import Used, table

MIB = 1 << 20


def test_the_step_that_is_nearest_to_its_limit_stands_for_its_kind() -> None:
    steps = [Used("encode", 400 * MIB, 100 * MIB), Used("encode", 100 * MIB, 90 * MIB)]
    assert table([*steps, Used("package", 200 * MIB, 200 * MIB)]) == (
        [
            "kind         steps    declared    recorded   share",
            "encode           2     100 MiB      90 MiB    0.90  kept",
            "package          1     200 MiB     200 MiB    1.00  kept",
        ],
        True,
    )


def test_a_step_above_what_it_declared_is_a_miss() -> None:
    lines, kept = table([Used("text", 128 * MIB, 129 * MIB)])
    assert (lines[1][-6:], kept) == ("MISSED", False)
