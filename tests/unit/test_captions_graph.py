"""Captions beside pictures, as the encode graph keeps or deletes them."""

from __future__ import annotations

from dataclasses import replace

from farm.ladder import Chunk
from media.graphs.beside import OTHERS
from media.graphs.devices import CPU
from media.graphs.encode import encode_chunk
from tests.unit.test_graph_encode import LOW, PLAIN, TIMELINE, TOP, chain, option

KEPT = replace(PLAIN, captions=True)


def test_captions_are_deleted_unless_they_are_asked_for() -> None:
    assert "sidedata=mode=delete,setparams" in chain(PLAIN)
    others = ",".join(f"sidedata=mode=delete:type={kind}" for kind in OTHERS)
    assert f"{others},setparams" in chain(KEPT)
    assert "A53_CC" not in chain(KEPT)
    assert "sidedata=mode=delete," not in chain(KEPT)


def test_what_a_held_picture_carries_is_not_repeated() -> None:
    held = chain(replace(KEPT, picture_frames=100))
    last = r"tpad=stop=-1:stop_mode=clone,sidedata=enable=gte(n\,100):mode=delete:type=A53_CC"
    assert last in held
    assert "A53_CC" not in chain(replace(PLAIN, picture_frames=100))


def test_rungs_of_half_the_rate_get_the_captions_of_the_pictures_that_go() -> None:
    whole = Chunk(0, 0, 1440, 0)
    for treatment, dropped, told in (
        (PLAIN, "framestep=step=2", ("0", "0")),
        (KEPT, "fps=fps=30/1:start_time=0", ("1", "1")),
    ):
        args = encode_chunk(treatment, TIMELINE, whole, [LOW, TOP], CPU).args
        graph = option(args, "-filter_complex")
        assert (dropped in graph, "framestep" in graph) == (True, dropped.startswith("framestep"))
        assert tuple(option(args, "-a53cc", nth) for nth in (0, 1)) == told
