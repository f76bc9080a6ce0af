"""How much comes before a title: by priority, fair shares, and age."""

from __future__ import annotations

import pytest

from planning.queue import Pile, work_before

OWN = {"cpu": 10.0}


def pile(
    core_s: float, tenant: str = "one", catalog: str = "", priority: int = 0, older: bool = True
) -> Pile:
    return Pile(priority, tenant, catalog, {"cpu": core_s}, older)


@pytest.mark.parametrize(
    ("piles", "before"),
    [
        ([], 0),
        ([pile(100)], 100),
        ([pile(100, older=False)], 0),
        ([pile(100, "two", priority=1)], 100),
        ([pile(100, "two", priority=1), pile(100, "three")], 110),
        ([pile(100, priority=1, older=False)], 100),
        ([pile(100, priority=-1)], 0),
        # Others have their turns meanwhile: as much as the title has itself, if there is as much.
        ([pile(100, "two")], 10),
        ([pile(4, "two"), pile(100, "three")], 14),
        ([pile(100, catalog="spring")], 10),
        # With what stands before it, too: all of its tenant's, and then as much of another's.
        ([pile(30), pile(100, "two")], 70),
        ([pile(30), pile(100, catalog="spring"), pile(500, "two")], 150),
        ([pile(3, "two"), pile(3, "two", "spring")], 6),
    ],
)
def test_of_others_so_much_is_done_before(piles: list[Pile], before: float) -> None:
    assert sum(work_before(piles, 0, "one", "", OWN).values()) == before


def test_a_share_of_others_is_of_all_their_classes() -> None:
    others = Pile(0, "two", "", {"cpu": 30.0, "qc": 10.0})
    assert work_before([others], 0, "one", "", {"cpu": 20.0}) == {"cpu": 15.0, "qc": 5.0}
