"""URLs of Redis: those that every part of the farm understands, and no others."""

from __future__ import annotations

import pytest

from farm.broker_url import checked_broker
from farm.errors import InvalidSpec
from storage.wakeups import celery_app


@pytest.mark.parametrize("url", ["redis://r/0", "rediss://:pw@r:6380/1", "redis+socket:///r.sock"])
def test_a_redis_is_named_by_its_address(url: str) -> None:
    assert checked_broker(url) == url


@pytest.mark.parametrize("scheme", ["sentinel", "redis-sentinel", "redis+sentinel"])
def test_sentinel_is_refused_with_what_to_do_and_without_its_password(scheme: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        celery_app(f"{scheme}://:secret@s:26379;{scheme}://:secret@t:26379")
    assert refused.value.message == (
        "REELFARM_BROKER_URL must begin with redis:// or rediss:// or redis+socket://; Sentinel is"
        " not asked for the primary: name an address that always leads to it"
    )


def test_other_brokers_are_refused() -> None:
    with pytest.raises(InvalidSpec, match=r"redis\+socket://$"):
        celery_app("amqp://guest:secret@r//")
