"""Small inventories for the tests of the whole thread."""

from collections.abc import Mapping
from pathlib import Path

from system.parts import ROOT

from contract.inventory import AgentEntry, Area, Device, Inventory, Site, next_version
from simulator.sample.province import sample
from simulator.snmp.server import free_ports

_PLAIN = {"profiles": ["system", "if-mib"], "credential": "sample", "timeout_s": 0.5}


def busy() -> Inventory:
    """The routers of a few sites of the sample, polled often by one agent, each on a port of its own."""
    made = sample(6, 3, interval_s=0.25)
    agent = made.agents[0].id
    routers = [device for device in made.devices if f"tram-{device.id.removeprefix('rt-')}" == device.site]
    devices = [
        router.model_copy(update={"agent": agent, "address": "127.0.0.1", "port": port, **_PLAIN})
        for router, port in zip(routers, free_ports(6), strict=True)
    ]
    return made.model_copy(
        update={
            "agents": made.agents[:1],
            "devices": devices,
            "sensors": [],
            "links": [],
            "cells": [cell.model_copy(update={"agent": None}) for cell in made.cells],
            "credentials": ["sample"],
        }
    )


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


def named_sites(agents: Mapping[str, str]) -> Inventory:
    """Sites with a device each, by the agents that watch them."""
    return Inventory(
        areas=[Area(id="ca-mau", name="Cà Mau", level="province")],
        sites=[Site(id=site, name=site, area="ca-mau") for site in agents],
        agents=[AgentEntry(id=agent) for agent in dict.fromkeys(agents.values())],
        devices=[
            Device(id=f"rt-{site}", site=site, agent=agent, address="127.0.0.1", profiles=["p"], credential="c")
            for site, agent in agents.items()
        ],
        credentials=["c"],
    )


def assignment(folder: Path, inventory: Inventory) -> Path:
    """Write the assignment of the inventory's first agent to a file and return it."""
    profiles = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "config" / "profiles").glob("*.yaml")}
    version = next_version(None, inventory, profiles, 1)
    path = folder / "assignment.json"
    path.write_bytes(version.assignment(inventory.agents[0].id).to_json())
    return path
