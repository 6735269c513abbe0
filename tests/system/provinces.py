"""Small inventories for the tests of the whole thread."""

from contract.inventory import AgentEntry, Area, Device, Inventory, Site
from simulator.province import sample
from simulator.server import free_ports


def busy() -> Inventory:
    """A few simulated devices of one agent, polled often."""
    made = sample(6, 3, free_ports(6))
    agent = made.agents[0].id
    devices = [device.model_copy(update={"agent": agent, "interval_s": 0.25}) for device in made.devices]
    return made.model_copy(update={"devices": devices, "agents": made.agents[:1]})


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
