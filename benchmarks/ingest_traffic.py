"""Generated traffic of agents for `benchmarks.ingest`: batches as they are sent, in the order in which they come."""

import random
from collections.abc import Iterator

from collector.versions import Meaning
from contract import topics
from contract.batch import Batch, PollInfo, Table, compressor, encode
from contract.mqtt import Message
from contract.wire import pack

FIELDS = ["in_bps", "out_bps", "oper_status", "in_errors"]


class Traffic:
    """Polls of every device in turn, with values that change as those of a network do: rates with all their digits,
    states that mostly stay, errors that are mostly none."""

    def __init__(self, meaning: Meaning, *, rows: int) -> None:
        self._meaning, self._rows = meaning, rows
        self._names = [f"GigabitEthernet0/0/{n}" for n in range(rows)]
        self._seqs = dict.fromkeys(sorted(meaning.agents), 0)
        self._boots = {agent: n + 1 for n, agent in enumerate(self._seqs)}
        self._packing = compressor()
        self._random = random.Random(5)

    def messages(self, start_ms: int, count: int) -> Iterator[Message]:
        """Yield `count` messages of polls that were made one millisecond after the other."""
        devices = self._meaning.version.inventory.devices
        for n in range(count):
            device = devices[n % len(devices)]
            body = encode(self.batch(device.id, start_ms + n), self._packing)
            seq = self._seqs[device.agent]
            self._seqs[device.agent] = seq + 1
            yield Message(topics.batches(device.agent), pack(self._boots[device.agent], seq, body), retained=False)

    def batch(self, device: str, time_ms: int) -> Batch:
        """Return one poll of a device."""
        choose = self._random.random
        rows: list[list[float | int | str | None]] = [
            [name, choose() * 1e9 / 60, choose() * 1e8 / 60, 1 if choose() < 0.97 else 2, int(choose() * 1.05)]
            for name in self._names
        ]
        return Batch(
            kind="poll",
            device=device,
            time=time_ms,
            mono=time_ms,
            synced=True,
            assignment=self._meaning.version.id,
            poll=PollInfo(outcome="ok", took_ms=41, requests=3),
            tables=[Table(measurement="interface", tags=["if_name"], fields=FIELDS, rows=rows)],
        )
