"""Devices on the farm's page, and on a title's what they did not do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sqlalchemy import text, update

from farm.devices import Capability, DeviceFault, DeviceReport, Fallback
from farm.ladder import Ladder
from farm.serial import to_json
from storage.postgres import breakers, devices
from storage.postgres.database import Database
from storage.postgres.models import Artifact, Step
from tests.service.api_server import ApiServer
from tests.service.test_pages import submit
from tests.service.visitor import People
from tests.unit.test_graph_encode import TOP

CAN = Capability("h264", 8, "h264_nvenc", works=True, pixels_per_s=4.2e8)
CANNOT = Capability("av1", 10, "av1_nvenc", works=False, reason="it cannot do this")
GPU = DeviceReport("m/1", "nvenc:0", "nvenc", "NVIDIA 550", 8, (CAN, CANNOT))
DEAD = replace(GPU, key="m/2", name="nvenc:1", capabilities=(CANNOT,), sessions=0)
GONE = Fallback("nvenc:0", "NVIDIA 550", "gone", "its driver does not answer", "cpu")


def test_an_operator_sees_what_each_device_can_and_how_it_is(
    api: ApiServer, people: People, database: Database
) -> None:
    with database.begin() as session:
        devices.note(session, "host:1", GPU)
        devices.note(session, "host:1", DEAD)
    page = people.signed_in("*").get("/farm").text
    assert "h264 8 bit, 420 Mpixel/s" in page
    assert "✕ av1 10 bit: it cannot do this" in page
    assert "0 of 8" in page
    assert (page.count("<span>works</span>"), page.count("<span>encodes nothing</span>")) == (1, 1)
    assert "Devices" not in people.signed_in().get("/farm").text
    with database.begin() as session:
        breakers.note_failure(session, GPU.key, DeviceFault.GONE, "no <device>", 100.0)
    page = people.signed_in("*").get("/farm").text
    assert "left alone for 1 min" in page
    assert "no &lt;device&gt;" in page


def test_a_title_shows_which_encodes_went_elsewhere_and_why(
    api: ApiServer, people: People, database: Database
) -> None:
    job = submit(api, asset="film")
    ladder = Ladder("test", (TOP,), (), Fraction(4))
    with database.begin() as session:
        session.add(Artifact(fingerprint="f", kind="ladder", part={"facts": to_json(ladder)}))
        session.flush()
        mine = update(Step).where(Step.job_id == job)
        session.execute(mine.where(Step.key == "ladder").values(state="DONE", parts={"": "f"}))
        session.execute(mine.where(Step.key == "ingest").values(fallbacks=[to_json(GONE)]))
        assert session.scalar(text("SELECT count(*) FROM artifact")) == 1
    page = people.signed_in().get(f"/titles/{job}").text
    assert "1 time an encode went elsewhere than to the GPU it was meant for" in page
    assert "its driver does not answer" in page
    assert "the CPU" in page
