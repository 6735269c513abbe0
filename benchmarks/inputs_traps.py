"""Traps in one CPU-second of the agent, from the socket until their batch is put, with polls going on beside.

`python -m benchmarks.inputs_traps` prints one JSON object; `python -m benchmarks inputs` has it among the others. The
agent's own parts on its own event loop, down to a spool on a real disk. 100 devices send linkDown with three objects,
each from its own address, at a rate that leaves room; all CPU of the process counts, and the best of the rounds. Then
100 routers of 48 ports are polled every 10 s, without traps and with both kinds beside: how many polls begin more than
250 ms late.
"""

import asyncio
import json
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from agents.traps.messages import Device, v2c
from pydantic import SecretStr
from servers.ports import free_port

from agents.committer import Committer
from agents.config import Credential, CredentialSecrets
from agents.folder import Limits
from agents.host_clock import HostClock
from agents.outlet import Outlet
from agents.pollers import Pollers
from agents.snmp import names
from agents.snmp.names import Version
from agents.snmp.oids import oid
from agents.snmp.transport import Transport
from agents.snmp.usm.user import User
from agents.spool import Spool
from agents.traps.config import TrapsConfig
from agents.traps.counts import TrapCounts
from agents.traps.hearing import Hearing
from agents.traps.identity import TrapEngine
from agents.traps.keyring import Keyring
from agents.traps.plan import trap_plan
from benchmarks.poll_devices import Devices, address
from benchmarks.poll_parts import COMMUNITY, PORTS, assigned
from contract.secret import SecretSource
from contract.trap import load_traps

ROUTERS, SENDERS, INTERVAL_S = 100, 100, 10.0
ROUND_S, ROUNDS = 5.0, 3
RATES = {"v2c": 300, "v3": 120}
BESIDE, BESIDE_S = 50, 20.0  # a second of each kind, beside polls
USER = User(b"bench", "sha256", b"authentic-bench", "aes128", b"private-bench")
TEXTS = load_traps(Path(__file__).parents[1] / "config" / "traps")[1]
LIMITS = Limits(free=0)
SAID = [
    (oid("1.3.6.1.2.1.2.2.1.1.5"), names.INTEGER, 5),
    (oid("1.3.6.1.2.1.2.2.1.7.5"), names.INTEGER, 1),
    (oid("1.3.6.1.2.1.2.2.1.8.5"), names.INTEGER, 2),
]


class Agent:
    """The parts of an agent that poll and hear, down to a spool on a real disk."""

    def __init__(self, folder: Path, port: int) -> None:
        self._spool = Spool(folder / "spool", 7, LIMITS)
        polls = Committer(self._spool, lambda _: None, wait_ms=50)
        alarms = Committer(self._spool, lambda _: None, wait_ms=50, alarms=True)
        self._committers = polls, alarms
        outlet = Outlet(polls, alarms)
        self._transport = Transport()
        clock = HostClock()
        credential = Credential(version="v2c", community=SecretSource(env="UNUSED"))
        secret = CredentialSecrets(community=SecretStr(COMMUNITY))
        self.pollers = Pollers({"v2c": credential}, {"v2c": secret}, self._transport, outlet.put, clock)
        keys = Keyring({(Version.V2C, COMMUNITY.encode()): "v2c"}, {"v3": USER})
        self.counts = TrapCounts()
        self.hearing = Hearing(
            TrapsConfig(listen=f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}", credentials=["v2c", "v3"]),
            keys,
            TrapEngine(id="8000000005aabbccdd", boots=1),
            put=outlet.put,
            put_durably=outlet.put_durably,
            hint=self.pollers.hint,
            clock=clock,
            counts=self.counts,
        )
        made = assigned(map(address, range(ROUTERS)), port, interval_s=INTERVAL_S).model_copy(update={"traps": TEXTS})
        self.hearing.plan = trap_plan(made)
        self.assignment = made
        committing = [each.run() for each in self._committers]
        works = *committing, self.pollers.run(), self.hearing.read(), self.hearing.report()
        self._tasks = [asyncio.create_task(work) for work in works]

    async def stop(self) -> None:
        """End all of it."""
        self.pollers.stop()
        self.hearing.stop()
        self.hearing.close()
        for each in self._committers:
            each.stop()
        for task in self._tasks[len(self._committers) :]:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._transport.close()
        self._spool.close()


async def _measured(folder: Path, port: int) -> dict[str, object]:
    agent = Agent(folder, port)
    out: dict[str, object] = {}
    for version, rate in RATES.items():
        rounds = [await _round(agent, version, rate) for _ in range(ROUNDS)]
        prefix = "" if version == "v2c" else "v3_"
        out[f"{prefix}per_cpu_second"], out[f"{prefix}rounds"] = max(rounds), rounds
    out["sent_per_s"] = RATES
    assert agent.pollers.apply(agent.assignment)
    await asyncio.sleep(2 * INTERVAL_S)
    for name, versions in (("without_traps", ()), ("with_traps", tuple(RATES))):
        sending = [await _sender(agent.hearing.port.number, one, BESIDE, BESIDE_S) for one in versions]
        begun, late = agent.pollers.beats.begun, agent.pollers.beats.late
        await asyncio.sleep(BESIDE_S)
        beats = agent.pollers.beats
        out[name] = {"polls": beats.begun - begun, "late_polls": beats.late - late, "hinted": beats.out_of_turn}
        for one in sending:
            await one.wait()
    out["refused"], out["dropped"] = sum(agent.counts.refused.values()), agent.hearing.guard.dropped
    out["overflowed"] = agent.hearing.port.overflowed
    await agent.stop()
    return out


async def _round(agent: Agent, version: str, rate: int) -> int:
    """Return how many alarms the agent made in each CPU-second of a round in which it does nothing else."""
    sending = await _sender(agent.hearing.port.number, version, rate, ROUND_S + 2.0)
    await asyncio.sleep(1.0)
    used, alarms = time.process_time(), agent.counts.alarms
    await asyncio.sleep(ROUND_S)
    found = round((agent.counts.alarms - alarms) / (time.process_time() - used))
    await sending.wait()
    return found


async def _sender(port: int, version: str, rate: int, seconds: float) -> asyncio.subprocess.Process:
    arguments = ["-m", "benchmarks.inputs_traps", "send", str(port), version, str(rate), str(seconds)]
    return await asyncio.create_subprocess_exec(sys.executable, *arguments)


def send(port: int, version: str, rate: int, seconds: float) -> None:
    """Send at a steady rate, each time as another of the senders."""
    plugs = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SENDERS)]
    for number, plug in enumerate(plugs):
        plug.bind((address(number), 0))
    devices = [Device(USER, b"\x80\0\0\0\5%05d" % number) for number in range(SENDERS)]
    start, boots = time.monotonic(), int(time.time())
    made: Callable[[int, int], bytes] = (
        (lambda _sender, _number: v2c(said=SAID, community=COMMUNITY.encode()))
        if version == "v2c"
        else lambda sender, number: devices[sender].trap(boots, number // SENDERS, SAID)
    )
    for number in count():
        due = start + number / rate
        if due > start + seconds:
            break
        data = made(number % SENDERS, number)
        time.sleep(max(0.0, due - time.monotonic()))
        plugs[number % SENDERS].sendto(data, ("127.0.0.1", port))


def measure() -> dict[str, object]:
    """Return the figures, by name."""
    with Devices(PORTS) as devices, tempfile.TemporaryDirectory(dir=".") as folder:
        return asyncio.run(_measured(Path(folder), devices.port))


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        send(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
    else:
        print(json.dumps(measure(), indent=2))
