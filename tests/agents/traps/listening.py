"""A real listener on a free port, with the devices and credentials of a small site."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from servers.ports import free_port
from servers.snmpd import V3User

from agents.host_clock import HostClock
from agents.snmp.names import Version
from agents.snmp.usm.user import User
from agents.traps.config import TrapsConfig
from agents.traps.counts import TrapCounts
from agents.traps.hearing import Hearing
from agents.traps.identity import TrapEngine
from agents.traps.keyring import Keyring
from agents.traps.plan import trap_plan
from contract.batch import Batch
from contract.messages import AssignedDevice, Assignment
from contract.trap import load_traps

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "traps"
NOC = V3User("noc", "SHA-256", "a password of noc", "AES", "another one of noc")
GUARD = V3User("guard", "MD5", "a password of guard")
USERS = {
    "noc": User(b"noc", "sha256", b"a password of noc", "aes128", b"another one of noc"),
    "guard": User(b"guard", "md5", b"a password of guard"),
}
KEYS = Keyring({(Version.V1, b"public"): "old", (Version.V2C, b"public"): "new", (Version.V1, b"v1only"): "v1"}, USERS)
ENGINE = TrapEngine(id="8000000005aabbccdd", boots=3)
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
DOWN = ("1.3.6.1.2.1.2.2.1.1.5", "i", "5", "1.3.6.1.2.1.31.1.1.1.1.5", "s", "ge-0/0/5")


def assignment(*devices: str, **more: Any) -> Assignment:
    """Devices called `d-N` at the addresses; with the shipped definitions."""
    made = [
        AssignedDevice(id=f"d-{n}", address=address, credential="new", interval_s=60, timeout_s=1, retries=0)
        for n, address in enumerate(devices or ("127.0.0.1",))
    ]
    return Assignment(version=1, id="1-abcd", devices=made, traps=load_traps(SHIPPED)[1], **more)


class Site:
    """A listener, what it made of what it heard, and what it was told to do."""

    def __init__(
        self,
        *devices: str,
        keys: Keyring = KEYS,
        engine: TrapEngine = ENGINE,
        host: str = "127.0.0.1",
        **settings: Any,
    ) -> None:
        self.batches: list[Batch] = []
        self.hints: list[str] = []
        self.promised: list[asyncio.Future[None]] = []
        self.plugs: list[socket.socket] = []
        self.disk_is_good = True
        port = free_port(socket.SOCK_DGRAM)
        config = TrapsConfig.model_validate({"listen": f"{host}:{port}", "credentials": ["a"], **settings})
        self.hearing = Hearing(
            config,
            keys,
            engine,
            put=self.batches.append,
            put_durably=self._put_durably,
            hint=self.hints.append,
            clock=HostClock(is_synchronised=lambda: True),
            counts=TrapCounts(),
        )
        self.hearing.plan = trap_plan(assignment(*devices))

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.hearing.port.number

    @property
    def refused(self) -> dict[str, int]:
        """How many were refused, by reason."""
        return {str(reason): number for reason, number in self.hearing.counts.refused.items()}

    @property
    def accounted(self) -> int:
        """How many datagrams have left in a way that is counted."""
        counts, informs = self.hearing.counts, self.hearing.informs.counts
        heard = counts.alarms + counts.unknown + informs.again
        return heard + counts.reported + counts.refused.total() + self.hearing.guard.dropped + counts.bugs

    def stop(self) -> None:
        """Hear nothing more."""
        self.hearing.stop()
        self.hearing.close()
        for plug in self.plugs:
            plug.close()

    def _put_durably(self, batch: Batch) -> "asyncio.Future[None]":
        self.batches.append(batch)
        promised = asyncio.get_running_loop().create_future()
        self.promised.append(promised)
        if self.disk_is_good:
            promised.set_result(None)
        return promised


@asynccontextmanager
async def listening(*devices: str, **more: Any) -> AsyncIterator[Site]:
    """A site that listens."""
    site = Site(*devices, **more)
    tasks = [asyncio.create_task(site.hearing.read()), asyncio.create_task(site.hearing.report())]
    try:
        yield site
    finally:
        for task in tasks:
            task.cancel()
        site.stop()
