"""Our own agent polls each kind with the shipped profiles, in version 2c and 3: what it makes of the device is what the
model said."""

import asyncio
import time
from collections.abc import AsyncIterator
from math import isclose

import pytest
from agents.polling import PROFILES, assigned
from agents.waiting import until
from pydantic import SecretStr
from simulator.snmp.province import CALM, KINDS, MAINS, Told, inventory

from agents.config import Credential as AgentCredential
from agents.config import CredentialSecrets
from agents.credentials import security
from agents.host_clock import HostClock
from agents.poller import poll, target
from agents.snmp.transport import Transport
from contract.batch import Batch
from contract.profiles import parse_profiles
from contract.secret import SecretSource
from simulator.snmp.credential import Community, Credential, User
from simulator.snmp.kinds import Equipment, build
from simulator.snmp.scene import Scene
from simulator.snmp.server import Address, Server
from simulator.snmp.ups import NORMAL
from simulator.snmp.week import TICKS, Week

_UNUSED = SecretSource(env="UNUSED")
V2C = AgentCredential(version="v2c", community=_UNUSED)
V3 = AgentCredential(
    version="v3", user="mangrove", auth="sha256", auth_password=_UNUSED, privacy="aes128", privacy_password=_UNUSED
)
SECRETS = CredentialSecrets(community=SecretStr("public"))
SECRETS_V3 = CredentialSecrets(auth_password=SecretStr("auth-password"), privacy_password=SecretStr("priv-password"))
CREDENTIALS: dict[str, tuple[Credential, AgentCredential, CredentialSecrets]] = {
    "v2c": (Community(b"public"), V2C, SECRETS),
    "v3": (User("mangrove", "sha256", "auth-password", "aes128", "priv-password"), V3, SECRETS_V3),
}
SIGNALS = {"ln-rt": -7.01, "ln-olt": -15.5, "ln-hop": -45.25}
Values = dict[tuple[str, object, str], object]


class Province:
    """The equipment at its addresses, and the agent's side of one credential."""

    def __init__(self, equipment: Equipment, addresses: dict[str, Address], version: str) -> None:
        self.equipment, self.addresses = equipment, addresses
        _, self.credential, self.secrets = CREDENTIALS[version]


@pytest.fixture(params=list(CREDENTIALS))
async def province(request: pytest.FixtureRequest) -> AsyncIterator[Province]:
    """All kinds of devices by the wall clock."""
    calm = Told(signals=SIGNALS).scene()
    began = time.time()
    scene = Scene(Week(int(began * TICKS), began), calm.reading, calm.celsius, calm.battery, calm.signal)
    given: Credential = CREDENTIALS[request.param][0]
    equipment = build(inventory(), scene, seed=1, credentials={"sample": given})
    server = Server(time.time)
    devices = equipment.devices
    addresses = server.start((device, ("127.0.0.1", 0)) for device in devices.values())
    yield Province(equipment, dict(zip(devices, addresses, strict=True)), request.param)
    server.close()


async def polled(province: Province, name: str, transport: Transport) -> list[Batch]:
    """Two polls of a device, some time apart."""
    (entry,) = (device for device in inventory().devices if device.id == name)
    known = assigned(province.addresses[name], profiles=entry.profiles, interval_s=60, timeout_s=10.0)
    asked = security(province.credential, province.secrets, known.id)
    device = target(known, parse_profiles(PROFILES), "1-abcd", transport, asked)
    first = await poll(device, HostClock())
    later = time.monotonic() + 0.3
    await until(lambda: time.monotonic() > later)
    return [first, await poll(device, HostClock())]


def values(batch: Batch) -> Values:
    """Measurement, tag and field: value."""
    assert batch.poll is not None
    assert (batch.poll.outcome, batch.poll.reason) == ("ok", "")
    return {
        (table.measurement, row[0] if table.tags else None, field): value
        for table in batch.tables
        for row in table.rows
        for field, value in zip(table.fields, row[len(table.tags) :], strict=True)
    }


async def test_every_field_that_a_kind_has_is_there_and_is_what_the_model_says(province: Province) -> None:
    transport = Transport()
    try:
        batches = await asyncio.gather(*(polled(province, name, transport) for name in KINDS))
    finally:
        transport.close()
    found = {name: [values(batch) for batch in both] for name, both in zip(KINDS, batches, strict=True)}
    for name, (_, said) in found.items():
        assert said["system", None, "uptime_s"] is not None
        if name != "ups":
            _are_whole_ports(province, name, said)
            assert said["chassis_sensor", "temperature", "celsius"] == pytest.approx(MAINS.cabinet_celsius + 9)
    _, rt, olt, radio, ups = (found[name][1] for name in ("core", "rt", "olt", "mw-1", "ups"))
    assert rt["chassis_sensor", "XGE0/0/1 rx", "dbm"] == pytest.approx(SIGNALS["ln-rt"])
    assert rt["interface", "XGE0/0/1", "speed_bps"] == 10e9
    assert olt["chassis_sensor", "xge0/1 rx", "dbm"] == pytest.approx(SIGNALS["ln-olt"])
    assert (olt["interface", "xge0/1", "oper_status"], olt["interface", "xge0/2", "oper_status"]) == (1, 2)
    assert radio["chassis_sensor", "radio1 rx", "dbm"] == pytest.approx(SIGNALS["ln-hop"])
    assert radio["interface", "radio1", "speed_bps"] == 400e6
    expected: Values = {
        ("ups", None, "battery_status"): NORMAL,
        ("ups", None, "on_battery_s"): 0,
        ("ups", None, "remaining_min"): CALM.left_s / 60,
        ("ups", None, "charge_pct"): 100,
        ("ups", None, "battery_volts"): MAINS.battery_v,
        ("ups", None, "battery_amperes"): 0.0,
        ("ups", None, "battery_celsius"): 31,
        ("ups", None, "input_line_bads"): 0,
        ("ups", None, "output_source"): 3,
        ("ups", None, "output_hertz"): 0.0,
        ("ups", None, "alarms_present"): 0,
        ("ups", None, "test_result"): 6,
        ("ups_input", "1", "hertz"): 50.0,
        ("ups_input", "1", "volts"): 229,
        ("ups_input", "1", "amperes"): 4.5,
        ("ups_input", "1", "watts"): 1034,
        ("ups_output", "1", "volts"): 54,
        ("ups_output", "1", "amperes"): 18.0,
        ("ups_output", "1", "watts"): 972,
        ("ups_output", "1", "load_pct"): 30,
    }
    assert {key: value for key, value in ups.items() if key[0] != "system"} == pytest.approx(expected)


def _are_whole_ports(province: Province, name: str, said: Values) -> None:
    ports = {tag for measurement, tag, _ in said if measurement == "interface"}
    assert len(ports) == province.equipment.devices[name].ports
    for key, value in said.items():
        if key[0] != "interface":
            continue
        assert value is not None
        up = said["interface", key[1], "oper_status"] == 1
        if key[2] in ("in_bps", "out_bps", "in_pps", "out_pps"):
            assert isinstance(value, float)
            assert value >= 0 if up else value == 0
            assert value > 0 or not up or key[2].endswith("pps")
        if key[2] in ("in_pct", "out_pct"):
            assert isinstance(value, float)
            assert 0 <= value <= 100


async def test_the_two_ends_of_a_link_are_said_to_carry_the_same(province: Province) -> None:
    transport = Transport()
    try:
        both = await asyncio.gather(*(polled(province, name, transport) for name in ("core", "rt")))
    finally:
        transport.close()
    near, far = (values(batches[-1]) for batches in both)
    for one, other in (("in_bps", "out_bps"), ("out_bps", "in_bps")):
        sent, got = near["interface", "XGE0/0/1", one], far["interface", "XGE0/0/1", other]
        assert isinstance(sent, float)
        assert isinstance(got, float)
        assert isclose(sent, got, rel_tol=0.05)  # not at quite the same times
