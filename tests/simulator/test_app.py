"""The simulator as a process of its own."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from agents.waiting import until
from servers.mosquitto import Mosquitto
from servers.ports import free_port
from simulator.snmp.manager import read, request

from contract.control import ask
from contract.inventory import Device, Inventory
from simulator.app import main
from simulator.clock import Clock
from simulator.model.change import Change
from simulator.options import broker, parse
from simulator.run import run
from simulator.sample.credentials import CREDENTIAL
from simulator.sample.province import sample
from simulator.sky import Sky
from simulator.snmp import ber
from simulator.snmp.notice import LINK_DOWN
from simulator.snmp.server import Address
from simulator.snmp.system import SYSTEM
from simulator.truth import read as read_truth

ROOT = Path(__file__).resolve().parents[2]
_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "simulator.app", *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def inventory() -> Inventory:
    return sample(1, 1, port=free_port(socket.SOCK_DGRAM))


@pytest.fixture
def file(inventory: Inventory, tmp_path: Path) -> Path:
    path = tmp_path / "inventory.yaml"
    path.write_text(inventory.model_dump_json(indent=1), encoding="utf-8")
    return path


async def started(*command: str | Path) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdin=pipe, stdout=pipe)


@pytest.fixture
async def program(file: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await started("-m", "simulator.app", "--inventory", file, "--seed", "1", "--quiet-sky")
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    async with asyncio.timeout(20):
        return (await process.stdout.readline()).decode().strip()


async def ask_name(device: Device) -> object:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.connect((device.address, device.port))
        udp.send(request(ber.GET, [(*SYSTEM, 5, 0)]))
        async with asyncio.timeout(5):
            return read(await loop.sock_recv(udp, 2048)).values[0]


async def test_it_says_ready_answers_for_every_device_and_ends_within_a_second_of_sigterm(
    program: asyncio.subprocess.Process, inventory: Inventory
) -> None:
    assert await line(program) == f"ready {len(inventory.devices)}"
    for device in (one for one in inventory.devices if one.credential == CREDENTIAL):
        assert await ask_name(device) == device.id.encode()
    began = time.monotonic()
    program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0
    assert time.monotonic() - began < 1


async def test_it_ends_when_its_parent_is_killed(file: Path) -> None:
    parent = await started("-c", _PARENT, "--inventory", file, "--quiet-sky")
    *ready, child = (await line(parent)).split()
    assert ready[0] == "ready"
    handle, ended = os.pidfd_open(int(child)), asyncio.Event()
    asyncio.get_running_loop().add_reader(handle, ended.set)
    try:
        parent.kill()
        async with asyncio.timeout(1):
            await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(handle)
        os.close(handle)
        await parent.wait()


@pytest.mark.parametrize("text", ["devices: 7", "devices: [{id: x}]"])
async def test_an_inventory_that_is_wrong_is_an_exit_of_2_that_names_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator.app", "--inventory", path), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"wrong.yaml:1" in errors


async def test_run_tells_changes_as_they_come_to_pass_and_stops_when_told(inventory: Inventory) -> None:
    stop, told, ready = asyncio.Event(), list[Change](), list[Address]()
    clocks: list[Clock] = []

    def on_ready(addresses: list[Address], clock: Clock) -> None:
        ready.extend(addresses)
        clocks.append(clock)

    def on_change(change: Change) -> None:
        assert abs(clocks[0].wall(change.time) - time.time()) < 5
        told.append(change)
        stop.set()

    sky = Sky(story=False, hurry=1e5)
    async with asyncio.timeout(10):
        await run(inventory, stop, seed=1, sky=sky, speed=60.0, on_ready=on_ready, on_change=on_change)
    assert len(ready) == len(inventory.devices)
    assert told[0].cause in ("chance", "planned", "lightning", "storm")


async def test_a_trap_leaves_from_the_devices_own_address_for_its_agent(
    inventory: Inventory, file: Path, tmp_path: Path
) -> None:
    router = next(device for device in inventory.devices if device.role == "router" and device.credential == CREDENTIAL)
    loop, control = asyncio.get_running_loop(), tmp_path / "control"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as agent:
        agent.setblocking(False)
        agent.bind(("127.0.0.1", 0))
        told = f"{router.agent}=127.0.0.1:{agent.getsockname()[1]}"
        command = ("--inventory", file, "--quiet-sky", "--trap", told, "--control", control)
        program = await started("-m", "simulator.app", *command)
        try:
            await line(program)
            await asyncio.to_thread(ask, control, "break", element=router.id, kind="port", for_s=60.0)
            async with asyncio.timeout(5):
                message, source = await loop.sock_recvfrom(agent, 2048)
        finally:
            program.kill()
            await program.wait()
    assert source == (router.address, router.port)
    assert read(message).values[1] == LINK_DOWN


async def test_the_story_is_told_to_the_end_and_the_truth_file_has_what_fell_and_what_came_back(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    file, truth = tmp_path / "inventory.yaml", tmp_path / "truth"
    inventory = sample(8, 1, port=free_port(socket.SOCK_DGRAM))
    file.write_text(inventory.model_dump_json(indent=1), encoding="utf-8")
    quick = ("--broker", f"127.0.0.1:{mosquitto.port}", "--speed", "2000", "--hurry", "0.001", "--truth", truth)
    program = await started("-m", "simulator.app", "--inventory", file, *quick)
    try:
        assert await line(program) == f"ready {len(inventory.devices)}"
        await until(lambda: '"answers"' in truth.read_text())
        began = time.monotonic()
        program.send_signal(signal.SIGTERM)
        assert await program.wait() == 0
        assert time.monotonic() - began < 1
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    _, changes = read_truth(truth)
    story = [change.state for change in changes if change.cause in ("story", "over", "battery_empty")]
    assert story == ["mains_cut", "garbled", "dark", "mains_back", "silent", "answers"]
    fell = {name for change in changes for name in change.down}
    rose = {name for change in changes for name in change.up}
    assert fell == rose != set()
    assert "disconnected" in mosquitto.log()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--broker", "127.0.0.1:http"),
        ("--broker", ":1883"),
        ("--broker", "h:65536"),
        ("--speed", "0"),
        ("--trap", "127.0.0.1:162"),
        ("--hurry", "nan"),
        ("--from", "tomorrow"),
        ("--broker", "h", "--password-file", "x"),
        ("--user", "x"),
        ("--broker", "127.0.0.1", "--ca", "ca.crt", "--key", "client.key"),
        ("--broker", "127.0.0.1", "--cert", "client.crt"),
    ],
)
def test_options_that_cannot_be_are_an_exit_of_2(wrong: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--inventory", "x.yaml", *wrong])
    assert ended.value.code == 2
    assert wrong[-2] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("broker", "broker", 1883), ("h:1", "h", 1), ("[::1]:8883", "::1", 8883), ("[::1]", "::1", 1883)],
)
def test_a_broker_is_host_and_port(text: str, host: str, port: int) -> None:
    config, password = broker(parse(["--inventory", "x.yaml", "--broker", text]))
    assert config
    assert (config.host, config.port, password) == (host, port, None)


def test_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--quiet-sky" in capsys.readouterr().out
