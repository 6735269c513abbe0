"""Messages of sensors in one CPU-second, from the payload that MQTT hands over until the batch is put.

`python -m benchmarks.inputs_sensors` prints one JSON object; a part of `inputs`. A JSON message is the power of a site
as the shipped mapping reads it: four tables with 13 values. Lines say the same and the cabinet in six lines. One of
Sparkplug is the data of a node: ten metrics by alias, with a time each. 200 sites speak in turn, each time with other
values. The best of five rounds counts.
"""

import asyncio
import contextlib
import gc
import itertools
import json
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agents.host_clock import HostClock
from agents.memory import SHORT_LIVED
from agents.sensors.hearing import Sensors
from agents.sensors.plan import plan
from contract.batch import Batch
from contract.broker import BrokerConfig
from contract.handlers import Message
from contract.messages import AssignedSensor, Assignment

ROUNDS = 5
MESSAGES = 8_000  # of a round
GROUP = 50
SITES = 200
CONFIG = Path(__file__).parents[1] / "config" / "sensors"
METRICS = tuple(
    f"{of}/{what}"
    for of, whats in {
        "Mains": ("Voltage",),
        "DC Bus": ("Voltage", "Current"),
        "Battery": ("Voltage", "Current", "SoC", "Temperature"),
        "Generator": ("Fuel",),
        "Cabinet": ("Temperature", "Humidity"),
    }.items()
    for what in whats
)

Said = Callable[[int, int], bytes]  # site, number of the message


class Steps:
    """A clock by which so few messages come in a second that none is let go."""

    def __init__(self) -> None:
        self.ms = time.time_ns() // 1_000_000

    def mono(self) -> int:
        """Each look is a millisecond later."""
        self.ms += 1
        return self.ms


class Put:
    """Where batches go; it counts them, and keeps the last."""

    def __init__(self) -> None:
        self.batches = 0
        self.last: Batch | None = None

    def __call__(self, batch: Batch) -> None:
        """Take one."""
        self.batches, self.last = self.batches + 1, batch


def of_json(site: int, number: int) -> bytes:
    """The power of a site."""
    return json.dumps(
        {
            "ts": round(time.time(), 3),
            "mains": {"on": True, "v": 220 + number % 170 / 10},
            "rectifier": {"ok": True, "v": 53.9, "a": round(12 + number % 97 / 10, 1)},
            "battery": {"v": 53.9, "a": -20.1, "soc": number % 100 / 100, "soh": 0.95, "t": 31.2},
            "generator": {"state": "off", "fuel": 0.72, "hours": 1203.5 + site},
        }
    ).encode()


def of_lines(site: int, number: int) -> bytes:
    """The same and the cabinet, a line of each."""
    at = time.time_ns()
    return (
        f"mains present=true,volts={220 + number % 170 / 10} {at}\n"
        f"rectifier ok=true,volts=53.9,amperes={12 + number % 97 / 10} {at}\n"
        f"battery volts=53.9,amperes=-20.1,celsius=31.2,soc={number % 100},soh=95 {at}\n"
        f'generator state="off",fuel=72,hours={1203.5 + site} {at}\n'
        f'cabinet celsius=34.5,humidity=71,door="closed",smoke=false,water=false {at}\n'
        f'tower light="on" {at}\n'
    ).encode()


def of_node(_site: int, number: int) -> bytes:
    """The data of a node."""
    at = _varint(time.time_ns() // 1_000_000)
    said = b"".join(
        _field(2, b"\x10" + _varint(alias) + b"\x18" + at + b"\x69" + struct.pack("<d", alias + number % 89 / 10))
        for alias in range(len(METRICS))
    )
    return b"\x08" + at + said + b"\x18" + _varint((number // SITES + 1) % 256)


def birth() -> bytes:
    """The birth of a node with its metrics."""
    at = _varint(time.time_ns() // 1_000_000)
    said = b"".join(
        _field(2, _field(1, name.encode()) + b"\x10" + _varint(alias) + b"\x20\x0a" + b"\x69" + struct.pack("<d", 1.0))
        for alias, name in enumerate(METRICS)
    )
    return b"\x08" + at + said + b"\x18\x00"


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


async def rates(mapping: str, topic: str, said: Said) -> list[int]:
    """Messages per CPU-second of each round; `topic` has {} for the site."""
    put, steps = Put(), Steps()
    clock = HostClock(mono=steps.mono)
    sensors = Sensors(BrokerConfig(host="127.0.0.1"), None, "benchmark", put, clock)
    assigned = [AssignedSensor(id=f"s-{n}", mapping=mapping, key=f"site-{n}") for n in range(SITES)]
    text = (CONFIG / f"{mapping}.yaml").read_text(encoding="utf-8")
    sensors.apply(plan(Assignment(version=1, id="1-benchmark", sensors=assigned, mappings={mapping: text})))
    reading = asyncio.create_task(sensors.read())
    if mapping == "site-sparkplug":
        for site in range(SITES):
            sensors.take(Message(f"spBv1.0/ca-mau/NBIRTH/site-{site}", birth(), retained=False))
    numbers = itertools.count()
    gc.set_threshold(SHORT_LIVED, *gc.get_threshold()[1:])  # as the agent does
    gc.freeze()
    out = [await _round(sensors, list(_messages(topic, said, numbers))) for _ in range(ROUNDS)]
    counts = sensors.counts
    assert (counts.refused, counts.ignored, sensors.dropped) == (0, 0, 0), (counts, sensors.dropped)
    assert put.batches == counts.messages
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    return out


def _messages(topic: str, said: Said, numbers: Iterator[int]) -> Iterator[Message]:
    for number in itertools.islice(numbers, MESSAGES):
        site = number % SITES
        yield Message(topic.format(f"site-{site}"), said(site, number), retained=False)


async def _round(sensors: Sensors, messages: list[Message]) -> int:
    began, before = time.process_time(), sensors.counts.messages
    for number, message in enumerate(messages, 1):
        sensors.take(message)
        if not number % GROUP:
            await asyncio.sleep(0)
    while sensors.counts.messages < before + len(messages):  # noqa: ASYNC110  # the reader has no event to wait for
        await asyncio.sleep(0)
    return int(len(messages) / (time.process_time() - began))


def measure() -> dict[str, object]:
    """Return the figures, by name."""
    kinds: tuple[tuple[str, str, str, Said], ...] = (
        ("json", "site-power", "site/{}/power", of_json),
        ("lines", "site-line", "telegraf/{}/environment", of_lines),
        ("sparkplug", "site-sparkplug", "spBv1.0/ca-mau/NDATA/{}", of_node),
    )
    out: dict[str, object] = {}
    for name, mapping, topic, said in kinds:
        rounds = asyncio.run(rates(mapping, topic, said))
        out[f"{name}_messages_per_cpu_second"] = max(rounds)
        out[f"{name}_rounds"] = rounds
    return out


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
