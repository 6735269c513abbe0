"""`mangrove discover` against devices that answer: net-snmp's agent, and the simulator's on loopback."""

import asyncio
import csv
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from agents.snmp.scripted_device import Mib, scripted_device
from servers.ports import free_port
from servers.snmpd import Snmpd, V3User
from simulator.snmp.manager import START
from simulator.snmp.province import equipment, inventory
from system.parts import ROOT

from agents.identity import SYS_DESCR, SYS_OBJECT_ID
from agents.snmp import names
from contract import inventory_folder
from contract.config_file import ConfigError
from contract.inventory import AgentEntry, Inventory
from contract.inventory_check import load_inventory
from mangrove.discover.ask import LLDP_NAMES, SYS_NAME, Patience
from mangrove.discover.command import Request, discover
from mangrove.inventory.place import place
from mangrove.profile_list import shipped_or
from simulator.snmp.server import Server

READER = V3User("noc-reader", "SHA-256", "auth-canary-31", "AES", "priv-canary-32")
PROFILES = shipped_or(None, None)[0]
NAMES = {"system", "if-mib", "entity-sensor", "ups-mib"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An agent's file with three credentials."""
    secrets = {
        "old": "nobody-has-it",
        "sample": "public",
        "auth": READER.auth_password,
        "priv": READER.privacy_password,
    }
    for name, text in secrets.items():
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)
    v3 = {"version": "v3", "user": READER.name, "auth": "sha256", "auth_password": {"file": "auth"}}
    v3 |= {"privacy": "aes128", "privacy_password": {"file": "priv"}}
    credentials = {"old": {"community": {"file": "old"}}, "sample": {"community": {"file": "sample"}}, "v3": v3}
    credentials["v1"] = {"version": "v1", "community": {"file": "sample"}}
    said = {"id": "agent-1", "broker": {"host": "192.0.2.1"}, "data": "data", "credentials": credentials}
    (tmp_path / "agent.yaml").write_text(yaml.safe_dump(said))
    return tmp_path / "agent.yaml"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of the simulated devices, 127.9.9.1 to .7."""
    port = free_port(socket.SOCK_DGRAM)
    server = Server(lambda: START / 100)
    made = equipment().devices
    server.start([(made[one.id], (one.address, port)) for one in inventory().devices])
    yield port
    server.close()


@pytest.fixture
def folder(tmp_path: Path, port: int) -> Path:
    """The inventory of these devices."""
    into = tmp_path / "province"
    into.mkdir()
    there = inventory()
    devices = [one.model_copy(update={"port": port}) for one in there.devices]
    agents = [AgentEntry(id="agent-1", site="seat")]
    write(into, there.model_copy(update={"devices": devices, "agents": agents}))
    return into


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def write(into: Path, there: Inventory) -> None:
    inventory_folder.write(there, into)


def request(config: Path, ranges: Sequence[str], port: int, into: Path | None = None, **more: Any) -> Request:
    """As a user would ask, with little patience."""
    given: dict[str, Any] = {
        "credentials": ["sample"], "out": None, "agent": "", "site": None, "named_profiles": True, "write": False,
        "links": False, "per_second": 5000.0, "in_flight": 32, "patience": Patience(port, 1.0, 0),
    }  # fmt: skip
    where = place(into, Path("no-such.yaml")) if into else None
    return Request(ranges=ranges, config=config, into=where, **{**given, **more})


async def test_devices_that_are_known_and_answer_are_the_same(
    config: Path, folder: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await discover(request(config, ["127.9.9.0/28"], port, folder), PROFILES) == 0
    assert "0 new, 0 changed, 7 the same, 0 silent" in capsys.readouterr().out


async def test_what_is_missing_moved_and_gone_is_told_and_written_only_on_command(
    config: Path, folder: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    there = load_inventory(folder, NAMES)
    gone = there.devices[0].model_copy(update={"id": "rt-gone", "address": "127.9.9.14"})
    devices = [one for one in there.devices if one.id != "olt"]
    devices = [one.model_copy(update={"address": "127.9.9.13"}) if one.id == "far" else one for one in devices]
    links = [link for link in there.links if "olt" not in link.ends]
    write(folder, there.model_copy(update={"devices": [*devices, gone], "links": links}))
    before = contents(folder)
    assert await discover(request(config, ["127.9.9.0/28"], port, folder, site="seat"), PROFILES) == 0
    said = capsys.readouterr().out
    assert "1 new, 1 changed, 5 the same, 1 silent" in said
    assert "rt-gone 127.9.9.14" in said
    assert contents(folder) == before
    assert await discover(request(config, ["127.9.9.0/28"], port, folder, site="seat", write=True), PROFILES) == 0
    after = {one.id: one for one in load_inventory(folder, NAMES).devices}
    assert (after["olt"].site, after["olt"].role, after["olt"].credential) == ("seat", "olt", "sample")
    assert (after["far"].address, after["rt-gone"]) == ("127.9.9.3", gone)
    capsys.readouterr()
    assert await discover(request(config, ["127.9.9.0/28"], port, folder), PROFILES) == 0
    assert "0 new, 0 changed, 7 the same, 1 silent" in capsys.readouterr().out


async def test_the_file_of_what_was_found_can_be_imported(
    config: Path, folder: Path, port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from mangrove.inventory.bring import bring

    there = load_inventory(folder, NAMES)
    write(folder, there.model_copy(update={"devices": [], "links": []}))
    out = tmp_path / "found.csv"
    wanted = request(config, ["127.9.9.0/28"], port, folder, site="isle", out=out)
    assert await discover(wanted, PROFILES) == 0
    assert len(table(out)) == 7
    assert bring(out, place(folder, Path("none")), None, remove=False, write=True) == 0
    assert {one.id for one in load_inventory(folder, NAMES).devices} == {one.id for one in inventory().devices}
    as_yaml = tmp_path / "found.yaml"
    assert await discover(request(config, ["127.9.9.1"], port, out=as_yaml), PROFILES) == 0
    (row,) = yaml.safe_load(as_yaml.read_text())["devices"]
    assert (row["id"], row["agent"], row["profiles"]) == ("core", "agent-1", ["entity-sensor", "if-mib", "system"])


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """net-snmp's agent, which knows the community and the user."""
    with Snmpd(tmp_path_factory.mktemp("device"), users=[READER]) as server:
        yield server


@pytest.mark.parametrize(
    ("credentials", "taken"),
    [(["old", "sample"], "sample"), (["v3"], "v3"), (["old,v3"], "v3"), (["v1", "sample"], "v1"), ([], "sample")],
)
async def test_net_snmp_is_found_by_the_credential_that_it_takes(
    device: Snmpd, config: Path, credentials: list[str], taken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.csv"
    patience = Patience(device.port, 0.5, 0)
    wanted = request(config, [device.host], device.port, credentials=credentials, out=out, patience=patience)
    assert await discover(wanted, PROFILES) == 0
    (row,) = table(out)
    assert row["id"] == device.sys_name
    assert row["credential"] == taken
    assert "net-snmp-linux" in row["profiles"]
    said = capsys.readouterr()
    assert "canary" not in said.out + said.err


async def test_the_addresses_of_a_device_are_one_row(
    tmp_path: Path, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.csv"
    with Snmpd(tmp_path, ipv6=True, lines=["rocommunity6 public ::1"]) as device:
        ranges = [device.host, "::1"]
        assert await discover(request(config, ranges, device.port, out=out), PROFILES) == 0
    (row,) = table(out)
    assert row["address"] == device.host
    assert "1 new" in capsys.readouterr().out


async def test_links_are_written_when_they_are_asked_for(config: Path, folder: Path) -> None:
    neighbours = {(*LLDP_NAMES[:-1], 4, 0, 1, 1): (names.INTEGER, 4)}
    named = {SYS_NAME: b"core", (*LLDP_NAMES, 0, 1, 1): b"olt.example", SYS_DESCR: b"a router"}
    mib = {oid: (names.OCTET_STRING, said) for oid, said in named.items()}
    async with scripted_device(Mib({**neighbours, **mib, SYS_OBJECT_ID: (names.OBJECT_IDENTIFIER, (1, 3, 6))})) as one:
        port = one.address[1]
        there = load_inventory(folder, NAMES)
        core = there.devices[0].model_copy(update={"address": "127.0.0.1", "port": port})
        write(folder, there.model_copy(update={"devices": [core, *there.devices[1:]]}))
        for links in (False, True):
            wanted = request(config, ["127.0.0.1"], port, folder, write=True, links=links)
            assert await discover(wanted, PROFILES) == 0
            ends = [set(link.ends) for link in load_inventory(folder, NAMES).links]
            assert ({"core", "olt"} in ends) is links


async def test_a_device_that_refuses_the_user_is_told_with_its_reason(
    device: Snmpd, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "auth").write_text("another-canary-33")
    assert await discover(request(config, [device.host], device.port, credentials=["v3"]), PROFILES) == 0
    said = capsys.readouterr().out
    assert "0 new, 0 changed, 0 the same, 0 silent, 0 not asked by their credential, 1 refuse us" in said
    assert "127.0.0.1: the device refuses us" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"credentials": ["sampel"]}, r"there is no credential sampel \(did you mean sample\?\)"),
        ({"write": True}, "--write: needs --into"),
        ({"out": Path("x.txt")}, "--out: is a file that ends in .csv or .yaml"),
    ],
)
async def test_a_request_that_cannot_be_met_is_told_before_anybody_is_asked(
    config: Path, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        await discover(request(config, ["127.0.0.1"], 1, **more), PROFILES)


async def test_ctrl_c_ends_it_with_what_it_has_and_leaves_the_inventory(config: Path, folder: Path, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.9.9.9", port))  # hears and does not answer
        there = load_inventory(folder, NAMES)
        keep = [one for one in there.devices if one.id != "far"]
        links = [link for link in there.links if "far" not in link.ends]
        write(folder, there.model_copy(update={"devices": keep, "links": links}))
        before = (folder / "devices.csv").read_bytes()
        words = ["discover", "127.9.9.0/28", "--config", str(config), "--credentials", "sample", "--into", str(folder)]
        words += ["--port", str(port), "--timeout", "60", "--site", "isle", "--write"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mangrove", *words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        await asyncio.get_running_loop().run_in_executor(None, deaf.recv, 100)
        await asyncio.sleep(0)
        process.send_signal(signal.SIGINT)
        out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1, errors.decode()
    assert "Traceback" not in errors.decode()
    assert "interrupted after" in out.decode()
    assert (folder / "devices.csv").read_bytes() == before
