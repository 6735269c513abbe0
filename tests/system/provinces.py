"""Small inventories for the tests of the whole thread."""

from pathlib import Path

from system.parts import ROOT

from contract.inventory import AgentEntry, Area, Device, Inventory, Site, next_version
from simulator.sample.small import small
from simulator.snmp.server import free_ports


def busy() -> Inventory:
    """A few simulated devices of one agent, polled often."""
    made = small(6, 3, free_ports(6))
    agent = made.agents[0].id
    devices = [device.model_copy(update={"agent": agent, "interval_s": 0.25}) for device in made.devices]
    return made.model_copy(update={"devices": devices, "agents": made.agents[:1], "sensors": []})


def real(port: int) -> Inventory:
    """One real device on loopback."""
    return Inventory(
        areas=[Area(id="ca-mau", name="Cà Mau", level="province")],
        sites=[Site(id="site-real", name="Thiết bị thật", area="ca-mau")],
        agents=[AgentEntry(id="agent-real")],
        devices=[
            Device(
                id="device-real",
                site="site-real",
                agent="agent-real",
                address="127.0.0.1",
                port=port,
                profiles=["system", "if-mib"],
                credential="sample",
                interval_s=0.3,
            )
        ],
        credentials=["sample"],
    )


def assignment(folder: Path, inventory: Inventory) -> Path:
    """Write the assignment of the inventory's first agent to a file and return it."""
    profiles = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "config" / "profiles").glob("*.yaml")}
    version = next_version(None, inventory, profiles, 1)
    path = folder / "assignment.json"
    path.write_bytes(version.assignment(inventory.agents[0].id).to_json())
    return path
