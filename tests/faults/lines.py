"""The network lines of one process of a farm: a proxy of its own to each server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.faults.connection import Mode
from tests.faults.http_proxy import HttpProxy
from tests.faults.network import Network
from tests.faults.proxy import Proxy
from tests.faults.servers import Places, Servers


@dataclass(frozen=True, slots=True)
class Lines:
    """What lies between one process and the servers; `s3` where objects lie in one."""

    postgres: Proxy
    redis: Proxy
    s3: HttpProxy | None

    @property
    def all(self) -> Iterable[Proxy]:
        return filter(None, (self.postgres, self.redis, self.s3))

    def environment(self) -> dict[str, str]:
        """Return the settings with which a process uses these lines."""
        database = f"postgresql://reelfarm@127.0.0.1:{self.postgres.port}/postgres"
        found = {
            # The proxy speaks to a Unix socket, where there is no encryption to ask for.
            "REELFARM_DATABASE_URL": f"{database}?sslmode=disable&gssencmode=disable",
            "REELFARM_BROKER_URL": f"redis://127.0.0.1:{self.redis.port}/0",
        }
        if self.s3 is not None:
            found["REELFARM_S3_ENDPOINT_URL"] = f"http://127.0.0.1:{self.s3.port}"
        return found

    def cut(self) -> None:
        """Take the process off the network."""
        for proxy in self.all:
            proxy.set(Mode.CUT)

    def heal(self) -> None:
        """Let everything through again."""
        for proxy in self.all:
            proxy.heal()


def draw_lines(network: Network, servers: Servers, places: Places) -> Lines:
    """Return new lines to the servers."""
    s3 = None
    if places.s3 is not None:
        address = urlsplit(places.s3.endpoint_url)
        assert address.hostname is not None
        assert address.port is not None
        s3 = network.add(HttpProxy((address.hostname, address.port)))
    return Lines(
        postgres=network.add(Proxy(servers.postgres_socket)),
        redis=network.add(Proxy(servers.redis_socket)),
        s3=s3,
    )
