"""The whole thread in one place: broker, simulated devices, agent, collector, and a database of the test's choice."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.mosquitto import Mosquitto
from servers.process import Server
from servers.proxy import Proxy
from system.oracle import Entry, expected, journal
from system.parts import ROOT, AgentProcess, CollectorProcess, Ours, secret, write_yaml

from collector.ledger import LedgerRow
from contract.control import ControlError
from contract.inventory import Inventory

SETTLED_WITHIN = 60.0


def wait_for(condition: Callable[[], bool], what: str, within: float = SETTLED_WITHIN) -> None:
    """Return when `condition` holds. Raises AssertionError when it does not within so many seconds."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        pause.wait(0.05)


@dataclass(frozen=True, slots=True)
class Thread:
    """What a test holds in its hand."""

    folder: Path
    broker: Mosquitto
    agent: AgentProcess
    collector: CollectorProcess
    devices: Server | None

    @property
    def mappings(self) -> Path:
        """The folder of the collector's mappings."""
        return self.folder / "sensors"

    def accepted(self) -> list[Entry]:
        """Return all that the agent's spool ever accepted."""
        return journal(self.agent.spool, self.agent.archive)

    def wanted(self) -> dict[tuple[str, str, str, str, int], dict[str, float | int]]:
        """Return the points that the database must hold."""
        agent = self.agent.config_path.stem
        return expected((agent, entry) for entry in self.accepted())

    def ledger(self) -> list[LedgerRow]:
        """Return the books of the running collector; none while it does not answer."""
        try:
            rows = self.collector.stats()["ledger"]
        except ControlError:
            return []
        assert isinstance(rows, list)
        return rows

    def stored(self) -> int:
        """Return how many batches are stored, by the books."""
        return sum(row["stored"] for row in self.ledger())

    def settle(self, within: float = SETTLED_WITHIN) -> None:
        """End the agent, start it again without devices to poll, and wait until all it ever accepted is settled."""
        self.agent.stop()
        empty = self.folder / "nothing.json"
        empty.write_text('{"version": 1, "id": "1-nothing"}')
        drain = [*self.agent_command(), "--assignment", str(empty)]
        with Ours(self.folder, "drain", drain, "assignment 1-nothing"):
            wait_for(self._is_settled, "spool empty and books balanced", within)

    def agent_command(self) -> list[str]:
        """Return the agent's arguments."""
        return ["-m", "mangrove", "agent", "-c", str(self.agent.config_path)]

    def _is_settled(self) -> bool:
        rows = self.ledger()
        settled = all(row["balanced"] and row["spooled"] == 0 for row in rows)
        return bool(rows) and settled and self.is_spool_empty()

    def is_spool_empty(self, but_of: str = "-") -> bool:
        """Whether all that the agent's spool accepted was freed; what is of boot `but_of` does not matter."""
        segments = [path for path in self.agent.spool.glob("*.seg") if not path.name.startswith(but_of)]
        return not any(map(_has_bytes, segments))


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:  # freed, or renamed as it was closed: looked at again
        return True


@contextmanager
def running(
    folder: Path,
    broker: Mosquitto,
    inventory: Inventory,
    store: dict[str, object],
    *,
    simulate: bool = True,
    sensors: Mosquitto | None = None,
    front: Proxy | None = None,
    more: dict[str, object] | None = None,
    more_of_agent: dict[str, object] | None = None,
    agent_kind: type[AgentProcess] = AgentProcess,
) -> Iterator[Thread]:
    """Run a thread with the agents and devices of the inventory; `simulate` serves the devices too. `sensors` is the
    broker on which sensors speak, `broker` when not given; `front` is what our ends reach the broker through; `more`
    goes into the collector's file, `more_of_agent` into the agent's."""
    agent_id = inventory.agents[0].id
    write_yaml(folder / "inventory.yaml", inventory.model_dump(mode="json", exclude_none=True))
    shutil.copytree(ROOT / "config" / "sensors", folder / "sensors")
    secret(folder / "community", "public")
    at = {"host": (front or broker).host, "port": (front or broker).port}
    credential = {"version": "v2c", "community": {"file": "community"}}
    collector = CollectorProcess(
        folder,
        {
            "id": "test",
            "broker": at,
            "inventory": "inventory.yaml",
            "catalog": str(ROOT / "config" / "catalog.yaml"),
            "profiles": str(ROOT / "config" / "profiles"),
            "sensors": "sensors",
            "store": store,
            **(more or {}),
        },
    )
    agent = agent_kind(
        folder,
        {
            "id": agent_id,
            "broker": at,
            "heartbeat_s": 0.5,
            "resend_s": 2,
            "credentials": dict.fromkeys(inventory.credentials, credential),
            "sensors": {"broker": {"host": (sensors or broker).host, "port": (sensors or broker).port}},
            **(more_of_agent or {}),
        },
    )
    with ExitStack() as stack:
        devices: Server | None = None
        if simulate:
            arguments = ["-m", "simulator.app", "--inventory", str(folder / "inventory.yaml"), "--quiet-sky"]
            devices = stack.enter_context(Ours(folder, "simulator", arguments, "ready"))
        stack.enter_context(collector)
        stack.enter_context(agent)
        yield Thread(folder, broker, agent, collector, devices)
